/**
 * The change of a reservation from one state to the next as one transaction: its record, and whatever follows
 * from the difference of the two states. Every way of making, changing and ending a reservation is written here.
 */

import type { PurchaseEffect } from "../domain/effects.ts";
import { deltasOfEffect, purchaseEffects, queueEffects, type StockEffect, stockEffects } from "../domain/effects.ts";
import type { LastChange, Level } from "../domain/level.ts";
import type { Reservation } from "../domain/reservation.ts";
import type { ReservationTimes } from "../domain/reservation-times.ts";
import { changeOfEntry } from "./backorders.ts";
import type { Condition } from "./condition.ts";
import { unitsAreBackordered, unitsAreReserved, unitsAreThere } from "./level-conditions.ts";
import { changeOfStock, creationOfLevel } from "./level-writes.ts";
import { changeOfPurchases } from "./purchases.ts";
import { changeOfReservation, creationOfReservation } from "./reservations.ts";
import type { LabelledPart } from "./transaction.ts";

export type ChangeLabel =
  | { readonly kind: "record" }
  | { readonly kind: "stock"; readonly effect: StockEffect }
  | { readonly kind: "entry" }
  | { readonly kind: "purchases"; readonly effect: PurchaseEffect }
  /** Something that one command writes besides. */
  | { readonly kind: "besides"; readonly name: string };

export const recordLabel: ChangeLabel = { kind: "record" };
export const entryLabel: ChangeLabel = { kind: "entry" };

export interface ReservationChange {
  /** Null for a reservation that is made. */
  readonly before: Reservation | null;
  readonly after: Reservation;
  /** A digest that names the customer; null when nobody said who buys. */
  readonly customer: string | null;
  /** What the write of a level says of itself. */
  lastChange(effect: StockEffect): LastChange;
}

/** What a command that takes stock knows of it. */
export interface TakingKnowledge {
  /** What must hold where units are taken. */
  conditions(effect: StockEffect): readonly Condition[];
  /** The level that is made by taking from it, or null when it is there. */
  creation(effect: StockEffect): Level | null;
  /** How much one customer may take. */
  limitOf(sku: string): number;
  /** Whether a counter to which units are to be given back is known to be gone. */
  isGone(effect: PurchaseEffect): boolean;
}

/** Whoever only gives back takes nothing. */
export const takesNothing: TakingKnowledge = {
  conditions: ({ key }) => {
    throw new Error(`Nothing may be taken of ${key.sku} at ${key.locationId} here.`);
  },
  creation: () => null,
  limitOf: () => 0,
  isGone: () => false,
};

function takes({ allocated, backordered }: StockEffect): boolean {
  return allocated > 0 || backordered > 0;
}

/** What is given back or shipped must be there; a cell that was merged has nothing any more. */
function conditionsOfGiving({ allocated, backordered, fulfilled }: StockEffect): readonly Condition[] {
  return [
    ...(allocated < 0 ? [unitsAreReserved(-allocated)] : []),
    ...(backordered < 0 ? [unitsAreBackordered(-backordered)] : []),
    ...(fulfilled > 0 ? [unitsAreThere("onHand", fulfilled)] : []),
  ];
}

/** The parts that follow from the change, all but the record itself. */
export function effectsOfChange(
  table: string,
  { before, after, customer, lastChange }: ReservationChange,
  taking: TakingKnowledge,
): readonly LabelledPart<ChangeLabel>[] {
  const earlier = before?.lines ?? [];
  const stock = stockEffects(earlier, after.lines).map((effect): LabelledPart<ChangeLabel> => {
    const created = taking.creation(effect);
    if (created !== null) {
      return { label: { kind: "stock", effect }, part: creationOfLevel(table, created) };
    }
    const conditions = [...conditionsOfGiving(effect), ...(takes(effect) ? taking.conditions(effect) : [])];
    const deltas = deltasOfEffect(effect);
    return {
      label: { kind: "stock", effect },
      part: changeOfStock(table, effect.key, lastChange(effect), deltas, conditions),
    };
  });
  const entries = queueEffects(earlier, after.lines).map(
    (effect): LabelledPart<ChangeLabel> => ({
      label: entryLabel,
      part: changeOfEntry(table, effect, after),
    }),
  );
  const purchases = purchaseEffects(earlier, after.lines)
    .filter((effect) => !taking.isGone(effect))
    .map((effect): LabelledPart<ChangeLabel> => {
      if (customer === null) {
        throw new Error(`The reservation ${after.reservationId} counts purchases of nobody.`);
      }
      const part = changeOfPurchases(table, customer, effect, taking.limitOf(effect.sku));
      return { label: { kind: "purchases", effect }, part };
    });
  return [...stock, ...entries, ...purchases];
}

/** The whole change. */
export function partsOfChange(
  table: string,
  change: ReservationChange,
  taking: TakingKnowledge,
  times: ReservationTimes,
): readonly LabelledPart<ChangeLabel>[] {
  const { before, after } = change;
  const record =
    before === null ? creationOfReservation(table, after, times) : changeOfReservation(table, before, after, times);
  return [{ label: recordLabel, part: record }, ...effectsOfChange(table, change, taking)];
}
