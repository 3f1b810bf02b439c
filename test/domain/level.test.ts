import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BaseDeltas,
  baseFigureNames,
  brokenFigures,
  differences,
  effectiveSettings,
  expectedAt,
  type Figures,
  figureDeltas,
  figureNames,
  initialFigures,
  isPreorder,
  stillExpectedAt,
  stockName,
  sumOfFigures,
} from "../../functions/domain/level.ts";
import { plainSettings } from "./sample.ts";

const deltas: fc.Arbitrary<BaseDeltas> = fc.record(
  Object.fromEntries(baseFigureNames.map((name) => [name, fc.integer({ min: 0, max: 1_000 })])),
  { requiredKeys: [] },
);

function applied(figures: Figures, change: BaseDeltas): Figures {
  const added = figureDeltas(change);
  return Object.fromEntries(figureNames.map((name) => [name, figures[name] + (added[name] ?? 0)])) as Figures;
}

describe("a level", () => {
  it("keeps available and sellable true through any sequence of changes", () => {
    fc.assert(
      fc.property(fc.array(deltas, { minLength: 1, maxLength: 20 }), (changes) => {
        const [first = {}, ...rest] = changes;
        const level = rest.reduce(applied, initialFigures(first));
        expect(brokenFigures(level)).toEqual([]);
      }),
    );
  });

  it("names every figure that breaks the invariant", () => {
    const figures = { ...initialFigures({ onHand: 5 }), available: 4, reserved: -1 };
    expect(brokenFigures(figures)).toEqual(["available", "sellable", "reserved"]);
  });

  it("takes units that are reserved, damaged, in quality control or kept as safety stock from buyers", () => {
    for (const name of ["reserved", "damaged", "qualityControl", "safetyStock"] as const) {
      expect(figureDeltas({ [name]: 3 })).toEqual({ [name]: 3, available: -3, sellable: -3 });
    }
  });

  it("takes backordered units from what is sellable and from the headroom, not from what is available", () => {
    expect(figureDeltas({ backordered: 2 })).toEqual({ backordered: 2, sellable: -2, headroom: -2 });
  });

  it("tells what a change did, and counts a new level from zero", () => {
    const before = initialFigures({ onHand: 5 });
    expect(differences(before, applied(before, { reserved: 2 }))).toEqual({ reserved: 2, available: -2, sellable: -2 });
    expect(differences(null, before)).toEqual({ onHand: 5, available: 5, sellable: 5 });
  });

  it("lets a location's own threshold win over the item's, even when it says that there is none", () => {
    const item = { ...plainSettings, lowStockThreshold: 5 };
    const here = (lowStockThreshold: number | null) => ({ ...plainSettings, lowStockThreshold });
    expect(effectiveSettings(item, { settings: here(2), overrides: [] }).lowStockThreshold).toBe(5);
    expect(effectiveSettings(item, { settings: here(2), overrides: ["lowStockThreshold"] }).lowStockThreshold).toBe(2);
    expect(effectiveSettings(item, { settings: here(null), overrides: ["lowStockThreshold"] })).toEqual(plainSettings);
  });

  it("lets a location's own backorder limit and restock time win over the item's, and nothing else", () => {
    const item = { ...plainSettings, backorderLimit: 5, restockAt: "2027-03-01T00:00:00.000Z", active: false };
    const settings = { ...plainSettings, backorderLimit: 9, purchaseLimit: { quantity: 1, windowDays: null } };
    expect(effectiveSettings(item, { settings, overrides: ["backorderLimit"] })).toEqual({
      ...item,
      backorderLimit: 9,
    });
    expect(effectiveSettings(item, { settings, overrides: ["restockAt"] })).toEqual({ ...item, restockAt: null });
  });

  it("that is new may promise as much as its limit says, less what it promised at once", () => {
    expect(initialFigures({ onHand: 1, backordered: 3 }, 10)).toMatchObject({
      headroom: 7,
      sellable: -2,
      available: 1,
    });
    expect(initialFigures({}).headroom).toBe(0);
  });

  it("that is split holds what its parts hold together", () => {
    const parts = [
      initialFigures({ onHand: 5, reserved: 2 }),
      initialFigures({ onHand: 3 }),
      initialFigures({ damaged: 1 }),
    ];
    expect(sumOfFigures(parts)).toEqual(initialFigures({ onHand: 8, reserved: 2, damaged: 1 }));
    expect(sumOfFigures([])).toEqual(initialFigures({}));
  });

  it("is a preorder until the very moment from which on it is available", () => {
    const availableFrom = "2027-03-01T00:00:00.000Z";
    const atMs = Date.parse(availableFrom);
    expect([atMs - 1, atMs, atMs + 1].map((now) => isPreorder({ availableFrom }, now))).toEqual([true, false, false]);
    expect(isPreorder({ availableFrom: null }, 0)).toBe(false);
  });

  it("expects missing units not before it is available at all", () => {
    const [march, april] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    const expected = (restockAt: string | null, availableFrom: string | null) =>
      expectedAt({ ...plainSettings, restockAt, availableFrom });
    expect(expected(march, april)).toBe(april);
    expect(expected(april, march)).toBe(april);
    expect(expected(march, null)).toBe(march);
    expect(expected(null, march)).toBe(march);
    expect(expected(null, null)).toBeNull();
  });

  it("expects nothing for the day from which it is on sale, once that has come", () => {
    const [march, april] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    const expected = (restockAt: string | null, nowMs: number) =>
      stillExpectedAt({ restockAt, availableFrom: april }, nowMs);
    const atMs = Date.parse(april);
    expect([expected(null, atMs - 1), expected(march, atMs - 1)]).toEqual([april, april]);
    expect([expected(null, atMs), expected(march, atMs)]).toEqual([null, march]);
  });

  it("and each of its cells have a name of their own", () => {
    const cell = (generation: number, index: number) => ({ sku: "A", locationId: "L1", cell: { generation, index } });
    const keys = [
      { sku: "A", locationId: "L1", cell: null },
      cell(1, 1),
      cell(1, 11),
      cell(11, 1),
      { ...cell(1, 1), sku: "B" },
    ];
    expect(new Set(keys.map(stockName)).size).toBe(keys.length);
    expect(stockName(cell(1, 1))).toBe(stockName(cell(1, 1)));
  });
});
