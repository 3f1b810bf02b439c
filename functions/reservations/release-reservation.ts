import { decideRelease } from "../domain/life-cycle.ts";
import { done, type Outcome } from "../domain/refusal.ts";
import { changeFor, type Reservation, released } from "../domain/reservation.ts";
import { unitsAreReserved } from "../storage/levels.ts";
import { brokenPromise, endReservation, reservationNotFound } from "./end-reservation.ts";
import type { CommandContext, ReservationServices } from "./services.ts";

export interface ReleaseCommand extends CommandContext {
  readonly reservationId: string;
  /** The caller's code for why; it is kept in the audit trail. */
  readonly reason: string | null;
  readonly expectedRevision: number | null;
}

/** The cart is abandoned or the order cancelled: its units are free again, once. */
export async function releaseReservation(
  services: ReservationServices,
  command: ReleaseCommand,
): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  return await endReservation<Reservation>(
    services,
    command,
    (reservation) => {
      if (reservation === null) {
        return { kind: "answer", outcome: reservationNotFound };
      }
      const decision = decideRelease(reservation, command.expectedRevision);
      if (decision.kind === "refused") {
        return { kind: "answer", outcome: decision };
      }
      if (decision.kind === "already-released") {
        return { kind: "answer", outcome: done(decision.reservation) };
      }
      const from = decision.reservation;
      return {
        kind: "end",
        ending: {
          from,
          to: released(from, nowMs),
          lastChange: changeFor(from, "released", { actor: command.actor, atMs: nowMs, reason: command.reason }),
          change: (leg) => ({
            deltas: { reserved: -leg.quantity },
            conditions: [unitsAreReserved(leg.quantity)],
          }),
          levelsRefused: (refusals) => {
            throw brokenPromise(from, refusals.keys());
          },
        },
      };
    },
    (reservation) => reservation,
  );
}
