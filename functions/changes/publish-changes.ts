import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Runtime } from "../domain/runtime.ts";
import { errorFields } from "../log.ts";
import { bodyOf } from "../messaging/message-body.ts";
import { delayUntil, type OutgoingMessage } from "../messaging/queue.ts";
import { changeIn } from "../storage/stream-record.ts";
import type { Telemetry } from "../telemetry.ts";
import { type Destination, type Forward, forwardsOf, type Later } from "./forwards.ts";

export interface PublishChangesServices {
  readonly queues: Readonly<Record<Destination, string>>;
  readonly send: (queueUrl: string, messages: readonly OutgoingMessage[]) => Promise<readonly (Error | null)[]>;
  readonly runtime: Pick<Runtime, "now">;
  readonly telemetry: Pick<Telemetry, "log" | "flush">;
}

/** A message on its way, and the first of the records that it speaks of. */
interface Outgoing {
  readonly recordIndex: number;
  readonly message: OutgoingMessage;
}

/**
 * What a batch has to say to each queue; the same thing is said once, however many records say it. A deadline that
 * was brought forward is not the same thing as the later one before it.
 */
class Outbox {
  readonly messages = new Map<Destination, Outgoing[]>();
  private readonly said = new Set<string>();

  add(to: Destination, recordIndex: number, message: OutgoingMessage): void {
    const name = `${to} ${message.delaySeconds} ${message.body}`;
    if (!this.said.has(name)) {
      this.said.add(name);
      this.messages.set(to, [...(this.messages.get(to) ?? []), { recordIndex, message }]);
    }
  }
}

/**
 * Forwards the changes of a batch. The first record that could not be forwarded whole is reported, and the
 * stream comes again from there: what was sent already comes twice, which every consumer takes.
 */
export function publishChanges({ queues, send, runtime, telemetry }: PublishChangesServices) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const failures = new Map<number, unknown>();
    const outbox = new Outbox();
    for (const [recordIndex, record] of Records.entries()) {
      try {
        for (const forward of forwardsOf(changeIn(record))) {
          outbox.add(forward.to, recordIndex, messageOf(forward, runtime.now()));
        }
      } catch (error) {
        failures.set(recordIndex, error);
      }
    }
    await Promise.all(
      [...outbox.messages].map(async ([destination, parts]) => {
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
    telemetry.log.debug("changes forwarded", () => ({
      records: Records.length,
      messages: Object.fromEntries([...outbox.messages].map(([destination, { length }]) => [destination, length])),
      failed: failures.size,
    }));
    telemetry.flush();
    if (failures.size === 0) {
      return { batchItemFailures: [] };
    }
    const first = Math.min(...failures.keys());
    const itemIdentifier = Records[first]?.dynamodb?.SequenceNumber;
    telemetry.log.error("changes were not forwarded", {
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

function delayOf(when: Later, nowMs: number): number {
  return "atMs" in when ? delayUntil(when.atMs, nowMs) : when.afterSeconds;
}

/** A forward as its queue takes it. */
export function messageOf(forward: Forward, nowMs: number): OutgoingMessage {
  const when = "when" in forward ? forward.when : undefined;
  return { body: bodyOf(forward.message), delaySeconds: when === undefined ? 0 : delayOf(when, nowMs) };
}
