/** The levels: their stored form, and the conditional writes in which stock is decided. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import {
  type BaseDeltas,
  type Figure,
  type Figures,
  figureDeltas,
  figureNames,
  initialFigures,
  type LastChange,
  type Level,
  type LevelKey,
  type LevelOverrides,
  type LevelSettings,
  movementTypes,
  type StockState,
} from "../domain/level.ts";
import { allOf, type Condition, itemExists, itemIsAbsent } from "./condition.ts";
import { inventoryKeys } from "./keys.ts";
import { type Listing, type PageRequest, queryPage } from "./page.ts";
import {
  readBoolean,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import type { TransactionPart } from "./transaction.ts";

/** The level takes new reservations: its item is not archived. */
export const takesReservations: Condition = {
  expression: "#active = :active",
  names: { "#active": "active" },
  values: { ":active": true },
};

/** The units are there for a new buyer, in the very write that takes them. */
export function stockIsFree(quantity: number): Condition {
  return {
    expression: "#sellable >= :wanted",
    names: { "#sellable": "sellable" },
    values: { ":wanted": quantity },
  };
}

/** The promise that is about to be kept or given back is counted here. */
export function unitsAreReserved(quantity: number): Condition {
  return {
    expression: "#reserved >= :promised",
    names: { "#reserved": "reserved" },
    values: { ":promised": quantity },
  };
}

/** The shelf holds what is taken from it: a state never falls below 0. */
export function unitsAreThere(state: StockState, quantity: number): Condition {
  return {
    expression: `#${state} >= :taken_${state}`,
    names: { [`#${state}`]: state },
    values: { [`:taken_${state}`]: quantity },
  };
}

/** The state still has the quantity that the change was computed from. */
export function quantityIs(state: StockState, quantity: number): Condition {
  return {
    expression: `#${state} = :expected_${state}`,
    names: { [`#${state}`]: state },
    values: { [`:expected_${state}`]: quantity },
  };
}

/** The settings are those that the caller saw. */
export function settingsRevisionIs(revision: number): Condition {
  return {
    expression: "#settingsRevision = :seenRevision",
    names: { "#settingsRevision": "settingsRevision" },
    values: { ":seenRevision": revision },
  };
}

/** A newer copy of the item's settings is never overwritten by an older one. */
export function itemSettingsAreOlderThan(revision: number): Condition {
  return {
    expression: "#itemSettingsRevision < :itemSettingsRevision",
    names: { "#itemSettingsRevision": "itemSettingsRevision" },
    values: { ":itemSettingsRevision": revision },
  };
}

function storedLastChange(change: LastChange): Record<string, unknown> {
  return withoutNulls({
    type: change.type,
    reason: change.reason,
    reference: change.reference,
    actor: change.actor,
    reservationId: change.reservationId,
    reservationUid: change.reservationUid,
    at: change.atMs,
  });
}

