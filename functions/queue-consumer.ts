/** The shell that every consumer of a queue runs in: one message after the other is its own success or failure. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { errorFields } from "./log.ts";
import { addToLogContext, withLogContext } from "./log-context.ts";
import type { Telemetry } from "./telemetry.ts";

/** How the work on one message ended. */
export type Ending =
  | { readonly kind: "done" }
  /** It comes again after the queue's visibility timeout, and after the last try goes to the dead letters, whole. */
  | { readonly kind: "retry"; readonly reason: string }
  /** There was nothing to do (any more). */
  | { readonly kind: "discard"; readonly reason: string };

export const done: Ending = { kind: "done" };

export interface Delivery {
  /** The same when the message comes again. */
  readonly messageId: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}

export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** What is left of the function's time for saying which messages failed. */
const lastWordMs = 2_000;

class RetryError extends Error {
  override readonly name = "RetryError";
}

/**
 * Makes a Lambda handler of the work on one message. The messages of a batch are worked on side by side; only
 * those that failed are reported, and whatever is thrown counts as a failure of its own message alone.
 * `reservationIn`: the reservation that a message is about, which each line of the log then names.
 */
export function queueConsumer<Message>(
  { log, flush }: Pick<Telemetry, "log" | "flush">,
  consume: (message: Message, delivery: Delivery) => Promise<Ending>,
  reservationIn: (message: Message) => string | null = () => null,
): QueueHandler {
  return async (event, context) => {
    const budgetEndsAtMs = Date.now() + Math.max(0, context.getRemainingTimeInMillis() - lastWordMs);
    const workOn = async ({ messageId, body, attributes }: SQSRecord): Promise<void> => {
      const receiveCount = attributes.ApproximateReceiveCount;
      try {
        const message = messageIn<Message>(body);
        addToLogContext({ reservationId: reservationIn(message) ?? undefined });
        const ending = await consume(message, { messageId, budgetEndsAtMs });
        switch (ending.kind) {
          case "done":
            log.debug("message done", () => ({ receiveCount }));
            return;
          case "discard":
            log.info("message discarded", { receiveCount, reason: ending.reason });
            return;
          case "retry":
            throw new RetryError(ending.reason);
        }
      } catch (error) {
        log.warn("message failed", { receiveCount, failure: errorFields(error) });
        throw error;
      }
    };
    const { awsRequestId: functionRequestId } = context;
    const inContext = async (record: SQSRecord): Promise<void> =>
      await withLogContext({ messageId: record.messageId, functionRequestId }, async () => await workOn(record));
    const response = await processPartialResponse(event, inContext, new BatchProcessor(EventType.SQS), {
      throwOnFullBatchFailure: false,
    });
    flush();
    return response;
  };
}

/** What a parser says of a text that is no JSON has a piece of the text in it, which must not come into a log. */
function messageIn<Message>(body: string): Message {
  try {
    return JSON.parse(body) as Message;
  } catch {
    throw new SyntaxError("The body of the message is not JSON.");
  }
}
