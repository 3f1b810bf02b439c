/** The shell that every consumer of a queue runs in: one message after the other is its own success or failure. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { errorFields, type Log } from "./log.ts";

/** How the work on one message ended. */
export type Ending =
  | { readonly kind: "done" }
  /** It comes again after the queue's visibility timeout, and after the last try goes to the dead letters, whole. */
  | { readonly kind: "retry"; readonly reason: string }
  /** There was nothing to do (any more). */
  | { readonly kind: "discard"; readonly reason: string };

export const done: Ending = { kind: "done" };

export interface Delivery {
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
 */
export function queueConsumer<Message>(
  log: Log,
  consume: (message: Message, delivery: Delivery) => Promise<Ending>,
): QueueHandler {
  return async (event, context) => {
    const budgetEndsAtMs = Date.now() + Math.max(0, context.getRemainingTimeInMillis() - lastWordMs);
    const workOn = async ({ messageId, body, attributes }: SQSRecord): Promise<void> => {
      const about = { messageId, receiveCount: attributes.ApproximateReceiveCount };
      try {
        const ending = await consume(JSON.parse(body) as Message, { budgetEndsAtMs });
        if (ending.kind === "retry") {
          throw new RetryError(ending.reason);
        }
        if (ending.kind === "discard") {
          log.info("message discarded", { ...about, reason: ending.reason });
        }
      } catch (error) {
        log.warn("message failed", { ...about, failure: errorFields(error) });
        throw error;
      }
    };
    return await processPartialResponse(event, workOn, new BatchProcessor(EventType.SQS), {
      throwOnFullBatchFailure: false,
    });
  };
}
