/**
 * `inventory resend`: what the stream's reader would say of the table if all of it had just been written. For when
 * messages are lost: after a restore, or when dead letters were purged that somebody would have needed.
 */
import { parseArgs } from "node:util";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { forwardsOf } from "../../functions/changes/forwards.ts";
import { messageOf } from "../../functions/changes/publish-changes.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { sendAll } from "../../functions/messaging/queue.ts";
import { creationOf } from "../../functions/storage/stream-record.ts";
import { pagesOf } from "../../functions/storage/walk.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt, sqsAt } from "../clients.ts";
import type { Command } from "../command.ts";
import { wholeNumberOf } from "../options.ts";
import { Pace } from "../pace.ts";
import type { Stack } from "../stack.ts";
import { stackOf } from "../target.ts";

/** Of these the table itself tells what they would be asked; the trail, the alerts and the views are made otherwise. */
const queues = ["deadlines", "backorders", "settings"] as const;
type Queue = (typeof queues)[number];

/** SQS takes so many in one call. */
const perCall = 10;

const usage = `Usage: npm run inventory -- resend [options]

Sends again what the queues would be told if the whole inventory table had just been written: the deadline of each open
hold, each level that has units for those who wait for it, each item whose settings its levels carry. Every consumer
takes repeats, so that this may be broken off and repeated, and the service may run meanwhile.

  --stack NAME        a stack in an account, with the credentials of the environment; without it the one that
                      \`npm start\` runs on this machine
  --state DIRECTORY   a stack on this machine that was started with --state
  --rate N            messages a second (default 100, at most 10000)

Exit codes: 0, or 64 wrong usage, 70 it failed.`;

export const resendCommand: Command = {
  summary: "sends deadlines, waiting queues and settings again, for messages that were lost",
  usage,
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: { stack: { type: "string" }, state: { type: "string" }, rate: { type: "string", default: "100" } },
    });
    const rate = wholeNumberOf("--rate", values.rate, 10_000);
    const stack = await stackOf({ stack: values.stack ?? null, state: values.state ?? null });
    const client = dynamoDbAt(stack.endpoints.dynamoDb);
    const sqs = sqsAt(stack.endpoints.messaging);
    try {
      const counts = await resend({ client, sqs, stack, runtime: systemRuntime }, rate);
      console.log(`Sent again: ${queues.map((queue) => `${counts[queue]} to ${queue}`).join(", ")}.`);
      return 0;
    } finally {
      client.destroy();
      sqs.destroy();
    }
  },
};

export interface ResendServices {
  readonly client: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly stack: Pick<Stack, "tables" | "queueUrls">;
  readonly runtime: Pick<Runtime, "now" | "sleep">;
}

/** Gives how many messages each queue was sent. Throws when a queue refuses one. */
export async function resend(
  { client, sqs, stack, runtime }: ResendServices,
  rate: number,
): Promise<Readonly<Record<Queue, number>>> {
  const counts = { deadlines: 0, backorders: 0, settings: 0 };
  const pace = new Pace(runtime, rate);
  for await (const items of pagesOf(client, stack.tables.inventory)) {
    const forwards = items.flatMap((item) => forwardsOf(creationOf(item)));
    for (const queue of queues) {
      const messages = forwards.filter(({ to }) => to === queue).map((forward) => messageOf(forward, runtime.now()));
      const distinct = [...new Map(messages.map((message) => [message.body, message])).values()];
      for (let start = 0; start < distinct.length; start += perCall) {
        const together = distinct.slice(start, start + perCall);
        await Promise.all(together.map(async () => await pace.next()));
        const failure = (await sendAll(sqs, stack.queueUrls[queue], together)).find((each) => each !== null);
        if (failure !== undefined) {
          throw failure;
        }
        counts[queue] += together.length;
      }
    }
  }
  return counts;
}
