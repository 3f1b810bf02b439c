import type { Log } from "../log.ts";
import type { ExpiredMessage } from "../messaging/messages.ts";
import { type Delivery, done, type Ending } from "../queue-consumer.ts";
import type { EndingServices } from "../reservations/services.ts";
import { releaseDeleted } from "./release-deleted.ts";

/** Gives back what a deleted hold was promised, or puts back a record that should not have been deleted. */
export async function releaseExpired(
  services: EndingServices & { readonly log: Log },
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
  switch (outcome.value) {
    case "put-back-elsewhere": {
      const { reservationId, uid, status } = message.reservation;
      services.log.error("reservation goes on under its uid", { reservationId, uid, status });
      return done;
    }
    case "settled-before":
      return { kind: "discard", reason: "The deletion was dealt with before." };
    case "released":
    case "put-back":
      return done;
  }
}
