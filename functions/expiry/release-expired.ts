import type { ExpiredMessage } from "../messaging/messages.ts";
import { type Delivery, done, type Ending } from "../queue-consumer.ts";
import type { EndingServices } from "../reservations/services.ts";
import { releaseDeleted } from "./release-deleted.ts";

/** Gives back what a deleted hold was promised, once for its `uid`. */
export async function releaseExpired(
  services: EndingServices,
  message: ExpiredMessage,
  { budgetEndsAtMs }: Delivery,
): Promise<Ending> {
  const outcome = await releaseDeleted(services, { ...message, budgetEndsAtMs });
  if (outcome.kind === "contention") {
    return { kind: "retry", reason: "Contention lasted past the time budget." };
  }
  if (outcome.kind === "refused") {
    throw new Error(`The release of a deleted hold cannot be refused: ${outcome.refusal.kind}.`);
  }
  return outcome.value === "released-before" ? { kind: "discard", reason: "The units were given back before." } : done;
}
