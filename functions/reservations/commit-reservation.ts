import { decideCommit } from "../domain/life-cycle.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { changeFor, type ExpiredReservation, type Reservation, reacquired } from "../domain/reservation.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { writeCommit } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { CommandContext, ReservationServices } from "./services.ts";
import { takeStock } from "./take-stock.ts";

export interface CommitCommand extends CommandContext {
  readonly reservationId: string;
  readonly orderId: string;
  /** `If-Match`, so that a stale payment cannot commit a changed cart; null when the caller does not mind. */
  readonly expectedRevision: number | null;
}

/**
 * The order is placed: the hold has no deadline any more. The same order again is answered with the
 * reservation as it is. From `expired` the stock is taken again, all of it, or the answer is that it is gone.
 */
export async function commitReservation(
  services: ReservationServices,
  command: CommitCommand,
): Promise<Outcome<Reservation>> {
  const { client, tables, runtime } = services;
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  const committedAtMs = runtime.now();
  for (;;) {
    const written = await writeCommit(client, tables.inventory, { ...command, committedAtMs });
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
      const atMs = runtime.now();
      services.observe({ kind: "reservation-written", from: "held", reservation, way: "request", atMs });
      return done(reservation);
    }
    const outcome = await answerTo(services, command, reservation);
    if (outcome !== "commit-again") {
      return outcome;
    }
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

async function answerTo(
  services: ReservationServices,
  command: CommitCommand,
  reservation: Reservation,
): Promise<Outcome<Reservation> | "commit-again"> {
  const decision = decideCommit(reservation, command);
  switch (decision.kind) {
    case "refused":
      return decision;
    case "already-committed":
      return done(decision.reservation);
    case "reacquire":
      return await reacquire(services, command, decision.reservation);
    case "commit":
      return "commit-again";
  }
}

/** Takes the stock of an expired hold again, in one transaction with the commit. */
async function reacquire(
  services: ReservationServices,
  command: CommitCommand,
  expired: ExpiredReservation,
): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  const outcome = await takeStock<Reservation>(services, {
    before: expired,
    wished: expired.lines.map(({ sku, quantity, locationId }) => ({ sku, quantity, locationId })),
    terms: expired.terms,
    customerId: expired.customerId,
    lastChange: () => changeFor(expired, "reacquired", { actor: command.actor, atMs: nowMs }),
    budgetEndsAtMs: command.budgetEndsAtMs,
    next: (lines) => {
      const after = reacquired(expired, { orderId: command.orderId, committedAtMs: nowMs }, lines);
      return { after, result: after };
    },
    recordRefused: (image) => afterRace(command, image),
  });
  const gone = outcome.kind === "refused" && outcome.refusal.kind === "insufficient-stock";
  return gone ? refused({ kind: "reservation-expired", lines: outcome.refusal.lines }) : outcome;
}

/** Somebody else changed the expired record first: another late commit, or the end of its retention. */
function afterRace(command: CommitCommand, image: StoredItem | undefined): Outcome<Reservation> {
  if (image === undefined) {
    return refused({ kind: "not-found", resource: "reservation" });
  }
  const decision = decideCommit(parseReservation(command.reservationId, image), command);
  switch (decision.kind) {
    case "refused":
      return decision;
    case "already-committed":
      return done(decision.reservation);
    case "commit":
    case "reacquire":
      return contention;
  }
}
