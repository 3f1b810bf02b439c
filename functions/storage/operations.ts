/** Operation markers: they make one change of one request happen once, in the transaction that makes it. */
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { inventoryTable } from "../contract/tables.ts";
import { inventoryKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import { readList, readNumber, readString, type StoredItem } from "./stored-item.ts";
import type { TransactionPart } from "./transaction.ts";

/** As long as an idempotency key is remembered. */
export const operationRetentionSeconds = 86_400;

export interface Operation {
  /** Stands for the caller and the idempotency key, or random when none was sent. */
  readonly digest: string;
  /** Which change of the request it is. */
  readonly index: number;
  /** Digest of the request, so that the same key with another request is noticed. */
  readonly requestDigest: string;
  /** What the change was, so that a repeated request gets the first answer. */
  readonly deltas: readonly number[];
}

/** Puts the marker, unless the operation was done within the last day; then brings back what it did. */
export function operationMarker(table: string, operation: Operation, nowMs: number): TransactionPart {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    Put: {
      TableName: table,
      Item: {
        ...inventoryKeys.operation(operation.digest, operation.index),
        requestDigest: operation.requestDigest,
        deltas: operation.deltas,
        [inventoryTable.timeToLive]: nowSeconds + operationRetentionSeconds,
      },
      // The table deletes old markers late; one that is past its time no longer counts.
      ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",
      ExpressionAttributeNames: { "#ttl": inventoryTable.timeToLive },
      ExpressionAttributeValues: { ":now": nowSeconds },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

export type DoneOperation = Pick<Operation, "requestDigest" | "deltas">;

/** What the operation did, when it was done within the last day; else null. */
export async function readOperation(
  client: DynamoDBDocumentClient,
  table: string,
  { digest, index }: Pick<Operation, "digest" | "index">,
  nowMs: number,
): Promise<DoneOperation | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.operation(digest, index), ConsistentRead: true }),
  );
  const isPast = Item === undefined || readNumber(Item, inventoryTable.timeToLive) <= Math.floor(nowMs / 1000);
  return isPast ? null : parseOperation(Item);
}

export function parseOperation(stored: StoredItem): DoneOperation {
  const item = upgraded(schemas.operation, stored);
  readNumber(item, inventoryTable.timeToLive);
  return {
    requestDigest: readString(item, "requestDigest"),
    deltas: readList(item, "deltas").map(Number),
  };
}
