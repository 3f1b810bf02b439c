/** What becomes of the legs of a cart when its lines change: they are kept wherever they still serve. */

import type { Component } from "./catalogue.ts";
import type { Demand } from "./demand.ts";
import {
  componentsOf,
  emptyLeg,
  type Leg,
  mergeLegs,
  oldestOf,
  type RequestedLine,
  type ReservationLine,
} from "./line.ts";
import { keepCounted } from "./purchase-limit.ts";

/** A wished line, with the kit as it is sold now. */
export interface WishedLine extends RequestedLine {
  readonly components: readonly Component[] | null;
}

export interface Kept {
  /** The wished lines with what the cart already has for them. */
  readonly lines: readonly ReservationLine[];
  /** What must be taken besides. */
  readonly missing: readonly Demand[];
}

/** Units of a cart that look for a line. */
class Pool {
  private legs: Leg[];

  constructor(legs: readonly Leg[]) {
    this.legs = [...legs];
  }

  /**
   * Takes up to so many units of a SKU, from a location if one is wished. Units in hand go first, then the
   * oldest promises; earlier legs go before later ones.
   */
  take(sku: string, quantity: number, locationId: string | null): readonly Leg[] {
    const taken: Leg[] = [];
    let wanted = quantity;
    const serves = (leg: Leg): boolean => leg.sku === sku && (locationId === null || leg.locationId === locationId);
    for (const [index, leg] of this.legs.entries()) {
      const allocated = serves(leg) ? Math.min(leg.allocated, wanted) : 0;
      if (allocated > 0) {
        wanted -= allocated;
        taken.push({ ...emptyLeg(leg), allocated });
        this.legs[index] = { ...leg, allocated: leg.allocated - allocated };
      }
    }
    for (const [index, leg] of this.legs.entries()) {
      const backordered = serves(leg) ? Math.min(leg.backordered, wanted) : 0;
      if (backordered > 0) {
        wanted -= backordered;
        const places = oldestOf(leg.places, backordered);
        taken.push({ ...emptyLeg(leg), backordered, places });
        this.legs[index] = { ...leg, backordered: leg.backordered - backordered, places: without(leg, places) };
      }
    }
    return taken;
  }
}

function without({ places }: Leg, taken: Leg["places"]): Leg["places"] {
  const gone = new Map(taken.map(({ promisedAtMs, quantity }) => [promisedAtMs, quantity]));
  return places
    .map((place) => ({ ...place, quantity: place.quantity - (gone.get(place.promisedAtMs) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/**
 * Who takes first of what the cart has: each line what the same line had before, so that as little as possible
 * changes; or lines that name a location, since only what is there serves them, while others can go elsewhere.
 */
export type KeepingOrder = "own-first" | "named-first";

/**
 * Gives each wished line what the same line had before, and what other lines have let go, as far as its location
 * allows; the rest is missing. A reservation that is made anew has nothing before.
 */
export function keepLegs(
  before: readonly ReservationLine[],
  wished: readonly WishedLine[],
  order: KeepingOrder = "own-first",
): Kept {
  const pools = new Map(before.map((line) => [nameOf(line), new Pool(line.legs)]));
  const legs: Leg[][] = wished.map(() => []);
  const left = wished.map((line) =>
    componentsOf(line).map(({ sku, quantity }) => ({ sku, quantity: quantity * line.quantity })),
  );
  const takeFrom = (taken: Iterable<Pool>, line: number): void => {
    for (const pool of taken) {
      for (const want of left[line] ?? []) {
        const found = pool.take(want.sku, want.quantity, wished[line]?.locationId ?? null);
        want.quantity -= found.reduce((sum, { allocated, backordered }) => sum + allocated + backordered, 0);
        legs[line]?.push(...found);
      }
    }
  };
  const ownOf = (line: WishedLine): readonly Pool[] => {
    const own = pools.get(nameOf(line));
    return own === undefined ? [] : [own];
  };
  const all = [...wished.entries()];
  const named = all.filter(([, { locationId }]) => locationId !== null);
  if (order === "named-first") {
    for (const [index, line] of named) {
      takeFrom([...ownOf(line), ...pools.values()], index);
    }
  }
  for (const [index, line] of all) {
    takeFrom(ownOf(line), index);
  }
  for (const [index] of all) {
    takeFrom(pools.values(), index);
  }
  const counted = keepCounted(before, wished);
  return {
    lines: wished.map((line, index) => {
      const kept = mergeLegs(legs[index] ?? []);
      const isOwed = kept.some(({ backordered }) => backordered > 0);
      const earlier =
        before.find((each) => nameOf(each) === nameOf(line)) ?? before.find(({ sku }) => sku === line.sku);
      return {
        ...line,
        legs: kept,
        counted: counted[index] ?? [],
        restockAt: isOwed ? (earlier?.restockAt ?? null) : null,
      };
    }),
    missing: wished.flatMap(({ locationId }, line) =>
      (left[line] ?? []).flatMap(({ sku, quantity }) => (quantity > 0 ? [{ line, sku, quantity, locationId }] : [])),
    ),
  };
}

/** What lines of a SKU that grows have of other lines: of one component for each line, which stands for the others. */
export function regrouped(
  before: readonly RequestedLine[],
  wished: readonly WishedLine[],
  missing: readonly Demand[],
): readonly Demand[] {
  const ordered = (lines: readonly RequestedLine[], sku: string): number =>
    lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
  return wished.flatMap((each, line) => {
    const { locationId, quantity } = each;
    const grown = Math.min(quantity, ordered(wished, each.sku) - ordered(before, each.sku));
    const [part] = componentsOf(each);
    return part === undefined || grown <= 0 || missing.some((demand) => demand.line === line)
      ? []
      : [{ line, sku: part.sku, quantity: part.quantity * grown, locationId }];
  });
}

function nameOf({ sku, locationId }: RequestedLine): string {
  return `${sku}#${locationId ?? ""}`;
}
