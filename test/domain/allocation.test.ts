import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AllocationStrategy,
  type AllocationTerms,
  allocate,
  allocationStrategies,
  allocationStrategyOf,
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
    strategy: fc.constantFrom(...allocationStrategies),
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

  const level = fc.record({ free: fc.nat({ max: 4 }), headroom: fc.nat({ max: 4 }) });
  const levels = fc.array(level, { minLength: 1, maxLength: 3 });
  const knownLevels = (each: readonly { readonly free: number; readonly headroom: number }[]): KnownStock =>
    new Map([["A", each.map((units, index) => ({ locationId: `L${index}`, ...units }))]]);
  const strategies = fc.constantFrom(...allocationStrategies);

  it("promises no more than a level allows, and only behind all of its stock", () => {
    fc.assert(
      fc.property(levels, scenario, strategies, (each, { lines }, strategy) => {
        const plan = allocate(demands(asked(lines, each.length)), knownLevels(each), by(strategy), places());
        if (plan.kind === "short") {
          return;
        }
        for (const [index, { free, headroom }] of each.entries()) {
          const takes = plan.takes.filter(({ locationId }) => locationId === `L${index}`);
          const allocated = takes.reduce((sum, take) => sum + take.allocated, 0);
          const backordered = takes.reduce((sum, take) => sum + take.backordered, 0);
          expect(backordered).toBeLessThanOrEqual(headroom);
          expect(allocated).toBeLessThanOrEqual(free);
          expect(backordered === 0 || allocated === free).toBe(true);
        }
      }),
    );
  });

  it("refuses a promise only when no level allows as much as is missing", () => {
    fc.assert(
      fc.property(levels, fc.integer({ min: 1, max: 12 }), strategies, (each, quantity, strategy) => {
        const missing = quantity - each.reduce((sum, { free }) => sum + free, 0);
        const possible = missing <= 0 || each.some(({ headroom }) => headroom >= missing);
        const plan = allocate(demands([line("A", quantity)]), knownLevels(each), by(strategy), places());
        expect(plan.kind).toBe(possible ? "allocated" : "short");
      }),
    );
  });

  it("refuses lines that name their location only when what they want together is more than it may give", () => {
    fc.assert(
      fc.property(
        level,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        (here, quantities) => {
          const wanted = quantities.map((quantity) => line("A", quantity, "L0"));
          const all = quantities.reduce((sum, quantity) => sum + quantity, 0);
          expect(allocate(demands(wanted), knownLevels([here]), by("priority"), places()).kind).toBe(
            all <= here.free + here.headroom ? "allocated" : "short",
          );
        },
      ),
    );
  });
});

