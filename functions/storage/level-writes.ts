/** The conditional writes of levels and cells: the one place in which their figures change. */
import {
  type BaseDeltas,
  figureDeltas,
  initialFigures,
  type LastChange,
  type Level,
  type LevelKey,
  type LevelSettings,
  type OverridableSetting,
  type StockKey,
} from "../domain/level.ts";
import { allOf, type Condition, itemExists, itemIsAbsent } from "./condition.ts";
import { inventoryKeys } from "./keys.ts";
import { versionIs } from "./level-conditions.ts";
import { storedLastChange, storedLevel, storedOverrides, storedSettings } from "./levels.ts";
import { isInKnownForm } from "./schema.ts";
import { schemas } from "./schemas.ts";
import type { TransactionPart } from "./transaction.ts";

export interface StockUpdate {
  readonly TableName: string;
  readonly Key: { readonly pk: string; readonly sk: string };
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** What a write does beside changing figures. */
export interface Assignments {
  /** A null removes the attribute. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Sets the headroom to what this limit leaves beside what is promised already. */
  readonly backorderLimit?: number;
  readonly changesSettings?: boolean;
}

/**
 * One write of one level or cell: the base figures change by the deltas, the derived ones follow, the version
 * grows by 1, and the write says what it was. It is refused when there is no such thing or a condition fails.
 */
export function stockUpdate(
  table: string,
  key: StockKey,
  change: LastChange,
  deltas: BaseDeltas,
  conditions: readonly Condition[],
  { set = {}, backorderLimit, changesSettings = false }: Assignments = {},
): StockUpdate {
  const isKnown = isInKnownForm(key.cell === null ? schemas.level : schemas.cell);
  const condition = allOf([itemExists, isKnown, ...conditions]);
  const names: Record<string, string> = { ...condition.names, "#version": "version", "#lastChange": "lastChange" };
  const values: Record<string, unknown> = { ...condition.values, ":one": 1, ":lastChange": storedLastChange(change) };
  const added = ["#version :one"];
  for (const [name, delta] of Object.entries(figureDeltas(deltas))) {
    names[`#${name}`] = name;
    values[`:add_${name}`] = delta;
    added.push(`#${name} :add_${name}`);
  }
  const assigned = ["#lastChange = :lastChange"];
  const removed: string[] = [];
  for (const [name, value] of Object.entries(set)) {
    names[`#${name}`] = name;
    if (value === null) {
      removed.push(`#${name}`);
    } else {
      values[`:set_${name}`] = value;
      assigned.push(`#${name} = :set_${name}`);
    }
  }
  if (backorderLimit !== undefined) {
    names["#headroom"] = "headroom";
    names["#backordered"] = "backordered";
    values[":backorderLimit"] = backorderLimit;
    assigned.push("#headroom = :backorderLimit - #backordered");
  }
  if (changesSettings) {
    names["#revision"] = "revision";
    added.push("#revision :one");
  }
  const remove = removed.length > 0 ? ` REMOVE ${removed.join(", ")}` : "";
  return {
    TableName: table,
    Key: inventoryKeys.stock(key),
    UpdateExpression: `SET ${assigned.join(", ")} ADD ${added.join(", ")}${remove}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** The same as a part of a transaction; a failed condition brings the level or cell back. */
export function changeOfStock(...update: Parameters<typeof stockUpdate>): TransactionPart {
  return { Update: { ...stockUpdate(...update), ReturnValuesOnConditionCheckFailure: "ALL_OLD" } };
}

/** The settings that a configuration writes. */
export interface ConfiguredSettings {
  readonly settings: LevelSettings;
  readonly overrides?: readonly OverridableSetting[];
  readonly itemSettingsRevision: number;
}

/** A change of a level's settings: of the figures only the headroom moves. */
export function configurationOfLevel(
  table: string,
  { sku, locationId }: LevelKey,
  change: LastChange,
  { settings, overrides, itemSettingsRevision }: ConfiguredSettings,
  conditions: readonly Condition[],
): StockUpdate {
  const set = {
    ...storedSettings(settings),
    itemRevision: itemSettingsRevision,
    ...(overrides === undefined ? {} : { overrides: storedOverrides(overrides) }),
  };
  const { backorderLimit } = settings;
  const key = { sku, locationId, cell: null };
  return stockUpdate(table, key, change, {}, conditions, { set, backorderLimit, changesSettings: true });
}

/** A level as its first write makes it. */
export function newLevel(
  { sku, locationId }: LevelKey,
  deltas: BaseDeltas,
  settings: LevelSettings,
  itemSettingsRevision: number,
  lastChange: LastChange,
): Level {
  return {
    sku,
    locationId,
    cell: null,
    figures: initialFigures(deltas, settings.backorderLimit),
    version: 1,
    settingsRevision: 1,
    itemSettingsRevision,
    settings,
    overrides: [],
    generation: 0,
    cells: 0,
    lastChange,
  };
}

/** Creates the level, unless somebody else has. */
export function creationOfLevel(table: string, level: Level): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: storedLevel(level),
      ConditionExpression: itemIsAbsent.expression,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/**
 * Gives a level or a cell that was restored from a backup, and is still as it was restored, the version that follows
 * all that the trail has of it. Its figures stay as they are. A level that was split since goes on behind that split.
 */
export function continuationOfStock(
  table: string,
  key: StockKey,
  change: LastChange,
  { from, to, generation }: { readonly from: number; readonly to: number; readonly generation: number | null },
): StockUpdate {
  const condition = allOf([itemExists, versionIs(from)]);
  const splits = generation !== null;
  return {
    TableName: table,
    Key: inventoryKeys.stock(key),
    UpdateExpression: `SET #version = :version, #lastChange = :lastChange${splits ? ", #generation = :generation" : ""}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: {
      ...condition.names,
      "#version": "version",
      "#lastChange": "lastChange",
      ...(splits ? { "#generation": "generation" } : {}),
    },
    ExpressionAttributeValues: {
      ...condition.values,
      ":version": to,
      ":lastChange": storedLastChange(change),
      ...(splits ? { ":generation": generation } : {}),
    },
  };
}
