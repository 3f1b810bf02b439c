import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { itemSizeBytes } from "../../bench/item-size.ts";
import { figureNames, type LastChange, type Level, type LevelSettings } from "../../functions/domain/level.ts";
import { creationOfCell } from "../../functions/storage/cells.ts";
import { storedLevel } from "../../functions/storage/levels.ts";

const longest = "x".repeat(128);
const time = "9999-12-31T23:59:59.999Z";
const lastChange: LastChange = {
  type: "backordered",
  reason: "r".repeat(32),
  reference: longest,
  actor: "a".repeat(64),
  reservationId: longest,
  reservationUid: "u".repeat(22),
  atMs: 9_999_999_999_999,
};
const settings: LevelSettings = {
  active: true,
  lowStockThreshold: 2_147_483_647,
  backorderLimit: 2_147_483_647,
  restockAt: time,
  availableFrom: time,
  purchaseLimit: { quantity: 2_147_483_647, windowDays: 3_650 },
  isKit: false,
};
const level: Level = {
  sku: longest,
  locationId: longest,
  cell: null,
  figures: Object.fromEntries(figureNames.map((name) => [name, -2_147_483_647])) as Level["figures"],
  version: 999_999_999_999,
  settingsRevision: 9_999_999,
  itemSettingsRevision: 9_999_999,
  settings,
  overrides: ["lowStockThreshold", "backorderLimit", "restockAt"],
  generation: 9_999,
  cells: 0,
  lastChange,
};
const sizeOf = (item: Record<string, unknown>): number =>
  itemSizeBytes(marshall(item, { removeUndefinedValues: true }));

describe("with every field at its longest", () => {
  it("a level stays under 1 KB, so that a write of it is one write unit", () => {
    expect(sizeOf(storedLevel(level))).toBeLessThan(1_024);
    expect(sizeOf(storedLevel({ ...level, settings: { ...settings, isKit: true } }))).toBeLessThan(1_024);
  });

  it("a split level does, which takes no preorders", () => {
    const split = { ...level, cells: 1_024, settings: { ...settings, availableFrom: null } };
    expect(sizeOf(storedLevel(split))).toBeLessThan(1_024);
  });

  it("a cell does", () => {
    const key = { sku: longest, locationId: longest, cell: { generation: 9_999, index: 1_024 } };
    const { Put } = creationOfCell("t", key, 2_147_483_647, lastChange);
    const figures = Object.fromEntries(figureNames.map((name) => [name, -2_147_483_647]));
    const merged = { merged: true, ttl: 9_999_999_999, version: 999_999_999_999 };
    expect(sizeOf({ ...Put?.Item, ...figures, ...merged })).toBeLessThan(1_024);
  });
});
