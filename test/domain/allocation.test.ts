import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocate, type FreeStock, type KnownStock } from "../../functions/domain/allocation.ts";
import { legsOf, type RequestedLine } from "../../functions/domain/reservation.ts";

const line = (sku: string, quantity: number, locationId: string | null = null): RequestedLine => ({
  sku,
  quantity,
  locationId,
});
const stock = (levels: Record<string, Record<string, number>>): KnownStock =>
  new Map(
    Object.entries(levels).map(([sku, free]) => [
      sku,
      Object.entries(free).map(([locationId, units]) => ({ locationId, free: units })),
    ]),
  );
const legs = (lines: readonly RequestedLine[], known: KnownStock) => {
  const plan = allocate(lines, known);
  return plan.kind === "allocated"
    ? plan.lines.map(({ legs }) => legs.map((leg) => [leg.locationId, leg.quantity]))
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
    expect(allocate([line("A", 2), line("A", 2), line("B", 5, "L1")], stock({ A: { L1: 3 }, B: { L1: 4 } }))).toEqual({
      kind: "short",
      shortfalls: [
        { line: line("A", 2), available: 1 },
        { line: line("B", 5, "L1"), available: 4 },
      ],
    });
  });

  it("gives an earlier line its stock first", () => {
    const plan = allocate([line("A", 2), line("A", 2, null)], stock({ A: { L1: 2 } }));
    expect(plan).toMatchObject({ kind: "short", shortfalls: [{ available: 0 }] });
  });

  const scenario = fc.record({
    free: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 4 }),
    lines: fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 6 }), at: fc.option(fc.nat({ max: 3 })) }), {
      minLength: 1,
      maxLength: 5,
    }),
  });

  it("never takes more than a level has, and gives each line exactly what it asks for", () => {
    fc.assert(
      fc.property(scenario, ({ free, lines }) => {
        const levels: FreeStock[] = free.map((units, index) => ({ locationId: `L${index}`, free: units }));
        const wanted = lines.map(({ quantity, at }) =>
          line("A", quantity, at === null ? null : `L${at % free.length}`),
        );
        const plan = allocate(wanted, new Map([["A", levels]]));
        if (plan.kind === "short") {
          return;
        }
        for (const leg of legsOf(plan)) {
          expect(leg.quantity).toBeLessThanOrEqual(
            levels.find(({ locationId }) => locationId === leg.locationId)?.free ?? 0,
          );
        }
        for (const [index, { legs: taken, quantity, locationId }] of plan.lines.entries()) {
          expect(quantity).toBe(wanted[index]?.quantity);
          expect(taken.reduce((sum, leg) => sum + leg.quantity, 0)).toBe(quantity);
          expect(taken.every((leg) => locationId === null || leg.locationId === locationId)).toBe(true);
        }
      }),
    );
  });

  it("refuses only when the stock is wanting: named locations by their level, the rest by the sum", () => {
    fc.assert(
      fc.property(scenario, ({ free, lines }) => {
        const levels = new Map<string, FreeStock[]>([
          ["A", free.map((units, index) => ({ locationId: `L${index}`, free: units }))],
        ]);
        const wanted = lines.map(({ quantity, at }) =>
          line("A", quantity, at === null ? null : `L${at % free.length}`),
        );
        const named = free.map((_, index) =>
          wanted
            .filter(({ locationId }) => locationId === `L${index}`)
            .reduce((sum, { quantity }) => sum + quantity, 0),
        );
        const all = wanted.reduce((sum, { quantity }) => sum + quantity, 0);
        const possible =
          named.every((sum, index) => sum <= (free[index] ?? 0)) && all <= free.reduce((sum, units) => sum + units, 0);
        expect(allocate(wanted, levels).kind).toBe(possible ? "allocated" : "short");
      }),
    );
  });
});
