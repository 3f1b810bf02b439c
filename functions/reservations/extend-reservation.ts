import { decideExtend } from "../domain/life-cycle.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import type { Reservation } from "../domain/reservation.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { writeExtension } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { CommandContext, ReservationServices } from "./services.ts";

export interface ExtendCommand extends CommandContext {
  readonly reservationId: string;
  /** From now; the deadline never lies beyond the longest life of a hold. */
  readonly ttlSeconds: number;
  readonly expectedRevision: number | null;
}

/** Moves the deadline of a hold that has not passed it. */
export async function extendReservation(
  services: ReservationServices,
  command: ExtendCommand,
): Promise<Outcome<Reservation>> {
  const { client, tables, runtime, times } = services;
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  let expiresAtMs = runtime.now() + command.ttlSeconds * 1000;
  for (;;) {
    const nowMs = runtime.now();
    const written = await writeExtension(client, tables.inventory, {
      reservationId: command.reservationId,
      expectedRevision: command.expectedRevision,
      nowMs,
      expiresAtMs,
      times,
    });
    if (written.kind === "contended") {
      if (!(await budget.nextTry(written.reason))) {
        return contention;
      }
      continue;
    }
    if (written.image === undefined) {
      return refused({ kind: "not-found", resource: "reservation" });
    }
    const reservation = parseReservation(command.reservationId, written.image);
    if (written.kind === "written") {
      return done(reservation);
    }
    const decision = decideExtend(reservation, command, times, nowMs);
    if (decision.kind === "refused") {
      return decision;
    }
    expiresAtMs = decision.expiresAtMs;
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}
