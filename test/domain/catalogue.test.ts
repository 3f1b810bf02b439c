import { describe, expect, it } from "vitest";
import {
  backorderLimitOf,
  backorderPolicyOf,
  type ItemDescription,
  levelSettingsOf,
} from "../../functions/domain/catalogue.ts";
import { unlimitedBackorders } from "../../functions/domain/level.ts";
import { plainSettings } from "./sample.ts";

const mug: ItemDescription = {
  name: "Mug",
  backorder: { policy: "deny", limit: null },
  restockAt: null,
  availableFrom: null,
  lowStockThreshold: null,
  purchaseLimit: null,
  components: [],
  externalSku: null,
  barcode: null,
  active: true,
};

describe("a backorder policy", () => {
  it("stands for a limit, and the limit for the policy", () => {
    for (const policy of [
      { policy: "deny", limit: null },
      { policy: "allow", limit: null },
      { policy: "allow", limit: 7 },
    ] as const) {
      expect(backorderPolicyOf(backorderLimitOf(policy))).toEqual(policy);
    }
  });

  it("that denies has no limit, whatever was written beside it", () => {
    expect(backorderLimitOf({ policy: "deny", limit: 7 })).toBe(0);
  });
});

describe("the settings of an item's levels", () => {
  it("are what a write must check, and no more", () => {
    expect(levelSettingsOf(mug)).toEqual(plainSettings);
    const described: ItemDescription = {
      ...mug,
      active: false,
      backorder: { policy: "allow", limit: null },
      restockAt: "2027-03-01T00:00:00.000Z",
      availableFrom: "2027-02-01T00:00:00.000Z",
      lowStockThreshold: 3,
      purchaseLimit: { quantity: 2, windowDays: 30 },
      components: [{ sku: "A", quantity: 2 }],
    };
    expect(levelSettingsOf(described)).toEqual({
      active: false,
      backorderLimit: unlimitedBackorders,
      restockAt: "2027-03-01T00:00:00.000Z",
      availableFrom: "2027-02-01T00:00:00.000Z",
      lowStockThreshold: 3,
      purchaseLimit: { quantity: 2, windowDays: 30 },
      isKit: true,
    });
  });
});
