import { decideRelease } from "../domain/life-cycle.ts";
import { done, type Outcome } from "../domain/refusal.ts";
import { changeFor, type Reservation, released } from "../domain/reservation.ts";
import { changeReservation, reservationNotFound } from "./change-reservation.ts";
import type { CommandContext, EndingServices } from "./services.ts";

export interface ReleaseCommand extends CommandContext {
  readonly reservationId: string;
  /** The caller's code for why; it is kept in the audit trail. */
  readonly reason: string | null;
  readonly expectedRevision: number | null;
}

/** The cart is abandoned or the order cancelled: what was not shipped is free again, once. */
export async function releaseReservation(
  services: EndingServices,
  command: ReleaseCommand,
): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  return await changeReservation<Reservation>(
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
      const by = { actor: command.actor, atMs: nowMs, reason: command.reason };
      return {
        kind: "change",
        change: { from, to: released(from, nowMs), lastChange: changeFor(from, "released", by) },
      };
    },
    (reservation) => reservation,
  );
}
