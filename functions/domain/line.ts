/** The lines of a reservation: what was asked for, and the legs on which it rests. */
import type { Component } from "./catalogue.ts";
import { type StockKey, stockName } from "./level.ts";

/** A place in the backorder queue of a level. */
export interface QueuePlace {
  /** When the units were promised: the queue serves the oldest promise first. */
  readonly promisedAtMs: number;
  readonly quantity: number;
}

/** The part of a line that rests on one level, or on one cell of it; in units of the level's SKU. */
export interface Leg extends StockKey {
  /** Units of stock reserved now. */
  readonly allocated: number;
  /** Units promised beyond the stock: what the places hold together. A cell has none. */
  readonly backordered: number;
  readonly fulfilled: number;
  /** Of those fulfilled. */
  readonly returned: number;
  /** Oldest first. */
  readonly places: readonly QueuePlace[];
}

/** What the caller asked for, as submitted; without a location the service chooses. */
export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly locationId: string | null;
}

/** Units counted against a purchase limit, and the window that they were counted in. */
export interface CountedPurchase {
  /** Null for a limit that has no windows. */
  readonly windowDays: number | null;
  /** Windows are numbered from the epoch; 0 for a limit that has none. */
  readonly window: number;
  readonly quantity: number;
}

export interface ReservationLine extends RequestedLine {
  /** The kit as it was when it was reserved; null for a SKU with stock of its own. */
  readonly components: readonly Component[] | null;
  readonly legs: readonly Leg[];
  readonly counted: readonly CountedPurchase[];
  /** When the backordered units were expected as they were promised; null when there were none. */
  readonly restockAt: string | null;
}

/** Whether the same was asked for, in the same order. */
export function isSameRequest(one: readonly RequestedLine[], other: readonly RequestedLine[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ sku, quantity, locationId }, index) => {
      const line = other[index];
      return line?.sku === sku && line.quantity === quantity && line.locationId === locationId;
    })
  );
}

/** What one unit of the line takes of each SKU that has stock. */
export function componentsOf({ sku, components }: Pick<ReservationLine, "sku" | "components">): readonly Component[] {
  return components ?? [{ sku, quantity: 1 }];
}

/** A leg on which nothing rests yet. */
export function emptyLeg({ sku, locationId, cell }: StockKey): Leg {
  return { sku, locationId, cell, allocated: 0, backordered: 0, fulfilled: 0, returned: 0, places: [] };
}

/** Legs on the same level or cell become one, in order of first appearance. */
export function mergeLegs(legs: Iterable<Leg>): readonly Leg[] {
  const merged = new Map<string, Leg>();
  for (const leg of legs) {
    const name = stockName(leg);
    const known = merged.get(name);
    merged.set(name, known === undefined ? leg : sumOf(known, leg));
  }
  return [...merged.values()];
}

function sumOf(one: Leg, other: Leg): Leg {
  return {
    ...one,
    allocated: one.allocated + other.allocated,
    backordered: one.backordered + other.backordered,
    fulfilled: one.fulfilled + other.fulfilled,
    returned: one.returned + other.returned,
    places: mergePlaces([...one.places, ...other.places]),
  };
}

function mergePlaces(places: readonly QueuePlace[]): readonly QueuePlace[] {
  const byTime = new Map<number, number>();
  for (const { promisedAtMs, quantity } of places) {
    byTime.set(promisedAtMs, (byTime.get(promisedAtMs) ?? 0) + quantity);
  }
  return [...byTime]
    .map(([promisedAtMs, quantity]) => ({ promisedAtMs, quantity }))
    .sort((a, b) => a.promisedAtMs - b.promisedAtMs);
}

/** The first so many units of the places: the oldest promises. */
export function oldestOf(places: readonly QueuePlace[], quantity: number): readonly QueuePlace[] {
  let left = quantity;
  return places.flatMap((place) => {
    const kept = Math.min(place.quantity, left);
    left -= kept;
    return kept === 0 ? [] : [{ ...place, quantity: kept }];
  });
}

/** All levels and cells that the lines rest on, each once. */
export function legsOf({ lines }: { readonly lines: readonly ReservationLine[] }): readonly Leg[] {
  return mergeLegs(lines.flatMap(({ legs }) => legs));
}

/** How a line stands, in units of its own SKU: a kit counts when all of its components do. */
export interface LineFigures {
  readonly allocated: number;
  readonly backordered: number;
  readonly fulfilled: number;
  readonly released: number;
  readonly returned: number;
}

export function figuresOfLine(line: ReservationLine, isOpen: boolean): LineFigures {
  const whole = (units: (leg: Leg) => number): number =>
    Math.min(
      ...componentsOf(line).map(({ sku, quantity }) => {
        const sum = line.legs.reduce((total, leg) => total + (leg.sku === sku ? units(leg) : 0), 0);
        return Math.floor(sum / quantity);
      }),
    );
  const fulfilled = whole((leg) => leg.fulfilled);
  const inHand = whole((leg) => leg.allocated + leg.fulfilled);
  return {
    allocated: isOpen ? inHand - fulfilled : 0,
    backordered: isOpen ? line.quantity - inHand : 0,
    fulfilled,
    released: isOpen ? 0 : line.quantity - fulfilled,
    returned: whole((leg) => leg.returned),
  };
}

export function anythingFulfilled(lines: readonly ReservationLine[]): boolean {
  return lines.some(({ legs }) => legs.some(({ fulfilled }) => fulfilled > 0));
}

/**
 * The lines once everything open is given back: only what was shipped still stands, as the record of where it
 * came from, and only that still counts against a purchase limit.
 */
export function endedLines(lines: readonly ReservationLine[]): readonly ReservationLine[] {
  return lines.map((line) => ({
    ...line,
    legs: line.legs
      .map((leg) => ({ ...leg, allocated: 0, backordered: 0, places: [] }))
      .filter(({ fulfilled }) => fulfilled > 0),
    counted: countedFirst(line.counted, figuresOfLine(line, false).fulfilled),
  }));
}

/** The first so many units that were counted; what was counted last is given back first. */
export function countedFirst(counted: readonly CountedPurchase[], quantity: number): readonly CountedPurchase[] {
  let left = quantity;
  return counted.flatMap((purchase) => {
    const kept = Math.min(purchase.quantity, left);
    left -= kept;
    return kept === 0 ? [] : [{ ...purchase, quantity: kept }];
  });
}

/** The lines with the legs on these merged cells resting on the level itself. */
export function resolveMergedCells(
  lines: readonly ReservationLine[],
  isMerged: (leg: Leg) => boolean,
): readonly ReservationLine[] {
  return lines.map((line) => ({
    ...line,
    legs: mergeLegs(line.legs.map((leg) => (leg.cell !== null && isMerged(leg) ? { ...leg, cell: null } : leg))),
  }));
}
