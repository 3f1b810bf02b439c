import { describe, expect, it } from "vitest";
import { availabilityOfKit, availabilityOfSku } from "../../functions/domain/availability.ts";
import type { SkuSummary, SummarisedItem } from "../../functions/domain/summary.ts";

const item: SummarisedItem = {
  revision: 1,
  active: true,
  restockAt: null,
  availableFrom: null,
  backorderLimit: 0,
  components: [],
};
const summary = (
  sku: string,
  levels: Record<string, readonly [sellable: number, headroom: number]>,
  changes: Partial<SummarisedItem> = {},
): SkuSummary => ({
  sku,
  item: { ...item, ...changes },
  locations: Object.entries(levels).map(([locationId, [sellable, headroom]]) => ({
    locationId,
    version: 1,
    sellable,
    headroom,
  })),
  asOfMs: 5,
});
const scope = {
  locationId: null,
  nowMs: 0,
  isInUse: (at: string) => at !== "closed",
  allLocations: ["L1", "L2", "closed"],
};

describe("what a new buyer can have", () => {
  it("is the sum over the locations in use, and never below 0", () => {
    expect(availabilityOfSku(summary("A", { L1: [3, 0], L2: [-2, 0], closed: [9, 9] }), scope)).toMatchObject({
      available: 3,
      backorderable: 0,
      locations: [
        { locationId: "L1", available: 3 },
        { locationId: "L2", available: 0 },
      ],
    });
  });

  it("is nothing of an archived item, and of a preorder only its headroom", () => {
    expect(availabilityOfSku(summary("A", { L1: [3, 4] }, { active: false }), scope)).toMatchObject({
      available: 0,
      backorderable: 0,
    });
    const preorder = summary("A", { L1: [3, 4] }, { availableFrom: "1970-01-01T00:00:01.000Z" });
    expect(availabilityOfSku(preorder, scope)).toMatchObject({ available: 0, backorderable: 4 });
    expect(availabilityOfSku(preorder, { ...scope, nowMs: 1_000 })).toMatchObject({ available: 3 });
  });

  it("counts what may be promised where the SKU never was", () => {
    expect(availabilityOfSku(summary("A", { L1: [0, 2] }, { backorderLimit: 5 }), scope).backorderable).toBe(2 + 5);
  });

  it("is as many kits as the scarcest component allows, everywhere and at each location", () => {
    const kit = summary(
      "K",
      {},
      {
        components: [
          { sku: "A", quantity: 2 },
          { sku: "B", quantity: 1 },
        ],
      },
    );
    const parts = new Map([
      ["A", summary("A", { L1: [5, 0], L2: [2, 0] })],
      ["B", summary("B", { L1: [1, 0], L2: [9, 4] })],
    ]);
    expect(availabilityOfKit(kit, parts, scope)).toMatchObject({
      available: 3,
      locations: [
        { locationId: "L1", available: 1 },
        { locationId: "L2", available: 1 },
      ],
    });
    expect(availabilityOfKit(kit, new Map([...parts].slice(0, 1)), scope).available).toBe(0);
  });
});
