/** The audit trail: append-only. A movement is put if absent by its level and version, and never changed or deleted. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { movementsTable } from "../contract/tables.ts";
import {
  type Figure,
  type FigureDeltas,
  type Figures,
  figureNames,
  movementTypes,
  type StockKey,
  stockName,
} from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { movementKeys } from "./keys.ts";
import { type Listing, type PageRequest, pageOfMany, queryPage } from "./page.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  CorruptItemError,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import { writeIfNewer } from "./write-if-newer.ts";

const { byReservation } = movementsTable.indexes;

function storedMovement(movement: Movement): Record<string, unknown> {
  return {
    pk: movementKeys.stock(movement),
    version: movement.version,
    type: movement.type,
    at: movement.atMs,
    actor: movement.actor,
    changes: movement.changes,
    after: movement.after,
    ...withoutNulls({
      reason: movement.reason,
      reference: movement.reference,
      reservationId: movement.reservationId,
      reservationUid: movement.reservationUid,
      restores: movement.restores,
    }),
  };
}

function parseMovement(stored: StoredItem): Movement {
  const item = upgraded(schemas.movement, stored);
  const key = movementKeys.parse(readString(item, "pk"));
  if (key === null) {
    throw new CorruptItemError(item, "pk", "level");
  }
  const storedChanges = readMap(item, "changes");
  const storedAfter = readMap(item, "after");
  const changes: Partial<Record<Figure, number>> = {};
  const after = {} as Record<Figure, number>;
  for (const name of figureNames) {
    after[name] = readNumber(storedAfter, name);
    const change = readOptionalNumber(storedChanges, name);
    if (change !== null) {
      changes[name] = change;
    }
  }
  return {
    ...key,
    version: readNumber(item, "version"),
    type: readOneOf(item, "type", movementTypes),
    atMs: readNumber(item, "at"),
    actor: readString(item, "actor"),
    reason: readOptionalString(item, "reason"),
    reference: readOptionalString(item, "reference"),
    reservationId: readOptionalString(item, "reservationId"),
    reservationUid: readOptionalString(item, "reservationUid"),
    changes: changes satisfies FigureDeltas,
    after: after satisfies Figures,
    ...(item["restores"] === undefined ? {} : { restores: readNumber(item, "restores") }),
  };
}

/** Adds the movement to the trail, unless it stands there. */
export async function putMovement(client: DynamoDBDocumentClient, table: string, movement: Movement): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: storedMovement(movement),
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  });
}

/** The movement that made this version of the level, or null when it is not in the trail (yet). */
export async function readMovement(
  client: DynamoDBDocumentClient,
  table: string,
  key: StockKey,
  version: number,
): Promise<Movement | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: { pk: movementKeys.stock(key), version }, ConsistentRead: true }),
  );
  return Item === undefined ? null : parseMovement(Item);
}

/** A page of 1 MB holds some two thousand movements. */
const mostPages = 10_000;

/** The movements of a level, or of one of its cells, in order, up to a version, as they are read page by page. */
export async function* pagesOfHistory(
  client: DynamoDBDocumentClient,
  table: string,
  key: StockKey,
  upToVersion: number,
): AsyncGenerator<readonly Movement[]> {
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk AND version <= :version",
        ExpressionAttributeValues: { ":pk": movementKeys.stock(key), ":version": upToVersion },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    yield Items.map(parseMovement);
    if (LastEvaluatedKey === undefined) {
      return;
    }
    start = LastEvaluatedKey;
  }
  throw new Error(`${stockName(key)} has more movements than can be read at once.`);
}

/** The movements of a level, or of one of its cells, in order, up to a version. */
export async function movementsOf(
  client: DynamoDBDocumentClient,
  table: string,
  key: StockKey,
  upToVersion: number,
): Promise<readonly Movement[]> {
  const movements: Movement[] = [];
  for await (const page of pagesOfHistory(client, table, key, upToVersion)) {
    movements.push(...page);
  }
  return movements;
}

/** The newest movement below a version whose time is not after `atMs`, or null. */
export async function newestMovementUntil(
  client: DynamoDBDocumentClient,
  table: string,
  key: StockKey,
  belowVersion: number,
  atMs: number,
): Promise<Movement | null> {
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk AND version < :version",
        FilterExpression: "#at <= :at",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":pk": movementKeys.stock(key), ":version": belowVersion, ":at": atMs },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: 100,
        ExclusiveStartKey: start,
      }),
    );
    const [newest] = Items;
    if (newest !== undefined || LastEvaluatedKey === undefined) {
      return newest === undefined ? null : parseMovement(newest);
    }
    start = LastEvaluatedKey;
  }
  throw new Error(`${stockName(key)} has more movements than can be searched.`);
}

