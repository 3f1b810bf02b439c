import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AllocationStrategy,
  type AllocationTerms,
  allocate,
  distanceKm,
  type KnownStock,
  type Place,
  usualTerms,
} from "../../functions/domain/allocation.ts";
import type { Demand, KnownLevel } from "../../functions/domain/demand.ts";

type Wanted = Omit<Demand, "line">;

const line = (sku: string, quantity: number, locationId: string | null = null): Wanted => ({
  sku,
  quantity,
  locationId,
});
const demands = (wanted: readonly Wanted[]): readonly Demand[] =>
  wanted.map((each, index) => ({ line: index, ...each }));

/** Units by SKU and location; a pair has units and headroom. */
const stock = (levels: Record<string, Record<string, number | readonly [number, number]>>): KnownStock =>
  new Map(
    Object.entries(levels).map(([sku, free]) => [
      sku,
      Object.entries(free).map(([locationId, units]): KnownLevel => {
        const [there, headroom] = typeof units === "number" ? [units, 0] : units;
        return { locationId, free: there, headroom };
      }),
    ]),
  );

/** Places in order of their names. */
const places = (coordinates: Record<string, Place["coordinates"]> = {}): ReadonlyMap<string, Place> =>
  new Map(
    ["L0", "L1", "L2", "L3", "L4", "L5"].map((locationId, priority) => [
      locationId,
      { priority, coordinates: coordinates[locationId] ?? null },
    ]),
  );

const by = (strategy: AllocationStrategy): AllocationTerms => ({ ...usualTerms, strategy });

/** What each line takes: `[location, units in stock]`, or with the units that are backordered behind. */
const legs = (
  wanted: readonly Wanted[],
  known: KnownStock,
  terms: AllocationTerms = by("priority"),
  where = places(),
) => {
  const plan = allocate(demands(wanted), known, terms, where);
  return plan.kind === "allocated"
    ? wanted.map((_, index) =>
        plan.takes
          .filter(({ demand }) => demand.line === index)
          .map(({ locationId, allocated, backordered }) =>
            backordered === 0 ? [locationId, allocated] : [locationId, allocated, backordered],
          ),
      )
    : plan;
};

describe("allocation", () => {
  it("takes a whole line from the first location that has enough of it", () => {
    expect(legs([line("A", 3)], stock({ A: { L1: 2, L2: 3, L3: 9 } }))).toEqual([[["L2", 3]]]);
  });

  it("splits a line in order of preference when no location has enough", () => {
    expect(legs([line("A", 6)], stock({ A: { L1: 2, L2: 3, L3: 4 } }))).toEqual([
      [
        ["L1", 2],
        ["L2", 3],
        ["L3", 1],
      ],
    ]);
  });

  it("assumes that a level which a line names and nobody has looked at holds enough", () => {
    expect(legs([line("A", 7, "L1")], new Map())).toEqual([[["L1", 7]]]);
  });

  it("serves lines that name their location first, since they have no choice", () => {
    expect(legs([line("A", 1), line("A", 1, "L1")], stock({ A: { L1: 1, L2: 1 } }))).toEqual([
      [["L2", 1]],
      [["L1", 1]],
    ]);
  });

  it("names every short line at once, with what is left for it", () => {
    const wanted = [line("A", 2), line("A", 2), line("B", 5, "L1")];
    expect(legs(wanted, stock({ A: { L1: 3 }, B: { L1: [4, 0] } }))).toEqual({
      kind: "short",
      shortfalls: [
        { demand: { line: 1, ...line("A", 2) }, available: 1, backorderable: 0 },
        { demand: { line: 2, ...line("B", 5, "L1") }, available: 4, backorderable: 0 },
      ],
    });
  });

  it("gives an earlier line its stock first", () => {
    expect(legs([line("A", 2), line("A", 2, null)], stock({ A: { L1: 2 } }))).toMatchObject({
      kind: "short",
      shortfalls: [{ available: 0 }],
    });
  });

  it("promises what is not in stock at the first location that allows it, and takes the rest from stock", () => {
    expect(legs([line("A", 5)], stock({ A: { L1: [2, 1], L2: [1, 9] } }))).toEqual([
      [
        ["L1", 2],
        ["L2", 1, 2],
      ],
    ]);
    expect(legs([line("A", 5, "L1")], stock({ A: { L1: [2, 3] } }))).toEqual([[["L1", 2, 3]]]);
    expect(legs([line("A", 6, "L1")], stock({ A: { L1: [2, 3] } }))).toMatchObject({
      shortfalls: [{ available: 2, backorderable: 3 }],
    });
  });

  it("promises nothing when the request takes only what is in stock", () => {
    const terms = { ...by("priority"), mayBackorder: false };
    expect(legs([line("A", 3, "L1")], stock({ A: { L1: [2, 3] } }), terms)).toMatchObject({
      shortfalls: [{ available: 2, backorderable: 0 }],
    });
  });

  const scenario = fc.record({
    free: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 4 }),
    lines: fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 6 }), at: fc.option(fc.nat({ max: 3 })) }), {
      minLength: 1,
      maxLength: 5,
    }),
    strategy: fc.constantFrom("priority", "fewest-splits", "nearest", "balance" as const),
  });
  const asked = (lines: readonly { quantity: number; at: number | null }[], locations: number) =>
    lines.map(({ quantity, at }) => line("A", quantity, at === null ? null : `L${at % locations}`));
  const known = (free: readonly number[]): KnownStock =>
    new Map([["A", free.map((units, index) => ({ locationId: `L${index}`, free: units, headroom: 0 }))]]);

  it("never takes more than a level has, and gives each line exactly what it asks for, by whatever strategy", () => {
    fc.assert(
      fc.property(scenario, ({ free, lines, strategy }) => {
        const wanted = asked(lines, free.length);
        const plan = allocate(demands(wanted), known(free), by(strategy), places());
        if (plan.kind === "short") {
          return;
        }
        for (const [index, units] of free.entries()) {
          const taken = plan.takes.filter(({ locationId }) => locationId === `L${index}`);
          expect(taken.reduce((sum, { allocated }) => sum + allocated, 0)).toBeLessThanOrEqual(units);
        }
        for (const [index, { quantity, locationId }] of wanted.entries()) {
          const taken = plan.takes.filter(({ demand }) => demand.line === index);
          expect(taken.reduce((sum, { allocated }) => sum + allocated, 0)).toBe(quantity);
          expect(taken.every((take) => locationId === null || take.locationId === locationId)).toBe(true);
        }
      }),
    );
  });

  it("refuses only when the stock is wanting: named locations by their level, the rest by the sum", () => {
    fc.assert(
      fc.property(scenario, ({ free, lines, strategy }) => {
        const wanted = asked(lines, free.length);
        const named = free.map((_, index) =>
          wanted
            .filter(({ locationId }) => locationId === `L${index}`)
            .reduce((sum, { quantity }) => sum + quantity, 0),
        );
        const all = wanted.reduce((sum, { quantity }) => sum + quantity, 0);
        const possible =
          named.every((sum, index) => sum <= (free[index] ?? 0)) && all <= free.reduce((sum, units) => sum + units, 0);
        expect(allocate(demands(wanted), known(free), by(strategy), places()).kind).toBe(
          possible ? "allocated" : "short",
        );
      }),
    );
  });
});

