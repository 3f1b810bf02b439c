/** The smallest number of places that together have what is wanted: fewer parcels, fewer broken orders. */
import type { Demand, KnownLevel } from "./demand.ts";

/**
 * How many sets of places are tried. It is exact for up to 12 places of which any number is needed, and for up
 * to 90 of which two are; beyond that the places are chosen greedily, by what each adds.
 */
const mostSets = 4_096;

interface Wanted {
  readonly quantity: number;
  readonly free: ReadonlyMap<string, number>;
}

/**
 * The places for all demands whose SKU is in stock in sufficient number, those in `used` among them at no cost.
 * Of sets of the same size the one that is preferred earlier wins. Demands that cannot be met from stock are
 * left out of the choice.
 */
export function fewestPlaces(
  demands: readonly Demand[],
  levelsOf: (sku: string) => readonly KnownLevel[],
  used: ReadonlySet<string>,
): ReadonlySet<string> {
  const wanted = wantedUnits(demands, levelsOf, used);
  const places = [...new Set(wanted.flatMap(({ free }) => [...free.keys()]))];
  const isEnough = (set: readonly string[]): boolean =>
    wanted.every(({ quantity, free }) => set.reduce((sum, place) => sum + (free.get(place) ?? 0), 0) >= quantity);
  let tried = 0;
  for (let size = 0; size <= places.length; size += 1) {
    for (const set of setsOf(places, size)) {
      tried += 1;
      if (isEnough(set)) {
        return new Set([...used, ...set]);
      }
      if (tried >= mostSets) {
        return new Set([...used, ...greedily(wanted, places)]);
      }
    }
  }
  return new Set([...used, ...places]);
}

/** What is wanted beside what the used places have, and where it is. */
function wantedUnits(
  demands: readonly Demand[],
  levelsOf: (sku: string) => readonly KnownLevel[],
  used: ReadonlySet<string>,
): readonly Wanted[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of demands) {
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  }
  return [...quantities].flatMap(([sku, quantity]) => {
    const levels = levelsOf(sku).filter((level) => level.free > 0);
    const others = levels.filter(({ locationId }) => !used.has(locationId));
    const missing = Math.max(0, quantity - sumOf(levels.filter(({ locationId }) => used.has(locationId))));
    return sumOf(levels) >= quantity
      ? [{ quantity: missing, free: new Map(others.map(({ locationId, free }) => [locationId, free])) }]
      : [];
  });
}

function sumOf(levels: readonly KnownLevel[]): number {
  return levels.reduce((sum, { free }) => sum + free, 0);
}

/** All sets of so many of the places, the preferred ones first. */
function* setsOf(places: readonly string[], size: number, from = 0): Generator<readonly string[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= places.length - size; index += 1) {
    for (const rest of setsOf(places, size - 1, index + 1)) {
      yield [places[index] as string, ...rest];
    }
  }
}

function greedily(wanted: readonly Wanted[], places: readonly string[]): readonly string[] {
  const chosen: string[] = [];
  const missing = wanted.map((each) => ({ ...each }));
  while (missing.some(({ quantity }) => quantity > 0)) {
    const gain = (place: string): number =>
      missing.reduce((sum, { quantity, free }) => sum + Math.min(quantity, free.get(place) ?? 0), 0);
    const best = places.filter((place) => !chosen.includes(place)).reduce((a, b) => (gain(b) > gain(a) ? b : a));
    for (const each of missing) {
      each.quantity = Math.max(0, each.quantity - (each.free.get(best) ?? 0));
    }
    chosen.push(best);
  }
  return chosen;
}
