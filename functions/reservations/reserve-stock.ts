import { digestOf } from "../digest.ts";
import type { AllocationTerms } from "../domain/allocation.ts";
import type { RequestedLine } from "../domain/line.ts";
import { done, type Outcome, refused } from "../domain/refusal.ts";
import { changeFor, type HeldReservation, isOpen, type Reservation } from "../domain/reservation.ts";
import { firstDeadline } from "../domain/reservation-times.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readReservation } from "../storage/reservations.ts";
import { openHoldGuard } from "./open-holds.ts";
import type { CommandContext, ReservationServices } from "./services.ts";
import { takeStock } from "./take-stock.ts";

export interface ReserveCommand extends CommandContext {
  readonly reservationId: string;
  /** True when the id is this request's own, so that no earlier one can have used it. */
  readonly isIdMadeUp?: boolean;
  readonly lines: readonly RequestedLine[];
  readonly terms: AllocationTerms;
  readonly referenceId: string | null;
  readonly customerId: string | null;
  /** From now to the deadline; null for the usual time. */
  readonly ttlSeconds: number | null;
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
  const outcome = await reserve(services, command);
  if (outcome.kind !== "done") {
    const because = outcome.kind === "refused" ? outcome.refusal.kind : "contention";
    services.observe({ kind: "not-reserved", reservationId: command.reservationId, because });
  }
  return outcome;
}

async function reserve(services: ReservationServices, command: ReserveCommand): Promise<Outcome<Reserved>> {
  const { reservationId, terms, referenceId, customerId, requestDigest } = command;
  const nowMs = services.runtime.now();
  const uid = services.runtime.newId();
  const by = { actor: command.actor, atMs: nowMs };
  const { mostOpenHolds } = services;
  const outcome = await takeStock<Reserved>(services, {
    before: null,
    wished: command.lines,
    terms,
    customerId,
    budgetEndsAtMs: command.budgetEndsAtMs,
    lastChange: ({ allocated }) => changeFor({ ...command, uid }, allocated > 0 ? "reserved" : "backordered", by),
    next: (lines) => {
      const reservation: HeldReservation = {
        status: "held",
        reservationId,
        uid,
        version: 1,
        linesRevision: 1,
        requestDigest,
        remembered: [],
        referenceId,
        customerId,
        terms,
        createdAtMs: nowMs,
        expiresAtMs: firstDeadline(services.times, command.ttlSeconds, nowMs),
        lines,
      };
      return { after: reservation, result: { reservation, created: true } };
    },
    recordRefused: (image) => {
      if (image === undefined) {
        throw new Error(`The id ${reservationId} was found taken, but by nothing.`);
      }
      return answerTo(parseReservation(reservationId, image), uid, requestDigest);
    },
    ...(mostOpenHolds === null || customerId === null
      ? {}
      : { besides: openHoldGuard(services, digestOf(customerId), { reservationId, uid }, mostOpenHolds) }),
  });
  if (outcome.kind !== "refused" || command.isIdMadeUp === true) {
    return outcome;
  }
  // What is wanting may be what this very request has taken before: a refusal that was planned has met no record.
  const existing = await readReservation(services.client, services.tables.inventory, reservationId);
  return existing === null ? outcome : answerTo(existing, uid, requestDigest);
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