describe("the strategy", () => {
  /** The locations that a line is taken from, in order. */
  const order = (wanted: Wanted, known: KnownStock, terms: AllocationTerms, where = places()) => {
    const plan = allocate(demands([wanted]), known, terms, where);
    return plan.kind === "allocated" ? plan.takes.map(({ locationId }) => locationId) : plan;
  };

  it("fewest-splits takes a single location for the whole order if one can", () => {
    const known = stock({ A: { L1: 5, L2: 5 }, B: { L2: 5, L3: 5 } });
    const cart = [line("A", 2), line("B", 2)];
    expect(legs(cart, known, by("fewest-splits"))).toEqual([[["L2", 2]], [["L2", 2]]]);
    expect(legs(cart, known, by("priority"))).toEqual([[["L1", 2]], [["L2", 2]]]);
  });

  it("fewest-splits sends from where a line with a location is sent from anyway", () => {
    const known = stock({ A: { L1: 5, L3: 5 }, B: { L3: 5 } });
    expect(legs([line("A", 1), line("B", 1, "L3")], known, by("fewest-splits"))).toEqual([[["L3", 1]], [["L3", 1]]]);
  });

  it("fewest-splits sends from where the rest of a cart is sent from anyway", () => {
    const known = stock({ A: { L1: 5, L3: 5 } });
    const plan = (used: readonly string[]) =>
      allocate(demands([line("A", 1)]), known, by("fewest-splits"), places(), used);
    expect(plan([])).toMatchObject({ takes: [{ locationId: "L1" }] });
    expect(plan(["L3"])).toMatchObject({ takes: [{ locationId: "L3" }] });
  });

  it("fewest-splits prefers, of as many locations, those of the first priority", () => {
    const known = stock({ A: { L3: 2, L2: 2, L1: 2, L0: 1 } });
    expect(legs([line("A", 4)], known, by("fewest-splits"))).toEqual([
      [
        ["L1", 2],
        ["L2", 2],
      ],
    ]);
  });

  it("fewest-splits is not misled by a SKU of which there is too little anyway", () => {
    const known = stock({ A: { L1: [1, 9] }, B: { L1: 1, L2: 1 }, C: { L2: 1 } });
    const cart = [line("A", 2), line("B", 1), line("C", 1)];
    expect(legs(cart, known, by("fewest-splits"))).toEqual([[["L1", 1, 1]], [["L2", 1]], [["L2", 1]]]);
  });

  it("fewest-splits leaves out the location that has most of it, when two others have all of it", () => {
    const known = stock({ A: { L1: 2, L2: 3 }, B: { L1: 2, L3: 3 } });
    expect(legs([line("A", 3), line("B", 3)], known, by("fewest-splits"))).toEqual([[["L2", 3]], [["L3", 3]]]);
  });

  it("fewest-splits takes the smallest number of locations that there is, beside those that are used anyway", () => {
    const levels = fc.array(fc.array(fc.nat({ max: 4 }), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    const quantities = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 3, maxLength: 3 });
    const usedPlaces = fc.subarray([0, 1, 2, 3], { maxLength: 2 });
    fc.assert(
      fc.property(levels, quantities, usedPlaces, (free, wanted, used) => {
        const known: KnownStock = new Map(
          free.map((units, sku) => [
            `S${sku}`,
            units.map((there, at) => ({ locationId: `L${at}`, free: there, headroom: 0 })),
          ]),
        );
        const cart = free.map((_, sku) => line(`S${sku}`, wanted[sku] ?? 1));
        const usedIds = used.map((at) => `L${at}`);
        const plan = allocate(demands(cart), known, by("fewest-splits"), places(), usedIds);
        if (plan.kind === "short") {
          return;
        }
        const parcels = new Set([...usedIds, ...plan.takes.map(({ locationId }) => locationId)]).size;
        const sizes = Array.from({ length: 16 }, (_, set) => {
          const isIn = (at: number): boolean => used.includes(at) || (set & (1 << at)) !== 0;
          const isEnough = free.every(
            (units, sku) => units.reduce((sum, there, at) => sum + (isIn(at) ? there : 0), 0) >= (wanted[sku] ?? 1),
          );
          return isEnough ? [0, 1, 2, 3].filter(isIn).length : Number.POSITIVE_INFINITY;
        });
        expect(parcels).toBe(Math.min(...sizes));
      }),
    );
  });

  it("fewest-splits finds few that are enough also where there are too many to try every set of them", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`W${10 + at}`, 1 + (at % 3)]));
    const known = stock({ A: many, B: { W11: 5, W13: 5 } });
    const wanted = [line("A", 30), line("B", 10)];
    const parcels = (used: readonly string[]) => {
      const plan = allocate(demands(wanted), known, by("fewest-splits"), places(), used);
      return plan.kind === "short" ? plan : [...new Set(plan.takes.map(({ locationId }) => locationId))].sort();
    };
    // Only two hold B, and 3 of A; nine of those that hold 3 have the rest, the first of them.
    const ofB = ["W11", "W13"];
    const full = Array.from({ length: 9 }, (_, at) => `W${12 + 3 * at}`);
    expect(parcels([])).toEqual([...ofB, ...full].sort());
    // The last one that holds 3 saves another.
    expect(parcels(["W48"])).toEqual([...ofB, ...full.slice(0, 8), "W48"].sort());
  });

  it("fewest-splits takes a moment for the largest cart, whose units lie at a great many locations", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`W${100 + at}`, 1]));
    const wanted = Array.from({ length: 90 }, (_, at) => line(`S${at}`, at === 89 ? 6 : 1));
    const known = stock(Object.fromEntries(wanted.map(({ sku }) => [sku, many])));
    const began = performance.now();
    expect(allocate(demands(wanted), known, by("fewest-splits"), places()).kind).toBe("allocated");
    // A request has eight seconds for all of its plans.
    expect(performance.now() - began).toBeLessThan(1_000);
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

  it("nearest goes by priority between places that are as far, and when nobody said where the goods go", () => {
    const where = places({ L2: { latitude: 1, longitude: 1 }, L3: { latitude: 1, longitude: 1 } });
    const known = stock({ A: { L3: 1, L2: 1, L1: 1 } });
    const shipTo = { latitude: 0, longitude: 0 };
    expect(order(line("A", 3), known, { ...by("nearest"), shipTo }, where)).toEqual(["L2", "L3", "L1"]);
    expect(order(line("A", 3), known, by("nearest"), where)).toEqual(["L1", "L2", "L3"]);
  });

  it("nearest is near a place that is one, also at the other end of the Earth", () => {
    const here = { latitude: -41.3, longitude: 174.8 };
    expect(distanceKm(here, here)).toBe(0);
    expect(distanceKm(here, { latitude: 41.3, longitude: -5.2 })).toBeCloseTo(Math.PI * 6_371, 0);
    // From London Heathrow to New York JFK it is 5,540 km.
    expect(distanceKm({ latitude: 51.47, longitude: -0.454 }, { latitude: 40.64, longitude: -73.779 })).toBeCloseTo(
      5_540,
      -1,
    );
  });

  it("nearest measures half of the Earth at most, whichever two places", () => {
    const place = fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    });
    fc.assert(
      fc.property(place, place, (here, there) => {
        const opposite = { latitude: -here.latitude, longitude: here.longitude + 180 };
        expect(distanceKm(here, opposite)).toBeCloseTo(Math.PI * 6_371, 3);
        expect(distanceKm(here, there)).toBeCloseTo(distanceKm(there, here), 6);
        // By way of any third place it is as far to the opposite one.
        expect(distanceKm(here, there) + distanceKm(there, opposite)).toBeCloseTo(Math.PI * 6_371, 3);
      }),
    );
  });

  it("balance takes from where most is, and sees what earlier lines have left", () => {
    expect(legs([line("A", 1)], stock({ A: { L1: 3, L2: 9 } }), by("balance"))).toEqual([[["L2", 1]]]);
    expect(legs([line("A", 11)], stock({ A: { L1: 3, L2: 9 } }), by("balance"))).toEqual([
      [
        ["L2", 9],
        ["L1", 2],
      ],
    ]);
    // The second line finds 4 at each, where the first priority decides.
    expect(legs([line("A", 5), line("A", 1)], stock({ A: { L2: 9, L1: 4 } }), by("balance"))).toEqual([
      [["L2", 5]],
      [["L1", 1]],
    ]);
  });

  it("priority goes by the number, then by the id, and takes places that nobody described last", () => {
    const where = new Map<string, Place>([
      ["L2", { priority: 1, coordinates: null }],
      ["L1", { priority: 1, coordinates: null }],
      ["L9", { priority: 0, coordinates: null }],
    ]);
    const known = stock({ A: { L0: 1, L2: 1, L1: 1, L9: 1 } });
    expect(order(line("A", 4), known, by("priority"), where)).toEqual(["L9", "L1", "L2", "L0"]);
  });

  it("promises where it would rather take from", () => {
    const shipTo = { latitude: 0, longitude: 0 };
    const where = places({ L1: { latitude: 9, longitude: 9 }, L2: { latitude: 1, longitude: 1 } });
    const known = stock({ A: { L1: [0, 5], L2: [0, 5] } });
    expect(legs([line("A", 2)], known, by("priority"), where)).toEqual([[["L1", 0, 2]]]);
    expect(legs([line("A", 2)], known, { ...by("nearest"), shipTo }, where)).toEqual([[["L2", 0, 2]]]);
  });

  it("is one of those that there are", () => {
    expect(allocationStrategies.map(allocationStrategyOf)).toEqual(allocationStrategies);
    expect(() => allocationStrategyOf("cheapest")).toThrow("cheapest");
    expect(usualTerms.strategy).toBe("fewest-splits");
  });
});
