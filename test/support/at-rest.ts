/** Waiting until the asynchronous side of a stack has nothing left to do. */
import { setTimeout as sleep } from "node:timers/promises";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { localCredentials } from "../../local/credentials.ts";
import type { LocalStack } from "../../local/stack.ts";
import { region } from "../../local/template.ts";

/** The stream is read several times a second: who finds the queues empty for so long finds nothing under way. */
const quietMs = 3_000;
const lookMs = 250;

/** Messages that wait or are being worked on, by queue. Those that are delayed, as deadlines are, are not counted. */
export async function messagesIn(
  sqs: SQSClient,
  queueUrls: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, number>>> {
  const counts = await Promise.all(
    Object.entries(queueUrls).map(async ([name, QueueUrl]) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        }),
      );
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes ?? {};
      return [name, Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)] as const;
    }),
  );
  return Object.fromEntries(counts);
}

/** Gives whether it came to rest within the time. */
export async function untilAtRest(
  { sqsUrl, queueUrls }: Pick<LocalStack, "sqsUrl" | "queueUrls">,
  withinMs: number,
): Promise<boolean> {
  const sqs = new SQSClient({ endpoint: sqsUrl, region, credentials: localCredentials });
  try {
    const endsAtMs = Date.now() + withinMs;
    let quietSinceMs = Date.now();
    while (Date.now() < endsAtMs) {
      const counts = await messagesIn(sqs, queueUrls);
      if (Object.values(counts).some((count) => count > 0)) {
        quietSinceMs = Date.now();
      } else if (Date.now() - quietSinceMs >= quietMs) {
        return true;
      }
      await sleep(lookMs);
    }
    return false;
  } finally {
    sqs.destroy();
  }
}
