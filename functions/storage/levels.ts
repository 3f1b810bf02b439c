/** The levels: their stored form, and how they are read. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Item } from "../domain/catalogue.ts";
import {
  type Figure,
  type Figures,
  figureNames,
  type LastChange,
  type Level,
  type LevelKey,
  type LevelSettings,
  movementTypes,
  type OverridableSetting,
  overridableSettings,
  type PurchaseLimit,
} from "../domain/level.ts";
import { parseItem } from "./items.ts";
import { entityOf, inventoryKeys } from "./keys.ts";
import { storedLimit } from "./level-conditions.ts";
import { type Listing, type PageRequest, queryPage } from "./page.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  CorruptItemError,
  readBoolean,
  readList,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";

/** Short names, here and below: with every field at its longest a level must stay under 1 KB. */
export function storedLastChange(change: LastChange): Record<string, unknown> {
  return withoutNulls({
    type: change.type,
    reason: change.reason,
    ref: change.reference,
    actor: change.actor,
    id: change.reservationId,
    uid: change.reservationUid,
    at: change.atMs,
  });
}

export function parseLastChange(item: StoredItem): LastChange {
  const change = readMap(item, "lastChange");
  return {
    type: readOneOf(change, "type", movementTypes),
    reason: readOptionalString(change, "reason"),
    reference: readOptionalString(change, "ref"),
    actor: readString(change, "actor"),
    reservationId: readOptionalString(change, "id"),
    reservationUid: readOptionalString(change, "uid"),
    atMs: readNumber(change, "at"),
  };
}

export function parseFigures(item: StoredItem): Figures {
  const figures = {} as Record<Figure, number>;
  for (const name of figureNames) {
    figures[name] = readNumber(item, name);
  }
  return figures;
}

/** The letter that stands for an overridden setting. */
const overrideLetters: Readonly<Record<OverridableSetting, string>> = {
  lowStockThreshold: "t",
  backorderLimit: "b",
  restockAt: "r",
};

/** Nothing rather than an empty text. */
export function storedOverrides(overrides: readonly OverridableSetting[]): string | null {
  return overrides.length === 0 ? null : overrides.map((name) => overrideLetters[name]).join("");
}

function parseOverrides(item: StoredItem): readonly OverridableSetting[] {
  const letters = readOptionalString(item, "overrides") ?? "";
  return overridableSettings.filter((name) => letters.includes(overrideLetters[name]));
}

function milliseconds(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}

/** All settings but the backorder limit, which is the headroom and what is promised already; null for none. */
export function storedSettings(settings: LevelSettings): Record<string, unknown> {
  return {
    active: settings.active,
    threshold: settings.lowStockThreshold,
    restockAt: milliseconds(settings.restockAt),
    availableFrom: milliseconds(settings.availableFrom),
    limit: settings.purchaseLimit === null ? null : storedLimit(settings.purchaseLimit),
    kit: settings.isKit ? true : null,
  };
}

function readOptionalTime(item: StoredItem, attribute: string): string | null {
  const atMs = readOptionalNumber(item, attribute);
  return atMs === null ? null : new Date(atMs).toISOString();
}

function parseLimit(item: StoredItem): PurchaseLimit | null {
  if (item["limit"] === undefined) {
    return null;
  }
  const [quantity, windowDays] = readList(item, "limit");
  if (typeof quantity !== "number" || typeof windowDays !== "number") {
    throw new CorruptItemError(item, "limit", "quantity and days");
  }
  return { quantity, windowDays: windowDays === 0 ? null : windowDays };
}

export function storedLevel(level: Level): Record<string, unknown> {
  return withoutNulls({
    ...inventoryKeys.level(level),
    ...level.figures,
    version: level.version,
    revision: level.settingsRevision,
    itemRevision: level.itemSettingsRevision,
    ...storedSettings(level.settings),
    overrides: storedOverrides(level.overrides),
    generation: level.generation === 0 ? null : level.generation,
    cells: level.cells === 0 ? null : level.cells,
    lastChange: storedLastChange(level.lastChange),
  });
}

/** Throws a `CorruptItemError` when the item is no level. */
export function parseLevel({ sku, locationId }: LevelKey, stored: StoredItem): Level {
  const item = upgraded(schemas.level, stored);
  const figures = parseFigures(item);
  return {
    sku,
    locationId,
    cell: null,
    figures,
    version: readNumber(item, "version"),
    settingsRevision: readNumber(item, "revision"),
    itemSettingsRevision: readNumber(item, "itemRevision"),
    settings: {
      active: readBoolean(item, "active"),
      lowStockThreshold: readOptionalNumber(item, "threshold"),
      backorderLimit: figures.headroom + figures.backordered,
      restockAt: readOptionalTime(item, "restockAt"),
      availableFrom: readOptionalTime(item, "availableFrom"),
      purchaseLimit: parseLimit(item),
      isKit: item["kit"] === true,
    },
    overrides: parseOverrides(item),
    generation: readOptionalNumber(item, "generation") ?? 0,
    cells: readOptionalNumber(item, "cells") ?? 0,
    lastChange: parseLastChange(item),
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

async function queryAll(
  client: DynamoDBDocumentClient,
  query: Omit<QueryCommandInput, "ExclusiveStartKey">,
): Promise<readonly StoredItem[]> {
  const found: StoredItem[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...query, ExclusiveStartKey: start }),
    );
    found.push(...Items);
    if (LastEvaluatedKey === undefined) {
      return found;
    }
    start = LastEvaluatedKey;
  }
  throw new Error(`${query.ExpressionAttributeValues?.[":pk"]} has more items than can be read at once.`);
}

/** All levels of a SKU, each as it is now, in order of location id. */
export async function readLevelsOfSku(
  client: DynamoDBDocumentClient,
  table: string,
  sku: string,
): Promise<readonly Level[]> {
  return (await queryAll(client, levelsOfSku(table, sku))).map((item) => parseLevelOfSku(sku, item));
}

/** A SKU as it is now: the item, which is null for one that is not known, and all of its levels. */
export interface StoredSku {
  readonly item: Item | null;
  readonly levels: readonly Level[];
}

/** The item and its levels in one call: they share a partition. */
export async function readSku(client: DynamoDBDocumentClient, table: string, sku: string): Promise<StoredSku> {
  const found = await queryAll(client, {
    TableName: table,
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :item AND :behindLevels",
    ExpressionAttributeValues: {
      ":pk": inventoryKeys.skuPartition(sku),
      ":item": inventoryKeys.item(sku).sk,
      ":behindLevels": inventoryKeys.behindLevels,
    },
    ConsistentRead: true,
  });
  let item: Item | null = null;
  const levels: Level[] = [];
  for (const each of found) {
    const entity = entityOf({ pk: readString(each, "pk"), sk: readString(each, "sk") });
    if (entity.kind === "item") {
      item = parseItem(sku, each);
    } else if (entity.kind === "stock") {
      levels.push(parseLevelOfSku(sku, each));
    }
  }
  return { item, levels };
}