interface LevelUpdate {
  readonly TableName: string;
  readonly Key: { readonly pk: string; readonly sk: string };
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * One write of one level: the base figures change by the deltas, the derived ones follow, the version grows
 * by 1, and the write says what it was. It is refused when the level is missing or a condition fails.
 */
function levelUpdate(
  table: string,
  key: LevelKey,
  change: LastChange,
  deltas: BaseDeltas,
  conditions: readonly Condition[],
  settings: Readonly<Record<string, unknown>> = {},
): LevelUpdate {
  const condition = allOf([itemExists, ...conditions]);
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
  for (const [name, value] of Object.entries(settings)) {
    names[`#${name}`] = name;
    if (value === null) {
      removed.push(`#${name}`);
    } else {
      values[`:set_${name}`] = value;
      assigned.push(`#${name} = :set_${name}`);
    }
  }
  if (Object.keys(settings).length > 0) {
    names["#settingsRevision"] = "settingsRevision";
    added.push("#settingsRevision :one");
  }
  const remove = removed.length > 0 ? ` REMOVE ${removed.join(", ")}` : "";
  return {
    TableName: table,
    Key: inventoryKeys.level(key),
    UpdateExpression: `SET ${assigned.join(", ")} ADD ${added.join(", ")}${remove}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** A change of quantities as a part of a transaction; a failed condition brings the level back. */
export function changeOfLevel(
  table: string,
  key: LevelKey,
  change: LastChange,
  deltas: BaseDeltas,
  conditions: readonly Condition[],
): TransactionPart {
  return {
    Update: {
      ...levelUpdate(table, key, change, deltas, conditions),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** The settings that a configuration writes; a null removes the attribute. */
export interface ConfiguredSettings {
  readonly settings: LevelSettings;
  readonly overrides?: LevelOverrides;
  readonly itemSettingsRevision?: number;
}

/** A change of a level's settings: no figure moves, the version and the settings revision grow by 1. */
export function configurationOfLevel(
  table: string,
  key: LevelKey,
  change: LastChange,
  configured: ConfiguredSettings,
  conditions: readonly Condition[],
): LevelUpdate {
  const { settings, overrides, itemSettingsRevision } = configured;
  return levelUpdate(table, key, change, {}, conditions, {
    active: settings.active,
    lowStockThreshold: settings.lowStockThreshold,
    ...(overrides === undefined ? {} : { overrides: storedOverrides(overrides) }),
    ...(itemSettingsRevision === undefined ? {} : { itemSettingsRevision }),
  });
}

/** A level as its first write makes it. */
export function newLevel(
  key: LevelKey,
  deltas: BaseDeltas,
  settings: LevelSettings,
  itemSettingsRevision: number,
  lastChange: LastChange,
): Level {
  return {
    ...key,
    figures: initialFigures(deltas),
    version: 1,
    settingsRevision: 1,
    itemSettingsRevision,
    settings,
    overrides: {},
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

export function storedLevel(level: Level): Record<string, unknown> {
  return {
    ...inventoryKeys.level(level),
    ...level.figures,
    version: level.version,
    settingsRevision: level.settingsRevision,
    itemSettingsRevision: level.itemSettingsRevision,
    active: level.settings.active,
    ...withoutNulls({
      lowStockThreshold: level.settings.lowStockThreshold,
      overrides: storedOverrides(level.overrides),
    }),
    lastChange: storedLastChange(level.lastChange),
  };
}

/** Nothing rather than an empty map. */
function storedOverrides(overrides: LevelOverrides): LevelOverrides | null {
  return Object.keys(overrides).length === 0 ? null : overrides;
}

function parseOverrides(item: StoredItem): LevelOverrides {
  if (item["overrides"] === undefined) {
    return {};
  }
  const overrides = readMap(item, "overrides");
  if (overrides["lowStockThreshold"] === undefined) {
    return {};
  }
  return {
    lowStockThreshold: overrides["lowStockThreshold"] === null ? null : readNumber(overrides, "lowStockThreshold"),
  };
}

/** Throws a `CorruptItemError` when the item is no level. */
export function parseLevel(key: LevelKey, item: StoredItem): Level {
  const figures = {} as Record<Figure, number>;
  for (const name of figureNames) {
    figures[name] = readNumber(item, name);
  }
  const change = readMap(item, "lastChange");
  return {
    sku: key.sku,
    locationId: key.locationId,
    figures: figures satisfies Figures,
    version: readNumber(item, "version"),
    settingsRevision: readNumber(item, "settingsRevision"),
    itemSettingsRevision: readNumber(item, "itemSettingsRevision"),
    settings: {
      active: readBoolean(item, "active"),
      lowStockThreshold: readOptionalNumber(item, "lowStockThreshold"),
    },
    overrides: parseOverrides(item),
    lastChange: {
      type: readOneOf(change, "type", movementTypes),
      reason: readOptionalString(change, "reason"),
      reference: readOptionalString(change, "reference"),
      actor: readString(change, "actor"),
      reservationId: readOptionalString(change, "reservationId"),
      reservationUid: readOptionalString(change, "reservationUid"),
      atMs: readNumber(change, "at"),
    },
  };
}

/** The level as it is now, or null. */
export async function readLevel(client: DynamoDBDocumentClient, table: string, key: LevelKey): Promise<Level | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.level(key), ConsistentRead: true }),
  );
  return Item === undefined ? null : parseLevel(key, Item);
}

function levelsOfSku(table: string, sku: string) {
  return {
    TableName: table,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :level)",
    ExpressionAttributeValues: {
      ":pk": inventoryKeys.skuPartition(sku),
      ":level": inventoryKeys.levelSortKeyPrefix,
    },
    ConsistentRead: true,
  };
}

function parseLevelOfSku(sku: string, item: StoredItem): Level {
  return parseLevel({ sku, locationId: readString(item, "sk").slice(inventoryKeys.levelSortKeyPrefix.length) }, item);
}

/** One page of a SKU's levels, each as it is now, in order of location ids. */
export async function pageOfLevelsOfSku(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly sku: string },
): Promise<Listing<Level>> {
  const { sku, limit, cursor } = request;
  return await queryPage(client, {
    limit,
    cursor,
    list: `levels?sku=${sku}`,
    query: levelsOfSku(table, sku),
    fixedKey: { pk: inventoryKeys.skuPartition(sku) },
    cursorKey: { sk: { type: "string", prefix: inventoryKeys.levelSortKeyPrefix } },
    parse: (item) => parseLevelOfSku(sku, item),
  });
}

/** A level is at most 1 KB, so a page of 1 MB holds a thousand: no SKU comes near this many pages. */
const mostPages = 20;

/** All levels of a SKU, each as it is now, in order of location id. */
export async function readLevelsOfSku(
  client: DynamoDBDocumentClient,
  table: string,
  sku: string,
): Promise<readonly Level[]> {
  const levels: Level[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...levelsOfSku(table, sku), ExclusiveStartKey: start }),
    );
    levels.push(...Items.map((item) => parseLevelOfSku(sku, item)));
    if (LastEvaluatedKey === undefined) {
      return levels;
    }
    start = LastEvaluatedKey;
  }
  throw new Error(`The SKU ${sku} has more levels than can be read at once.`);
}
