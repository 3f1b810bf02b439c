import { decideExpire } from "../domain/life-cycle.ts";
import { done, type Outcome } from "../domain/refusal.ts";
import { changeFor, expired } from "../domain/reservation.ts";
import { changeReservation } from "../reservations/change-reservation.ts";
import type { EndingServices } from "../reservations/services.ts";

/** Who ends a hold when nobody asks, as the audit trail names it. */
export const expiryActor = "inventory-service";

export type Expiry =
  | { readonly kind: "expired" }
  /** The deadline is still to come. */
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "nothing-to-do" };

/** Ends a hold that is past its deadline and gives its units back, if it is still the incarnation named by `uid`. */
export async function expireHold(
  services: EndingServices,
  hold: { readonly reservationId: string; readonly uid: string; readonly budgetEndsAtMs: number },
): Promise<Outcome<Expiry>> {
  return await changeReservation<Expiry>(
    services,
    hold,
    (reservation) => {
      const nowMs = services.runtime.now();
      const decision = decideExpire(reservation, hold.uid, nowMs);
      if (decision.kind !== "expire") {
        return { kind: "answer", outcome: done(decision) };
      }
      const from = decision.reservation;
      const lastChange = changeFor(from, "expired", { actor: expiryActor, atMs: nowMs });
      return { kind: "change", change: { from, to: expired(from, nowMs), lastChange } };
    },
    () => ({ kind: "expired" }),
  );
}
