import { describe, expect, it } from "vitest";
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

  it("follows the units of a SKU when its lines are written otherwise", () => {
    const before = [line(3, counted(0, 3))];
    const wished = [
      { sku: "A", locationId: "L1", quantity: 2 },
      { sku: "A", locationId: "L2", quantity: 2 },
    ];
    expect(keepCounted(before, wished)).toEqual([[counted(0, 2)], [counted(0, 1)]]);
  });
});
