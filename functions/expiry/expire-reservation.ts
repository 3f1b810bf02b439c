import { bodyOf } from "../messaging/message-body.ts";
import type { DeadlineMessage } from "../messaging/messages.ts";
import { delayUntil, type OutgoingMessage } from "../messaging/queue.ts";
import { type Delivery, done, type Ending } from "../queue-consumer.ts";
import type { EndingServices } from "../reservations/services.ts";
import { expireHold } from "./expire-hold.ts";

export interface DeadlineServices extends EndingServices {
  /** Sends a message to the queue of deadlines again. */
  readonly wait: (message: OutgoingMessage) => Promise<void>;
}

/**
 * Ends a hold at its deadline. A hold whose deadline is still to come (it was extended, or lies further ahead
 * than a queue can wait) is looked at again then.
 */
export async function expireReservation(
  services: DeadlineServices,
  message: DeadlineMessage,
  { budgetEndsAtMs }: Delivery,
): Promise<Ending> {
  const outcome = await expireHold(services, { ...message, budgetEndsAtMs });
  if (outcome.kind === "contention") {
    return { kind: "retry", reason: "Contention lasted past the time budget." };
  }
  if (outcome.kind === "refused") {
    throw new Error(`The end of a hold cannot be refused: ${outcome.refusal.kind}.`);
  }
  switch (outcome.value.kind) {
    case "expired":
      return done;
    case "wait":
      await services.wait({
        body: bodyOf(message),
        delaySeconds: delayUntil(outcome.value.untilMs, services.runtime.now()),
      });
      return done;
    case "nothing-to-do":
      return { kind: "discard", reason: "The hold has ended, was committed, or its id is in use again." };
  }
}
