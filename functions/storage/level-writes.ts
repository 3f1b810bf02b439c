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
import { allOf, type Condition, expressionOf, itemExists, itemIsAbsent } from "./condition.ts";
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
  readonly ExpressionAttributeNames?: Record<string, string>;
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
  const { names } = condition;
  const values: Record<string, unknown> = { ...condition.values, ":lastChange": storedLastChange(change) };
  const added: string[] = [];
  const add = (name: string, delta: number): void => {
    // Figures often change by the same: one value is enough for all of them.
    const placeholder = delta < 0 ? `:minus${-delta}` : `:plus${delta}`;
    values[placeholder] = delta;
    added.push(`${name} ${placeholder}`);
  };
  add("version", 1);
  for (const [name, delta] of Object.entries(figureDeltas(deltas))) {
    add(name, delta);
  }
  const assigned = ["lastChange = :lastChange"];
  const removed: string[] = [];
  for (const [name, value] of Object.entries(set)) {
    // Any attribute can be set: some have the names of DynamoDB's own words.
    names[`#${name}`] = name;
    if (value === null) {
      removed.push(`#${name}`);
    } else {
      values[`:set_${name}`] = value;
      assigned.push(`#${name} = :set_${name}`);
    }
  }
  if (backorderLimit !== undefined) {
    values[":backorderLimit"] = backorderLimit;
    assigned.push("headroom = :backorderLimit - backordered");
  }
  if (changesSettings) {
    add("revision", 1);
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
  const condition = expressionOf(itemExists, versionIs(from));
  const splits = generation !== null;
  return {
    TableName: table,
    Key: inventoryKeys.stock(key),
    UpdateExpression: `SET version = :version, lastChange = :lastChange${splits ? ", generation = :generation" : ""}`,
    ...condition,
    ExpressionAttributeValues: {
      ...condition.ExpressionAttributeValues,
      ":version": to,
      ":lastChange": storedLastChange(change),
      ...(splits ? { ":generation": generation } : {}),
    },
  };
}
