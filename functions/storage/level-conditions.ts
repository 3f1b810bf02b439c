/** What must hold in the very write of a level or a cell: each condition is named by its promise. */
import type { PurchaseLimit, StockState } from "../domain/level.ts";
import type { Condition } from "./condition.ts";

/** The level takes new reservations: its item is not archived. */
export const takesReservations: Condition = {
  expression: "active = :active",
  values: { ":active": true },
};

/** The item is sold as it is, and not as a set of components that have the stock. */
export const isNoKit: Condition = { expression: "attribute_not_exists(kit)" };

/** All units of the level are here, and none in cells. */
export const isNotSplit: Condition = { expression: "attribute_not_exists(cells)" };

/** All units of the level are here, or as many as are taken. */
export function isNotSplitOrHas(quantity: number): Condition {
  return {
    expression: "attribute_not_exists(cells) OR sellable >= :wanted",
    values: { ":wanted": quantity },
  };
}

/** The units are there for a new buyer, in the very write that takes them. */
export function stockIsFree(quantity: number): Condition {
  return {
    expression: "sellable >= :wanted",
    values: { ":wanted": quantity },
  };
}

/** Not all of the units are there, or they could be had at once rather than promised. */
export function stockIsShort(quantity: number): Condition {
  return {
    expression: "sellable < :whole",
    values: { ":whole": quantity },
  };
}

/** So much may be promised beyond the stock. */
export function headroomIsThere(quantity: number): Condition {
  return {
    expression: "headroom >= :promisedBeyond",
    values: { ":promisedBeyond": quantity },
  };
}

/** The stock that is there may be sold: the item is no preorder any more. */
export function isOnSale(nowMs: number): Condition {
  return {
    expression: "attribute_not_exists(availableFrom) OR availableFrom <= :now",
    values: { ":now": nowMs },
  };
}

/** The item is sold against its headroom only. */
export function isNotYetOnSale(nowMs: number): Condition {
  return {
    expression: "availableFrom > :now",
    values: { ":now": nowMs },
  };
}

/** A purchase limit as it is stored, so that it can be compared as a whole. */
export function storedLimit({ quantity, windowDays }: PurchaseLimit): readonly [number, number] {
  return [quantity, windowDays ?? 0];
}

/** The purchase limit is the one that was counted against. */
export function limitIs(limit: PurchaseLimit | null): Condition {
  return limit === null
    ? { expression: "attribute_not_exists(#limit)", names: { "#limit": "limit" } }
    : { expression: "#limit = :limit", names: { "#limit": "limit" }, values: { ":limit": storedLimit(limit) } };
}

/** The promise that is about to be kept or given back is counted here. */
export function unitsAreReserved(quantity: number): Condition {
  return {
    expression: "reserved >= :promised",
    values: { ":promised": quantity },
  };
}

/** The promise beyond the stock that is about to be served or given back is counted here. */
export function unitsAreBackordered(quantity: number): Condition {
  return {
    expression: "backordered >= :owed",
    values: { ":owed": quantity },
  };
}

/** The units are there for those who wait. */
export function unitsAreAvailable(quantity: number): Condition {
  return {
    expression: "available >= :served",
    values: { ":served": quantity },
  };
}

/** The shelf holds what is taken from it: a state never falls below 0. */
export function unitsAreThere(state: StockState, quantity: number): Condition {
  return {
    expression: `${state} >= :taken_${state}`,
    values: { [`:taken_${state}`]: quantity },
  };
}

/** The state still has the quantity that the change was computed from. */
export function quantityIs(state: StockState, quantity: number): Condition {
  return {
    expression: `${state} = :expected_${state}`,
    values: { [`:expected_${state}`]: quantity },
  };
}

/** The level or cell is the very one that the change was computed from. */
export function versionIs(version: number): Condition {
  return {
    expression: "version = :seenVersion",
    values: { ":seenVersion": version },
  };
}

/** The level is split in this way. */
export function isSplitInto(generation: number, cells: number): Condition {
  return {
    expression: "generation = :generation AND cells = :cells",
    values: { ":generation": generation, ":cells": cells },
  };
}

/** Nothing is or may be promised beyond the stock. */
export const takesNoBackorders: Condition = {
  expression: "headroom <= :none AND backordered = :none",
  values: { ":none": 0 },
};

/** The settings are those that the caller saw. */
export function settingsRevisionIs(revision: number): Condition {
  return {
    expression: "revision = :seenRevision",
    values: { ":seenRevision": revision },
  };
}
