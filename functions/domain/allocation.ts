/**
 * Chooses the levels that a reservation rests on. The same plan is what is then conditionally written; when
 * another buyer got there first, it is made again from what the write brought back.
 */
import type { RequestedLine, ReservationLine } from "./reservation.ts";

/** What is known of one level: `free` is what a new buyer can have there, never below 0. */
export interface FreeStock {
  readonly locationId: string;
  readonly free: number;
}

/**
 * What is known of the levels of each SKU, in order of preference. A level that a line names and that is not
 * listed is taken to hold enough: the write itself will tell.
 */
export type KnownStock = ReadonlyMap<string, readonly FreeStock[]>;

export interface Shortfall {
  readonly line: RequestedLine;
  /** What was left for this line where it may be taken from. */
  readonly available: number;
}

export type Allocation =
  | { readonly kind: "allocated"; readonly lines: readonly ReservationLine[] }
  /** Every line that is short, in the order of the request. */
  | { readonly kind: "short"; readonly shortfalls: readonly Shortfall[] };

/** Units left at each level while lines are served one after the other. */
class Remainders {
  private readonly left = new Map<string, Map<string, number>>();

  constructor(stock: KnownStock) {
    for (const [sku, levels] of stock) {
      this.left.set(sku, new Map(levels.map(({ locationId, free }) => [locationId, Math.max(0, free)])));
    }
  }

  at(sku: string, locationId: string): number {
    return this.left.get(sku)?.get(locationId) ?? Number.POSITIVE_INFINITY;
  }

  /** Locations with something left, in order of preference. */
  candidates(sku: string): readonly FreeStock[] {
    return [...(this.left.get(sku) ?? [])]
      .map(([locationId, free]) => ({ locationId, free }))
      .filter(({ free }) => free > 0);
  }

  take(sku: string, locationId: string, quantity: number): void {
    this.left.get(sku)?.set(locationId, this.at(sku, locationId) - quantity);
  }
}

/** One location for the whole line if any has enough, else as many as it takes, in order of preference. */
function chooseLocations(candidates: readonly FreeStock[], quantity: number): readonly FreeStock[] | null {
  const single = candidates.find(({ free }) => free >= quantity);
  if (single !== undefined) {
    return [{ locationId: single.locationId, free: quantity }];
  }
  const chosen: FreeStock[] = [];
  let wanted = quantity;
  for (const { locationId, free } of candidates) {
    if (wanted === 0) {
      break;
    }
    const taken = Math.min(free, wanted);
    chosen.push({ locationId, free: taken });
    wanted -= taken;
  }
  return wanted === 0 ? chosen : null;
}

/**
 * Allocates all lines or names every short one. Lines that name a location are served first, since they have
 * no choice: otherwise a line that could go elsewhere might take the units that another one depends on, and
 * the request would be refused although stock was free. Apart from that an earlier line is served first.
 */
export function allocate(lines: readonly RequestedLine[], stock: KnownStock): Allocation {
  const remainders = new Remainders(stock);
  const allocated = new Map<RequestedLine, ReservationLine>();
  const shortfalls = new Map<RequestedLine, Shortfall>();

  for (const line of lines) {
    if (line.locationId === null) {
      continue;
    }
    const left = remainders.at(line.sku, line.locationId);
    if (left < line.quantity) {
      shortfalls.set(line, { line, available: left });
      continue;
    }
    remainders.take(line.sku, line.locationId, line.quantity);
    const leg = { sku: line.sku, locationId: line.locationId, quantity: line.quantity };
    allocated.set(line, { ...line, legs: [leg] });
  }

  for (const line of lines) {
    if (line.locationId !== null) {
      continue;
    }
    const candidates = remainders.candidates(line.sku);
    const chosen = chooseLocations(candidates, line.quantity);
    if (chosen === null) {
      shortfalls.set(line, { line, available: candidates.reduce((sum, { free }) => sum + free, 0) });
      continue;
    }
    const legs = chosen.map(({ locationId, free }) => ({ sku: line.sku, locationId, quantity: free }));
    for (const leg of legs) {
      remainders.take(leg.sku, leg.locationId, leg.quantity);
    }
    allocated.set(line, { ...line, legs });
  }

  if (shortfalls.size > 0) {
    return { kind: "short", shortfalls: lines.flatMap((line) => shortfalls.get(line) ?? []) };
  }
  return { kind: "allocated", lines: lines.flatMap((line) => allocated.get(line) ?? []) };
}
