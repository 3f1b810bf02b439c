import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReservationLine } from "../../functions/domain/line.ts";
import { countPurchases, endOfWindow, keepCounted, windowAt } from "../../functions/domain/purchase-limit.ts";
import { aLine } from "./sample.ts";

const day = 86_400_000;
const limits = new Map([["A", { quantity: 5, windowDays: 7 }]]);
const counted = (window: number, quantity: number) => ({ windowDays: 7, window, quantity });
const line = (quantity: number, ...already: ReturnType<typeof counted>[]) =>
  aLine("A", quantity, null, [], { counted: already });

describe("a purchase limit", () => {
  it("counts in windows that are fixed from the epoch, or for ever", () => {
    expect(windowAt({ windowDays: 7 }, 7 * day - 1)).toBe(0);
    expect(windowAt({ windowDays: 7 }, 7 * day)).toBe(1);
    expect(endOfWindow({ windowDays: 7, window: 1 })).toBe(14 * day);
    expect(windowAt({ windowDays: null }, 99 * day)).toBe(0);
    expect(endOfWindow({ windowDays: null, window: 0 })).toBeNull();
  });

  it("counts a line's quantity, and what it has grown by in the present window", () => {
    const count = (each: ReturnType<typeof line>, atMs: number) => countPurchases([each], limits, atMs)[0]?.counted;
    expect(count(line(3), 0)).toEqual([counted(0, 3)]);
    expect(count(line(4, counted(0, 3)), 7 * day)).toEqual([counted(0, 3), counted(1, 1)]);
    expect(count(line(4, counted(0, 3)), 1)).toEqual([counted(0, 4)]);
  });

  it("gives back what was counted last when a line shrinks", () => {
    const shrunk = countPurchases([line(3, counted(0, 2), counted(1, 4))], limits, 7 * day);
    expect(shrunk[0]?.counted).toEqual([counted(0, 2), counted(1, 1)]);
  });

  it("counts nothing of a SKU that has none", () => {
    expect(countPurchases([aLine("B", 2, null, [])], limits, 0)[0]?.counted).toEqual([]);
  });

  it("gives back what was counted last also of a line that took over what another one had", () => {
    const before = [
      aLine("A", 2, "L1", [], { counted: [counted(1, 2)] }),
      aLine("A", 1, null, [], { counted: [counted(0, 1)] }),
    ];
    const one = { sku: "A", locationId: "L1", quantity: 3 };
    expect(keepCounted(before, [one])).toEqual([[counted(0, 1), counted(1, 2)]]);
    expect(keepCounted([{ ...one, counted: keepCounted(before, [one])[0] ?? [] }], [{ ...one, quantity: 1 }])).toEqual([
      [counted(0, 1)],
    ]);
  });

  it("leaves each line what it was counted with, as long as the line stays", () => {
    const before = [
      aLine("A", 1, "L1", [], { counted: [counted(0, 1)] }),
      aLine("A", 1, null, [], { counted: [counted(1, 1)] }),
    ];
    expect(keepCounted(before, before)).toEqual([[counted(0, 1)], [counted(1, 1)]]);
  });

  it("goes on counting as it did when the limit itself changes, and counts anew what is taken then", () => {
    const none = countPurchases([line(5, counted(0, 5))], new Map(), 0);
    expect(none[0]?.counted).toEqual([counted(0, 5)]);
    const other = countPurchases([line(7, counted(0, 5))], new Map([["A", { quantity: 9, windowDays: null }]]), 0);
    expect(other[0]?.counted).toEqual([counted(0, 5), { windowDays: null, window: 0, quantity: 2 }]);
  });

  it("counts a kit as a kit, by its own SKU", () => {
    const components = [{ sku: "A", quantity: 3 }];
    const kit = aLine("K", 2, null, [], { components });
    expect(countPurchases([kit], limits, 0)[0]?.counted).toEqual([]);
    expect(countPurchases([kit], new Map([["K", { quantity: 5, windowDays: 7 }]]), 0)[0]?.counted).toEqual([
      counted(0, 2),
    ]);
  });

  interface Bought {
    readonly sku: string;
    readonly locationId: string | null;
    readonly windows: readonly number[];
    readonly units: number;
  }
  const cart: fc.Arbitrary<readonly Bought[]> = fc.uniqueArray(
    fc.record({
      sku: fc.constantFrom("A", "B"),
      locationId: fc.constantFrom(null, "L1", "L2"),
      windows: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }),
      units: fc.integer({ min: 1, max: 3 }),
    }),
    { selector: ({ sku, locationId }) => `${sku}#${locationId}`, maxLength: 4 },
  );
  /** Lines that were counted with so many units in each of the windows. */
  const linesOf = (lines: readonly Bought[]) =>
    lines.map(({ sku, locationId, windows, units }) =>
      aLine(sku, units * windows.length, locationId, [], {
        counted: [...windows].sort((a, b) => a - b).map((window) => counted(window, units)),
      }),
    );
  const unitsIn = (lines: readonly Pick<ReservationLine, "sku" | "counted">[], sku: string, window?: number) =>
    lines
      .filter((each) => each.sku === sku)
      .flatMap((each) => each.counted)
      .filter((each) => window === undefined || each.window === window)
      .reduce((sum, { quantity }) => sum + quantity, 0);

  it("keeps as many counted units of a SKU as the cart still has of it, and none that were not counted", () => {
    fc.assert(
      fc.property(cart, cart, (had, wishes) => {
        const before = linesOf(had);
        const wished = wishes.map(({ sku, locationId, windows, units }) => ({
          sku,
          locationId,
          quantity: units * (1 + windows.length),
        }));
        const keptOf = keepCounted(before, wished);
        const kept = wished.map((each, index) => ({ ...each, counted: keptOf[index] ?? [] }));
        for (const sku of ["A", "B"]) {
          const wanted = wished.filter((each) => each.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
          expect(unitsIn(kept, sku)).toBe(Math.min(wanted, unitsIn(before, sku)));
          for (const window of [0, 1, 2, 3]) {
            expect(unitsIn(kept, sku, window)).toBeLessThanOrEqual(unitsIn(before, sku, window));
          }
        }
        for (const each of kept) {
          expect(unitsIn([each], each.sku)).toBeLessThanOrEqual(each.quantity);
        }
      }),
    );
  });

  it("counts every unit of a limited SKU once", () => {
    fc.assert(
      fc.property(cart, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 3, max: 5 }), (had, quantity, window) => {
        const lines = linesOf(had).map((each) => ({ ...each, quantity }));
        const both = new Map(["A", "B"].map((sku) => [sku, { quantity: 99, windowDays: 7 }]));
        for (const [index, { counted: now }] of countPurchases(lines, both, window * 7 * day).entries()) {
          expect(now.reduce((sum, each) => sum + each.quantity, 0)).toBe(quantity);
          // What was counted earlier stays where it is; only the present window gets more.
          for (const { window: at, quantity: units } of now.filter((each) => each.window !== window)) {
            expect(units).toBeLessThanOrEqual(unitsIn(lines.slice(index, index + 1), lines[index]?.sku ?? "", at));
          }
        }
      }),
    );
  });

  it("follows the units of a SKU when its lines are written otherwise", () => {
    const before = [line(3, counted(0, 3))];
    const wished = [
      { sku: "A", locationId: "L1", quantity: 2 },
      { sku: "A", locationId: "L2", quantity: 2 },
    ];
    expect(keepCounted(before, wished)).toEqual([[counted(0, 2)], [counted(0, 1)]]);
  });
});