describe("the strategy", () => {
  it("fewest-splits takes a single location for the whole order if one can", () => {
    const known = stock({ A: { L1: 5, L2: 5 }, B: { L2: 5, L3: 5 } });
    const order = [line("A", 2), line("B", 2)];
    expect(legs(order, known, by("fewest-splits"))).toEqual([[["L2", 2]], [["L2", 2]]]);
    expect(legs(order, known, by("priority"))).toEqual([[["L1", 2]], [["L2", 2]]]);
  });

  it("fewest-splits sends from where a line with a location is sent from anyway", () => {
    const known = stock({ A: { L1: 5, L3: 5 }, B: { L3: 5 } });
    expect(legs([line("A", 1), line("B", 1, "L3")], known, by("fewest-splits"))).toEqual([[["L3", 1]], [["L3", 1]]]);
  });

  it("fewest-splits takes the smallest number of locations that there is", () => {
    const levels = fc.array(fc.array(fc.nat({ max: 4 }), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    const quantities = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(levels, quantities, (free, wanted) => {
        const known: KnownStock = new Map(
          free.map((units, sku) => [
            `S${sku}`,
            units.map((there, at) => ({ locationId: `L${at}`, free: there, headroom: 0 })),
          ]),
        );
        const order = free.map((_, sku) => line(`S${sku}`, wanted[sku] ?? 1));
        const plan = allocate(demands(order), known, by("fewest-splits"), places());
        if (plan.kind === "short") {
          return;
        }
        const used = new Set(plan.takes.map(({ locationId }) => locationId)).size;
        const sizes = Array.from({ length: 16 }, (_, set) => {
          const isIn = (at: number): boolean => (set & (1 << at)) !== 0;
          const isEnough = free.every(
            (units, sku) => units.reduce((sum, there, at) => sum + (isIn(at) ? there : 0), 0) >= (wanted[sku] ?? 1),
          );
          return isEnough ? [0, 1, 2, 3].filter(isIn).length : Number.POSITIVE_INFINITY;
        });
        expect(used).toBe(Math.min(...sizes));
      }),
    );
  });

  it("nearest takes from the shortest great-circle distance, and last from where nobody knows", () => {
    const where = places({
      L1: { latitude: 48.1, longitude: 11.6 },
      L2: { latitude: 52.5, longitude: 13.4 },
      L4: { latitude: -36.8, longitude: 174.8 },
    });
    const known = stock({ A: { L1: 1, L2: 1, L3: 1, L4: 1 } });
    const near = (latitude: number, longitude: number): AllocationTerms => ({
      ...by("nearest"),
      shipTo: { latitude, longitude },
    });
    expect(legs([line("A", 4)], known, near(53.5, 10), where)).toEqual([
      [
        ["L2", 1],
        ["L1", 1],
        ["L4", 1],
        ["L3", 1],
      ],
    ]);
    // Across the antimeridian, where the longitudes are far apart and the places are not.
    expect(legs([line("A", 1)], known, near(-17.7, -178), where)).toEqual([[["L4", 1]]]);
  });

  it("nearest measures a quarter of the Earth as what it is", () => {
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 90, longitude: 50 })).toBeCloseTo(10_007.5, 0);
  });

  it("balance takes from where most is", () => {
    expect(legs([line("A", 1)], stock({ A: { L1: 3, L2: 9 } }), by("balance"))).toEqual([[["L2", 1]]]);
  });
});
