/**
 * The backorder queues: one partition for each level, in order of promises. An entry changes only together with
 * the reservation that it belongs to, in a transaction on the version of that reservation's record, and so needs
 * no condition of its own.
 */
import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { QueueEntry } from "../domain/backorder.ts";
import type { QueueEffect } from "../domain/effects.ts";
import type { LevelKey } from "../domain/level.ts";
import { inventoryKeys } from "./keys.ts";
import { type Listing, type PageRequest, queryPage } from "./page.ts";
import { formStamp, upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import { CorruptItemError, readNumber, readString, type StoredItem } from "./stored-item.ts";
import { type TransactionPart, transact, type WriteResult } from "./transaction.ts";

/** What a change of a reservation does to one entry. */
export function changeOfEntry(
  table: string,
  { sku, locationId, promisedAtMs, after }: QueueEffect,
  { reservationId, uid }: { readonly reservationId: string; readonly uid: string },
): TransactionPart {
  const key = inventoryKeys.queueEntry({ sku, locationId }, promisedAtMs, reservationId);
  return after === 0
    ? { Delete: { TableName: table, Key: key } }
    : {
        Put: {
          TableName: table,
          Item: { ...key, uid, quantity: after, ...formStamp(schemas.queueEntry) },
        },
      };
}

function parseEntry(stored: StoredItem): QueueEntry {
  const item = upgraded(schemas.queueEntry, stored);
  const key = inventoryKeys.parseQueueEntry({ pk: readString(item, "pk"), sk: readString(item, "sk") });
  if (key === null) {
    throw new CorruptItemError(item, "pk", "place in a queue");
  }
  return { ...key, reservationUid: readString(item, "uid"), quantity: readNumber(item, "quantity") };
}

/** The entry that is served next, or null. */
export async function readHead(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
): Promise<QueueEntry | null> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": inventoryKeys.queuePartition(level) },
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  const [head] = Items;
  return head === undefined ? null : parseEntry(head);
}

/** An entry that has come to belong to another incarnation stays. */
export function removalOfEntry(
  table: string,
  { reservationId, reservationUid, promisedAtMs, ...level }: Omit<QueueEntry, "quantity">,
): TransactionPart {
  return {
    Delete: {
      TableName: table,
      Key: inventoryKeys.queueEntry(level, promisedAtMs, reservationId),
      ConditionExpression: "attribute_not_exists(pk) OR uid = :uid",
      ExpressionAttributeValues: { ":uid": reservationUid },
    },
  };
}

/** Removes an entry whose reservation is gone, if it is gone still: a record that was put back has its places again. */
export async function removeEntry(
  client: DynamoDBDocumentClient,
  table: string,
  token: string,
  entry: QueueEntry,
): Promise<WriteResult<"reservation" | "entry">> {
  return await transact(client, token, [
    {
      label: "reservation",
      part: {
        ConditionCheck: {
          TableName: table,
          Key: inventoryKeys.reservation(entry.reservationId),
          ConditionExpression: "attribute_not_exists(pk) OR uid <> :uid",
          ExpressionAttributeValues: { ":uid": entry.reservationUid },
        },
      },
    },
    { label: "entry", part: removalOfEntry(table, entry) },
  ]);
}

/** One page of the queue of a level as it is now, oldest promise first. */
export async function pageOfQueue(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly level: LevelKey },
): Promise<Listing<QueueEntry>> {
  const { level, limit, cursor } = request;
  const pk = inventoryKeys.queuePartition(level);
  return await queryPage(client, {
    limit,
    cursor,
    list: pk,
    query: {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ConsistentRead: true,
    },
    fixedKey: { pk },
    cursorKey: { sk: { type: "string" } },
    parse: parseEntry,
  });
}
