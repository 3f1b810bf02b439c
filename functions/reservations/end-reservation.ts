/** The end of a reservation: its levels and its record change in one transaction, conditional on the record's version. */
import type { BaseDeltas, LastChange, LevelKey } from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import {
  type EndedReservation,
  type Leg,
  legsOf,
  type OpenReservation,
  type Reservation,
} from "../domain/reservation.ts";
import type { Condition } from "../storage/condition.ts";
import { changeOfLevel } from "../storage/levels.ts";
import { changeOfReservation, parseReservation, readReservation } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { type LabelledPart, transact } from "../storage/transaction.ts";
import type { EndingServices } from "./services.ts";

/** How the reservation ends, decided from the record as it was read. */
export interface Ending {
  readonly from: OpenReservation;
  readonly to: EndedReservation;
  readonly lastChange: LastChange;
  /** What the end does to each level. */
  change(leg: Leg): { readonly deltas: BaseDeltas; readonly conditions: readonly Condition[] };
  /** What it means that levels refused; throws when that must not happen. */
  levelsRefused(refusals: ReadonlyMap<Leg, StoredItem | undefined>): Outcome<never>;
}

export type EndDecision<T> =
  | { readonly kind: "end"; readonly ending: Ending }
  | { readonly kind: "answer"; readonly outcome: Outcome<T> };

/**
 * Reads the record, decides, and writes; when somebody else changed the record first, decides again from the
 * image that the refused write brought back.
 */
export async function endReservation<T>(
  services: EndingServices,
  command: { readonly reservationId: string; readonly budgetEndsAtMs: number },
  decide: (reservation: Reservation | null) => EndDecision<T>,
  ended: (reservation: EndedReservation) => T,
): Promise<Outcome<T>> {
  const { client, tables, runtime, expiryGraceSeconds } = services;
  const budget = new RetryBudget(runtime, command.budgetEndsAtMs);
  let reservation = await readReservation(client, tables.inventory, command.reservationId);
  for (;;) {
    const decision = decide(reservation);
    if (decision.kind === "answer") {
      return decision.outcome;
    }
    const { ending } = decision;
    const parts: LabelledPart<"record" | Leg>[] = [
      { label: "record", part: changeOfReservation(tables.inventory, ending.from, ending.to, expiryGraceSeconds) },
      ...legsOf(ending.from).map((leg) => {
        const { deltas, conditions } = ending.change(leg);
        return { label: leg, part: changeOfLevel(tables.inventory, leg, ending.lastChange, deltas, conditions) };
      }),
    ];
    const token = runtime.newId();
    let written = await transact(client, token, parts);
    while (written.kind === "contended") {
      if (!(await budget.nextTry())) {
        return contention;
      }
      written = await transact(client, token, parts);
    }
    if (written.kind === "written") {
      return done(ended(ending.to));
    }
    if (!written.failed.has("record")) {
      return ending.levelsRefused(written.failed as ReadonlyMap<Leg, StoredItem | undefined>);
    }
    const image = written.failed.get("record");
    reservation = image === undefined ? null : parseReservation(command.reservationId, image);
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

/** A level that does not hold what a reservation rests on breaks invariant 2: loud, never passed over. */
export function brokenPromise(reservation: Reservation, levels: Iterable<LevelKey>): Error {
  const names = [...levels].map(({ sku, locationId }) => `${sku} at ${locationId}`).join(", ");
  return new Error(
    `The reservation ${reservation.reservationId} (${reservation.uid}) rests on units that are not reserved: ${names}.`,
  );
}

export const reservationNotFound = refused({ kind: "not-found", resource: "reservation" });
