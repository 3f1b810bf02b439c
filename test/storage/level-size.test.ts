import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { itemSizeBytes } from "../../bench/item-size.ts";
import {
  type Figures,
  figureNames,
  type LastChange,
  type Level,
  type LevelSettings,
} from "../../functions/domain/level.ts";
import { creationOfCell } from "../../functions/storage/cells.ts";
import { storedLevel } from "../../functions/storage/levels.ts";
import { formAttribute } from "../../functions/storage/schema.ts";

const most = 2_147_483_647;
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
  lowStockThreshold: most,
  backorderLimit: most,
  restockAt: time,
  availableFrom: time,
  purchaseLimit: { quantity: most, windowDays: 3_650 },
  isKit: false,
};
/** A sign takes a byte. Units are never below 0, while what is left of them for buyers may be. */
const figures: Figures = {
  ...(Object.fromEntries(figureNames.map((name) => [name, most])) as Figures),
  available: -most,
  sellable: -most,
  headroom: -most,
};
const level: Level = {
  sku: longest,
  locationId: longest,
  cell: null,
  figures,
  version: 999_999_999_999,
  settingsRevision: 999_999_999,
  itemSettingsRevision: 999_999_999,
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
  });

  it("a level does in a form that says its number, as the next one would", () => {
    expect(sizeOf({ ...storedLevel(level), [formAttribute]: 99 })).toBeLessThan(1_024);
  });

  it("a level of an item that has become a kit does", () => {
    expect(sizeOf(storedLevel({ ...level, settings: { ...settings, isKit: true } }))).toBeLessThan(1_024);
  });

  it("a split level does, which has no backorders, and keeps the day from which on it was sold", () => {
    const split = { ...level, cells: 1_023, figures: { ...figures, backordered: 0, headroom: 0 } };
    expect(sizeOf(storedLevel(split))).toBeLessThan(1_024);
    expect(sizeOf(storedLevel({ ...split, settings: { ...settings, isKit: true } }))).toBeLessThan(1_024);
  });

  it("a cell does, merged or not", () => {
    const key = { sku: longest, locationId: longest, cell: { generation: 9_999, index: 1_023 } };
    const { Put } = creationOfCell("t", key, most, lastChange);
    const full = { ...Put?.Item, ...figures, version: 999_999_999_999 };
    expect(sizeOf({ ...full, merged: true, ttl: 9_999_999_999 })).toBeLessThan(1_024);
  });
});
