import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { itemSizeBytes } from "../../bench/item-size.ts";
import { figureNames, type Level } from "../../functions/domain/level.ts";
import { storedLevel } from "../../functions/storage/levels.ts";

describe("a level", () => {
  it("stays under 1 KB with every field at its longest, so that a write of it is one write unit", () => {
    const longest = "x".repeat(128);
    const level: Level = {
      sku: longest,
      locationId: longest,
      figures: Object.fromEntries(figureNames.map((name) => [name, -2_147_483_647])) as Level["figures"],
      version: 999_999_999_999,
      settingsRevision: 999_999_999,
      itemSettingsRevision: 999_999_999,
      settings: { active: true, lowStockThreshold: 2_147_483_647 },
      overrides: { lowStockThreshold: 2_147_483_647 },
      lastChange: {
        type: "reacquired",
        reason: "r".repeat(32),
        reference: "x".repeat(128),
        actor: "a".repeat(64),
        reservationId: longest,
        reservationUid: "u".repeat(22),
        atMs: 9_999_999_999_999,
      },
    };
    const bytes = itemSizeBytes(marshall(storedLevel(level)));
    expect(bytes).toBeLessThan(1_024);
  });
});
