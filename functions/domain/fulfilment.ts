/** Shipping and returning, line by line: which legs units leave from, and to which they come back. */
import type { BaseDeltas, LevelKey } from "./level.ts";
import { componentsOf, figuresOfLine, type Leg, type ReservationLine } from "./line.ts";

/** Units of a line's own SKU, or of one component of a kit. */
export interface ShippedUnits {
  readonly sku: string;
  readonly quantity: number;
  /** Null: in the order of allocation. */
  readonly locationId: string | null;
}

export const dispositions = ["restock", "damaged", "qualityControl"] as const;
export type Disposition = (typeof dispositions)[number];

export interface ReturnedUnits {
  readonly sku: string;
  readonly quantity: number;
  /** Where the goods came back to. */
  readonly locationId: string;
  readonly disposition: Disposition;
}

type Lines = readonly ReservationLine[];

export type LineChange =
  | { readonly kind: "changed"; readonly lines: Lines }
  /** There are not so many units of it; nothing is changed. */
  | { readonly kind: "too-many"; readonly sku: string; readonly requested: number; readonly possible: number };

/** Takes up to `wanted` units of what a leg offers; gives the leg as it is then. */
type Move = (leg: Leg, units: number) => Leg;

/**
 * Moves so many units of a SKU on the legs of the first lines that have it, one leg after the other. The SKU is
 * that of a line, whose components move in their proportion, or else that of components of kits.
 */
function moveUnits(
  lines: Lines,
  { sku, quantity }: { readonly sku: string; readonly quantity: number },
  offers: (leg: Leg) => number,
  move: Move,
): LineChange {
  const isOrdered = lines.some((line) => line.sku === sku);
  const changed = [...lines];
  let wanted = quantity;
  let possible = 0;
  for (const [index, line] of lines.entries()) {
    const parts = isOrdered
      ? line.sku === sku
        ? componentsOf(line)
        : []
      : componentsOf(line)
          .filter((part) => part.sku === sku)
          .map((part) => ({ ...part, quantity: 1 }));
    if (parts.length === 0) {
      continue;
    }
    const offered = Math.min(
      ...parts.map((part) => {
        const units = line.legs.reduce((sum, leg) => sum + (leg.sku === part.sku ? offers(leg) : 0), 0);
        return Math.floor(units / part.quantity);
      }),
    );
    possible += offered;
    const moved = Math.min(offered, wanted);
    wanted -= moved;
    let { legs } = line;
    for (const part of parts) {
      let units = moved * part.quantity;
      legs = legs.map((leg) => {
        const here = leg.sku === part.sku ? Math.min(offers(leg), units) : 0;
        units -= here;
        return here === 0 ? leg : move(leg, here);
      });
    }
    changed[index] = { ...line, legs };
  }
  return wanted > 0 ? { kind: "too-many", sku, requested: quantity, possible } : { kind: "changed", lines: changed };
}

/** Ships units that are in hand. */
export function shipLines(lines: Lines, units: readonly ShippedUnits[]): LineChange {
  let present = lines;
  for (const request of units) {
    const { locationId } = request;
    const change = moveUnits(
      present,
      request,
      (leg) => (locationId === null || locationId === leg.locationId ? leg.allocated : 0),
      (leg, quantity) => ({ ...leg, allocated: leg.allocated - quantity, fulfilled: leg.fulfilled + quantity }),
    );
    if (change.kind === "too-many") {
      return change;
    }
    present = change.lines;
  }
  return { kind: "changed", lines: present };
}

/** Ships all of it; too many when some of it is not in hand yet. */
export function shipAll(lines: Lines): LineChange {
  for (const line of lines) {
    const { allocated, backordered } = figuresOfLine(line, true);
    if (backordered > 0) {
      return { kind: "too-many", sku: line.sku, requested: allocated + backordered, possible: allocated };
    }
  }
  return {
    kind: "changed",
    lines: lines.map((line) => ({
      ...line,
      legs: line.legs.map((leg) => ({ ...leg, allocated: 0, fulfilled: leg.fulfilled + leg.allocated })),
    })),
  };
}

/** Units of a SKU with stock of its own that have come back to a location. */
export interface ReceivedUnits extends LevelKey {
  readonly disposition: Disposition;
  readonly quantity: number;
}

export type Returned =
  | { readonly kind: "changed"; readonly lines: Lines; readonly received: readonly ReceivedUnits[] }
  | Extract<LineChange, { kind: "too-many" }>;

/** Takes units back that were shipped, wherever from, and not returned before; a kit comes back as its components. */
export function returnLines(lines: Lines, units: readonly ReturnedUnits[]): Returned {
  let present = lines;
  const received: ReceivedUnits[] = [];
  for (const request of units) {
    const change = moveUnits(
      present,
      request,
      (leg) => leg.fulfilled - leg.returned,
      (leg, quantity) => ({ ...leg, returned: leg.returned + quantity }),
    );
    if (change.kind === "too-many") {
      return change;
    }
    const { locationId, disposition } = request;
    for (const [sku, quantity] of newlyReturned(present, change.lines)) {
      received.push({ sku, locationId, disposition, quantity });
    }
    present = change.lines;
  }
  return { kind: "changed", lines: present, received };
}

function newlyReturned(before: Lines, after: Lines): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const [lines, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const { sku, returned } of lines.flatMap(({ legs }) => legs)) {
      units.set(sku, (units.get(sku) ?? 0) + sign * returned);
    }
  }
  return new Map([...units].filter(([, quantity]) => quantity > 0));
}

/** What received units do to a level: all of them are on hand, and not all of them can be sold. */
export function deltasOfReceived(received: readonly ReceivedUnits[]): BaseDeltas {
  const sum = (disposition: Disposition): number =>
    received.reduce((total, each) => total + (each.disposition === disposition ? each.quantity : 0), 0);
  const [damaged, qualityControl] = [sum("damaged"), sum("qualityControl")];
  return { onHand: sum("restock") + damaged + qualityControl, damaged, qualityControl };
}
