import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Runtime } from "../domain/runtime.ts";
import { errorFields, type Log } from "../log.ts";
import { delayUntil, type OutgoingMessage } from "../messaging/queue.ts";
import { changeIn } from "../storage/stream-record.ts";
import { type Destination, type Forward, forwardsOf } from "./forwards.ts";

export interface PublishChangesServices {
  readonly queues: Readonly<Record<Destination, string>>;
  readonly send: (queueUrl: string, messages: readonly OutgoingMessage[]) => Promise<readonly (Error | null)[]>;
  readonly runtime: Pick<Runtime, "now">;
  readonly log: Log;
}

/** A message on its way, and the record that it speaks of. */
interface Outgoing {
  readonly recordIndex: number;
  readonly message: OutgoingMessage;
}

/**
 * Forwards the changes of a batch. The first record that could not be forwarded whole is reported, and the
 * stream comes again from there: what was sent already comes twice, which every consumer takes.
 */
export function publishChanges({ queues, send, runtime, log }: PublishChangesServices) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const failures = new Map<number, unknown>();
    const outgoing = new Map<Destination, Outgoing[]>();
    for (const [recordIndex, record] of Records.entries()) {
      try {
        for (const forward of forwardsOf(changeIn(record))) {
          const message = messageOf(forward, runtime.now());
          outgoing.set(forward.to, [...(outgoing.get(forward.to) ?? []), { recordIndex, message }]);
        }
      } catch (error) {
        failures.set(recordIndex, error);
      }
    }
    await Promise.all(
      [...outgoing].map(async ([destination, parts]) => {
        const results = await send(
          queues[destination],
          parts.map(({ message }) => message),
        );
        for (const [index, { recordIndex }] of parts.entries()) {
          const failure = results[index] ?? null;
          if (failure !== null) {
            failures.set(recordIndex, failure);
          }
        }
      }),
    );
    if (failures.size === 0) {
      return { batchItemFailures: [] };
    }
    const first = Math.min(...failures.keys());
    const itemIdentifier = Records[first]?.dynamodb?.SequenceNumber;
    log.error("changes were not forwarded", {
      records: Records.length,
      failed: failures.size,
      sequenceNumber: itemIdentifier,
      failure: errorFields(failures.get(first)),
    });
    if (itemIdentifier === undefined) {
      throw new Error("A record of the stream has no sequence number.", { cause: failures.get(first) });
    }
    return { batchItemFailures: [{ itemIdentifier }] };
  };
}

function messageOf(forward: Forward, nowMs: number): OutgoingMessage {
  return {
    body: JSON.stringify(forward.message),
    delaySeconds: forward.to === "deadlines" ? delayUntil(forward.atMs, nowMs) : 0,
  };
}
