import { done, type Outcome, refused } from "../domain/refusal.ts";
import {
  changeFor,
  type HeldReservation,
  isOpen,
  type RequestedLine,
  type Reservation,
} from "../domain/reservation.ts";
import { creationOfReservation, parseReservation } from "../storage/reservations.ts";
import type { CommandContext, ReservationServices } from "./services.ts";
import { takeStock } from "./take-stock.ts";

export interface ReserveCommand extends CommandContext {
  readonly reservationId: string;
  readonly lines: readonly RequestedLine[];
  readonly referenceId: string | null;
  readonly customerId: string | null;
  readonly ttlSeconds: number;
  /** Digest of the request, so that the same one again is answered and another one under the same id is refused. */
  readonly requestDigest: string;
}

export interface Reserved {
  readonly reservation: Reservation;
  /** False when the same request had made it before. */
  readonly created: boolean;
}

/** Holds stock for every line until the deadline, or for none. An id names one reservation for as long as its record is kept. */
export async function reserveStock(services: ReservationServices, command: ReserveCommand): Promise<Outcome<Reserved>> {
  const nowMs = services.runtime.now();
  const uid = services.runtime.newId();
  return await takeStock<Reserved>(services, {
    lines: command.lines,
    lastChange: changeFor({ ...command, uid }, "reserved", { actor: command.actor, atMs: nowMs }),
    budgetEndsAtMs: command.budgetEndsAtMs,
    record: (lines) => {
      const reservation: HeldReservation = {
        status: "held",
        reservationId: command.reservationId,
        uid,
        version: 1,
        linesRevision: 1,
        requestDigest: command.requestDigest,
        referenceId: command.referenceId,
        customerId: command.customerId,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + command.ttlSeconds * 1000,
        lines,
      };
      const write = creationOfReservation(services.tables.inventory, reservation, services.expiryGraceSeconds);
      return { write, result: { reservation, created: true } };
    },
    recordRefused: (image) => {
      if (image === undefined) {
        throw new Error(`The id ${command.reservationId} was found taken, but by nothing.`);
      }
      return answerTo(parseReservation(command.reservationId, image), uid, command.requestDigest);
    },
  });
}

/** The id is taken: by this very request (a resend after a lost answer), by the same one before, or by another. */
function answerTo(existing: Reservation, uid: string, requestDigest: string): Outcome<Reserved> {
  if (existing.uid === uid) {
    return done({ reservation: existing, created: true });
  }
  if (existing.requestDigest !== requestDigest) {
    return refused(
      isOpen(existing) ? { kind: "reservation-exists" } : { kind: "reservation-ended", status: existing.status },
    );
  }
  return isOpen(existing) || existing.status === "fulfilled"
    ? done({ reservation: existing, created: false })
    : refused({ kind: "reservation-ended", status: existing.status });
}
