/**
 * The change of a reservation that takes no new stock: its release, expiry, fulfilment, returns and allocations.
 * Its record and all that follows from it change in one transaction, conditional on the record's version.
 */
import { digestOf } from "../digest.ts";
import type { StockEffect } from "../domain/effects.ts";
import type { LastChange, LevelKey } from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import type { Reservation } from "../domain/reservation.ts";
import type { Condition } from "../storage/condition.ts";
import { type ChangeLabel, partsOfChange, type ReservationChange, recordLabel } from "../storage/reservation-change.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readReservation } from "../storage/reservations.ts";
import { RetryBudget, transactWithin } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { LabelledPart } from "../storage/transaction.ts";
import { Discoveries, type Failed } from "./discoveries.ts";
import type { EndingServices } from "./services.ts";

/** How the reservation changes, decided from the record as it was read. */
export interface Change<R extends Reservation = Reservation> {
  readonly from: Reservation;
  readonly to: R;
  readonly lastChange: LastChange;
  /** What must hold where units are taken: of those that give them to a reservation which waits for them. */
  conditions?(effect: StockEffect): readonly Condition[];
  /** Further parts of the transaction. */
  readonly besides?: readonly LabelledPart<ChangeLabel>[];
  /** What it means that levels refused; throws when that must not happen. */
  levelsRefused?(refusals: ReadonlyMap<StockEffect, StoredItem | undefined>): Outcome<never>;
  /** What it means that further parts were refused; null when the change is to be decided again. */
  besidesRefused?(refusals: ReadonlyMap<string, StoredItem | undefined>): Outcome<never> | null;
}

export type ChangeDecision<T, R extends Reservation = Reservation> =
  | { readonly kind: "change"; readonly change: Change<R> }
  | { readonly kind: "answer"; readonly outcome: Outcome<T> };

/**
 * Reads the record, decides, and writes; when somebody else changed the record first, decides again from the
 * image that the refused write brought back.
 */
export async function changeReservation<T, R extends Reservation = Reservation>(
  services: EndingServices,
  command: { readonly reservationId: string; readonly budgetEndsAtMs: number },
  decide: (reservation: Reservation | null) => ChangeDecision<T, R> | Promise<ChangeDecision<T, R>>,
  changed: (reservation: R) => T,
): Promise<Outcome<T>> {
  const { client, tables, times } = services;
  const discoveries = new Discoveries();
  let reservation = await readReservation(client, tables.inventory, command.reservationId);
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  for (;;) {
    const decision = await decide(reservation === null ? null : discoveries.resolve(reservation));
    if (decision.kind === "answer") {
      return decision.outcome;
    }
    const { change } = decision;
    const parts = [
      ...partsOfChange(tables.inventory, asWritten(change), discoveries.knowledge(change.conditions), times),
      ...(change.besides ?? []),
    ];
    const { from, to, lastChange } = change;
    services.observe({ kind: "planned", reservation: to, writes: parts.length });
    const written = await transactWithin(services, budget, parts);
    if (written.kind === "written") {
      services.observe({
        kind: "reservation-written",
        from: from.status,
        reservation: to,
        way: lastChange.type === "expired" ? "deadline" : "request",
        atMs: services.runtime.now(),
      });
      return done(changed(to));
    }
    if (written.kind === "contended") {
      return contention;
    }
    if (written.failed.has(recordLabel)) {
      const image = written.failed.get(recordLabel);
      reservation = image === undefined ? null : parseReservation(command.reservationId, image);
    } else {
      const answer = answerTo(change, written.failed, discoveries);
      if (answer !== null) {
        return answer;
      }
    }
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

/** The change as the storage takes it. */
export function asWritten({ from, to, lastChange }: Pick<Change, "from" | "to" | "lastChange">): ReservationChange {
  const customer = from.customerId === null ? null : digestOf(from.customerId);
  return { before: from, after: to, customer, lastChange: () => lastChange };
}

function answerTo<R extends Reservation>(
  change: Change<R>,
  failed: Failed,
  discoveries: Discoveries,
): Outcome<never> | null {
  const besides = new Map(
    [...failed].flatMap(([label, image]) => (label.kind === "besides" ? [[label.name, image]] : [])),
  );
  const stock = discoveries.learn(failed);
  if (stock.size > 0) {
    if (change.levelsRefused === undefined) {
      throw brokenPromise(
        change.from,
        [...stock.keys()].map(({ key }) => key),
      );
    }
    return change.levelsRefused(stock);
  }
  return besides.size > 0 ? (change.besidesRefused?.(besides) ?? null) : null;
}

/** A level that does not hold what a reservation rests on breaks invariant 2: loud, never passed over. */
export function brokenPromise(reservation: Reservation, levels: Iterable<LevelKey>): Error {
  const names = [...levels].map(({ sku, locationId }) => `${sku} at ${locationId}`).join(", ");
  return new Error(
    `The reservation ${reservation.reservationId} (${reservation.uid}) rests on units that are not reserved: ${names}.`,
  );
}

export const reservationNotFound = refused({ kind: "not-found", resource: "reservation" });
