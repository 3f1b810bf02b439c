import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BaseDeltas,
  baseFigureNames,
  brokenFigures,
  differences,
  effectiveSettings,
  type Figures,
  figureDeltas,
  figureNames,
  initialFigures,
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
});
