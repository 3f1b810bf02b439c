import type { StockEffect } from "../domain/effects.ts";
import type { MovementType } from "../domain/level.ts";
import { decideRearrange } from "../domain/life-cycle.ts";
import type { RequestedLine } from "../domain/line.ts";
import { contention, done, type Outcome } from "../domain/refusal.ts";
import { changeFor, type HeldReservation, type Reservation, rearranged } from "../domain/reservation.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readReservation } from "../storage/reservations.ts";
import { reservationNotFound } from "./change-reservation.ts";
import type { CommandContext, ReservationServices } from "./services.ts";
import { takeStock } from "./take-stock.ts";

export interface RearrangeCommand extends CommandContext {
  readonly reservationId: string;
  readonly lines: readonly RequestedLine[];
  /** From now; null when the deadline stays. */
  readonly ttlSeconds: number | null;
  readonly expectedRevision: number | null;
}

/** How often it is begun anew because the record was changed meanwhile. */
const mostBeginnings = 10;

/** The cart changed: the difference is written in one transaction or not at all, and what it has is kept. */
export async function rearrangeReservation(
  services: ReservationServices,
  command: RearrangeCommand,
): Promise<Outcome<Reservation>> {
  let reservation = await readReservation(services.client, services.tables.inventory, command.reservationId);
  for (let beginning = 0; beginning < mostBeginnings; beginning += 1) {
    if (reservation === null) {
      return reservationNotFound;
    }
    const nowMs = services.runtime.now();
    const decision = decideRearrange(reservation, command, services.times, nowMs);
    if (decision.kind === "refused") {
      return decision;
    }
    if (decision.kind === "already-rearranged") {
      return done(decision.reservation);
    }
    const outcome = await write(services, command, decision, nowMs);
    if (outcome.kind !== "done") {
      return outcome;
    }
    if (outcome.value.kind === "written") {
      return done(outcome.value.reservation);
    }
    reservation = outcome.value.reservation;
  }
  return contention;
}

type Written =
  | { readonly kind: "written"; readonly reservation: Reservation }
  /** Somebody else changed the record first. */
  | { readonly kind: "begin-anew"; readonly reservation: Reservation | null };

async function write(
  services: ReservationServices,
  command: RearrangeCommand,
  { reservation: before, expiresAtMs }: { readonly reservation: HeldReservation; readonly expiresAtMs: number },
  nowMs: number,
): Promise<Outcome<Written>> {
  return await takeStock<Written>(services, {
    before,
    wished: command.lines,
    terms: before.terms,
    customerId: before.customerId,
    budgetEndsAtMs: command.budgetEndsAtMs,
    lastChange: (effect) => changeFor(before, typeOf(effect), { actor: command.actor, atMs: nowMs }),
    next: (lines) => {
      const after = rearranged(before, lines, expiresAtMs);
      return { after, result: { kind: "written", reservation: after } };
    },
    recordRefused: (image) =>
      done({
        kind: "begin-anew",
        reservation: image === undefined ? null : parseReservation(command.reservationId, image),
      }),
  });
}

function typeOf({ allocated, backordered }: StockEffect): MovementType {
  if (allocated > 0) {
    return "reserved";
  }
  return backordered > 0 ? "backordered" : "released";
}
