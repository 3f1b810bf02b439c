/** The items of the catalogue: their stored form in the inventory table. */
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Item } from "../domain/catalogue.ts";
import { type Condition, itemIsAbsent } from "./condition.ts";
import { inventoryKeys } from "./keys.ts";
import {
  readBoolean,
  readNumber,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import { putOne, type SingleWriteResult } from "./transaction.ts";

/** Everything of an item but its key. */
export function storedItemFields(item: Item): Record<string, unknown> {
  return {
    name: item.name,
    active: item.active,
    revision: item.revision,
    settingsRevision: item.settingsRevision,
    updatedAt: item.updatedAtMs,
    actor: item.actor,
    ...withoutNulls({
      restockAt: item.restockAt,
      lowStockThreshold: item.lowStockThreshold,
      externalSku: item.externalSku,
      barcode: item.barcode,
    }),
  };
}

/** Throws a `CorruptItemError` when the stored item is no item of the catalogue. */
export function parseItem(sku: string, item: StoredItem): Item {
  return {
    sku,
    name: readString(item, "name"),
    restockAt: readOptionalString(item, "restockAt"),
    lowStockThreshold: readOptionalNumber(item, "lowStockThreshold"),
    externalSku: readOptionalString(item, "externalSku"),
    barcode: readOptionalString(item, "barcode"),
    active: readBoolean(item, "active"),
    revision: readNumber(item, "revision"),
    settingsRevision: readNumber(item, "settingsRevision"),
    updatedAtMs: readNumber(item, "updatedAt"),
    actor: readString(item, "actor"),
  };
}

/** The item as it is now, or null. */
export async function readItem(client: DynamoDBDocumentClient, table: string, sku: string): Promise<Item | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.item(sku), ConsistentRead: true }),
  );
  return Item === undefined ? null : parseItem(sku, Item);
}

/** The stored thing is still at the revision that the change was computed from. */
export function revisionIs(revision: number): Condition {
  return {
    expression: "#revision = :seenRevision",
    names: { "#revision": "revision" },
    values: { ":seenRevision": revision },
  };
}

/** Writes the next state of an item that is still at the revision seen; 0 stands for none. */
export async function writeItem(
  client: DynamoDBDocumentClient,
  table: string,
  item: Item,
  seenRevision: number,
): Promise<SingleWriteResult> {
  const condition = seenRevision === 0 ? itemIsAbsent : revisionIs(seenRevision);
  return await putOne(client, {
    TableName: table,
    Item: { ...inventoryKeys.item(item.sku), ...storedItemFields(item) },
    ConditionExpression: condition.expression,
    ...(condition.names === undefined ? {} : { ExpressionAttributeNames: { ...condition.names } }),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: { ...condition.values } }),
  });
}