/** The newest movement that the trail has of a level or a cell, or null. */
export async function newestMovement(
  client: DynamoDBDocumentClient,
  table: string,
  key: StockKey,
): Promise<Movement | null> {
  const { Items: [newest] = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": movementKeys.stock(key) },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  return newest === undefined ? null : parseMovement(newest);
}

/** Not before, and before, in milliseconds since the epoch. */
export interface Period {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** The range of JavaScript's dates: what a period without a beginning or an end reaches to. */
const earliestMs = -8.64e15;
const latestMs = 8.64e15;

interface Filter {
  readonly expression: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

function inPeriod({ fromMs, toMs }: Period): Filter {
  const parts = [...(fromMs === null ? [] : ["#at >= :from"]), ...(toMs === null ? [] : ["#at < :to"])];
  return {
    expression: parts.join(" AND "),
    names: parts.length === 0 ? {} : { "#at": "at" },
    values: { ...(fromMs === null ? {} : { ":from": fromMs }), ...(toMs === null ? {} : { ":to": toMs }) },
  };
}

/** One page of the movements of a level, or of one of its cells, newest first. */
async function pageOfStock(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly key: StockKey; readonly period: Period },
): Promise<Listing<Movement>> {
  const { key, period, limit, cursor } = request;
  const pk = movementKeys.stock(key);
  const filter = inPeriod(period);
  return await queryPage(client, {
    limit,
    cursor,
    list: `${pk}?${period.fromMs}-${period.toMs}`,
    query: {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ...(filter.expression === ""
        ? {}
        : { FilterExpression: filter.expression, ExpressionAttributeNames: filter.names }),
      ExpressionAttributeValues: { ":pk": pk, ...filter.values },
      ScanIndexForward: false,
    },
    fixedKey: { pk },
    cursorKey: { version: { type: "number" } },
    parse: parseMovement,
  });
}

/** One page of the movements of these levels and cells of a SKU: one after the other, each newest first. */
export async function pageOfMovements(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & {
    readonly sku: string;
    readonly keys: readonly StockKey[];
    readonly period: Period;
  },
): Promise<Listing<Movement>> {
  const { sku, keys, period, limit, cursor } = request;
  return await pageOfMany(keys, { limit, cursor }, `movements?${sku}`, stockName, async (key, page) =>
    pageOfStock(client, table, { ...page, key, period }),
  );
}

function placeFilter(sku: string | null, locationId: string | null): Pick<Filter, "expression" | "values"> {
  if (sku === null) {
    return { expression: "", values: {} };
  }
  return locationId === null
    ? { expression: "begins_with(pk, :place)", values: { ":place": movementKeys.ofSku(sku) } }
    : {
        // A level and, behind it, its cells.
        expression: "pk = :place OR begins_with(pk, :cells)",
        values: {
          ":place": movementKeys.stock({ sku, locationId, cell: null }),
          ":cells": movementKeys.cellsOf(sku, locationId),
        },
      };
}

/** One page of the movements that a reservation caused, newest first, narrowed to a level or a SKU where given. */
export async function pageOfReservationMovements(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & {
    readonly reservationId: string;
    readonly sku: string | null;
    readonly locationId: string | null;
    readonly period: Period;
  },
): Promise<Listing<Movement>> {
  const { reservationId, sku, locationId, period, limit, cursor } = request;
  // The time is the index's sort key: there it is a condition of the key, and a filter may not name it.
  const leastAt = period.fromMs ?? earliestMs;
  const mostAt = (period.toMs ?? latestMs) - 1;
  if (leastAt > mostAt) {
    return { kind: "page", items: [], nextCursor: null };
  }
  const place = placeFilter(sku, locationId);
  return await queryPage(client, {
    limit,
    cursor,
    list: `movements?${reservationId}&${sku}&${locationId}&${period.fromMs}-${period.toMs}`,
    query: {
      TableName: table,
      IndexName: byReservation.indexName,
      KeyConditionExpression: "reservationId = :reservationId AND #at BETWEEN :leastAt AND :mostAt",
      ...(place.expression === "" ? {} : { FilterExpression: place.expression }),
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: {
        ":reservationId": reservationId,
        ":leastAt": leastAt,
        ":mostAt": mostAt,
        ...place.values,
      },
      ScanIndexForward: false,
    },
    fixedKey: { reservationId },
    cursorKey: {
      at: { type: "number", least: leastAt, most: mostAt },
      pk: { type: "string", prefix: movementKeys.prefix },
      version: { type: "number" },
    },
    parse: parseMovement,
  });
}
