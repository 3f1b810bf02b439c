import { describe, expect, it } from "vitest";
import {
  type Adjustment,
  adjustmentRefusal,
  adjustmentType,
  baseDeltas,
  deltasOf,
  mergeRefusals,
  takenFromBuyers,
} from "../../functions/domain/adjustment.ts";
import { initialFigures } from "../../functions/domain/level.ts";

const by = (state: Adjustment["state"], delta: number, rest: Partial<Adjustment> = {}): Adjustment => ({
  sku: "A",
  locationId: "L1",
  state,
  change: { kind: "delta", delta },
  expected: null,
  force: false,
  ...rest,
});
const to = (state: Adjustment["state"], quantity: number, rest: Partial<Adjustment> = {}): Adjustment => ({
  ...by(state, 0, rest),
  change: { kind: "set", quantity },
});
const level = (...adjustments: Adjustment[]) => ({ sku: "A", locationId: "L1", adjustments });
const figures = initialFigures({ onHand: 10, reserved: 4, damaged: 1 });

const settings = { isKit: false };

describe("an adjustment", () => {
  it("needs no knowledge of the level unless it sets a quantity that nobody expected", () => {
    expect(deltasOf([by("onHand", -3)], null)).toEqual([-3]);
    expect(deltasOf([to("onHand", 7, { expected: 10 })], null)).toEqual([-3]);
    expect(deltasOf([to("onHand", 7)], null)).toBeNull();
    expect(deltasOf([to("onHand", 7)], figures)).toEqual([-3]);
  });

  it("is refused below what is promised, and says what may be taken", () => {
    expect(adjustmentRefusal(level(by("onHand", -5)), { figures, cells: 0, settings })).toBeNull();
    expect(adjustmentRefusal(level(by("onHand", -6)), { figures, cells: 0, settings })).toEqual({
      kind: "would-oversell",
      changes: [{ sku: "A", locationId: "L1", state: "onHand", delta: -6, available: 5 }],
    });
    expect(adjustmentRefusal(level(by("damaged", 6)), { figures, cells: 0, settings })).toMatchObject({
      kind: "would-oversell",
    });
  });

  it("may go below what is promised by force, but never below 0", () => {
    expect(adjustmentRefusal(level(by("onHand", -10, { force: true })), { figures, cells: 0, settings })).toBeNull();
    expect(adjustmentRefusal(level(by("onHand", -11, { force: true })), { figures, cells: 0, settings })).toEqual({
      kind: "would-oversell",
      changes: [{ sku: "A", locationId: "L1", state: "onHand", delta: -11, available: 10 }],
    });
  });

  it("tells what was there instead of the expected quantity", () => {
    expect(adjustmentRefusal(level(to("onHand", 3, { expected: 9 })), { figures, cells: 0, settings })).toEqual({
      kind: "quantity-conflict",
      changes: [{ sku: "A", locationId: "L1", state: "onHand", expected: 9, actual: 10 }],
    });
  });

  it("takes nothing from buyers when units only change their state within what may not be sold", () => {
    const moves = [by("damaged", -1), by("qualityControl", 1)];
    expect(takenFromBuyers(baseDeltas(moves, [-1, 1]))).toBe(0);
    expect(
      adjustmentRefusal(level(...moves), {
        figures: initialFigures({ onHand: 4, reserved: 3, damaged: 1 }),
        cells: 0,
        settings,
      }),
    ).toBeNull();
  });

  it("is refused where it brings units of a kit, and not where it takes what was there before", () => {
    const kit = { figures, cells: 0, settings: { isKit: true } };
    expect(adjustmentRefusal(level(by("onHand", 1)), kit)).toMatchObject({ kind: "kit-has-no-stock" });
    expect(adjustmentRefusal(level(by("onHand", -1)), kit)).toBeNull();
    expect(adjustmentRefusal(level(by("damaged", 1)), kit)).toBeNull();
  });

  it("of a split level asks to merge it first when it must meet all units, or more than are in no cell", () => {
    const split = { figures: initialFigures({ onHand: 3 }), cells: 8, settings };
    const mergeFirst = { kind: "merge-first", level: { sku: "A", locationId: "L1" } };
    expect(adjustmentRefusal(level(by("onHand", -3)), split)).toBeNull();
    expect(adjustmentRefusal(level(by("onHand", 5)), split)).toBeNull();
    expect(adjustmentRefusal(level(by("onHand", -4)), split)).toEqual(mergeFirst);
    expect(adjustmentRefusal(level(by("damaged", 4, { force: true })), split)).toEqual(mergeFirst);
    expect(adjustmentRefusal(level(to("onHand", 3)), split)).toEqual(mergeFirst);
    expect(adjustmentRefusal(level(by("onHand", 1, { expected: 3 })), split)).toEqual(mergeFirst);
  });

  it("is named for what it did", () => {
    expect(adjustmentType("received", [by("onHand", 1)])).toBe("received");
    expect(adjustmentType("damaged", [by("damaged", 1)])).toBe("moved");
    expect(adjustmentType("cycle_count", [to("onHand", 1)])).toBe("adjusted");
  });

  it("answers several refusals with everything of the first one's kind", () => {
    const unknown = (sku: string) => ({ kind: "unknown-sku", skus: [sku] }) as const;
    expect(mergeRefusals(unknown("A"), [unknown("B"), unknown("A"), { kind: "reservation-exists" }])).toEqual({
      kind: "unknown-sku",
      skus: ["A", "B"],
    });
  });
});
