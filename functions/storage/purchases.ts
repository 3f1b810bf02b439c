/** Counters per customer: what was bought of a limited SKU, and how many holds are open. */
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { inventoryTable } from "../contract/tables.ts";
import type { PurchaseEffect } from "../domain/effects.ts";
import { endOfWindow } from "../domain/purchase-limit.ts";
import { inventoryKeys } from "./keys.ts";
import { readNumber, type StoredItem } from "./stored-item.ts";
import type { TransactionPart } from "./transaction.ts";

const daySeconds = 86_400;
/** A hold lives a day at most; after it has ended its units may be given back to a window that is over. */
const windowRetentionSeconds = 2 * daySeconds;

/**
 * Counts units that a customer takes, if the limit allows it, or gives units back. Units that are given back
 * must be there to give: a counter whose window is over may be gone.
 */
export function changeOfPurchases(
  table: string,
  customer: string,
  { sku, windowDays, window, quantity }: PurchaseEffect,
  limit: number,
): TransactionPart {
  const endsAtMs = endOfWindow({ windowDays, window });
  const update = {
    TableName: table,
    Key: inventoryKeys.purchases(customer, sku, windowDays, window),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  if (quantity < 0) {
    return {
      Update: {
        ...update,
        UpdateExpression: "ADD taken :quantity",
        ConditionExpression: "taken >= :back",
        ExpressionAttributeValues: { ":quantity": quantity, ":back": -quantity },
      },
    };
  }
  // The first purchase of a window must fit by itself: an absent counter cannot be compared.
  const fits = quantity <= limit ? "attribute_not_exists(taken) OR taken <= :rest" : "taken <= :rest";
  const expires = endsAtMs !== null;
  return {
    Update: {
      ...update,
      UpdateExpression: `ADD taken :quantity${expires ? " SET #ttl = :ttl" : ""}`,
      ConditionExpression: fits,
      ...(expires ? { ExpressionAttributeNames: { "#ttl": inventoryTable.timeToLive } } : {}),
      ExpressionAttributeValues: {
        ":quantity": quantity,
        ":rest": limit - quantity,
        ...(expires ? { ":ttl": Math.ceil(endsAtMs / 1000) + windowRetentionSeconds } : {}),
      },
    },
  };
}

/** What was counted before; 0 where there is no counter. */
export function takenIn(image: StoredItem | undefined): number {
  return image === undefined ? 0 : readNumber(image, "taken");
}

/** Names a hold and its incarnation; `#` is in neither. */
export interface OpenHold {
  readonly reservationId: string;
  readonly uid: string;
}

function nameOf({ reservationId, uid }: OpenHold): string {
  return `${reservationId}#${uid}`;
}

/**
 * Notes a hold among the customer's open ones, if there are fewer than `most`. Nobody takes it out when it ends:
 * that is found out when the limit is met.
 */
export function additionOfHold(
  table: string,
  customer: string,
  hold: OpenHold,
  most: number,
  ttlSeconds: number,
): TransactionPart {
  return {
    Update: {
      TableName: table,
      Key: inventoryKeys.holds(customer),
      UpdateExpression: "ADD #open :hold SET #ttl = :ttl",
      ConditionExpression: "attribute_not_exists(#open) OR size(#open) < :most",
      ExpressionAttributeNames: { "#open": "open", "#ttl": inventoryTable.timeToLive },
      ExpressionAttributeValues: { ":hold": new Set([nameOf(hold)]), ":most": most, ":ttl": ttlSeconds },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

export function holdsIn(image: StoredItem | undefined): readonly OpenHold[] {
  const open = image?.["open"];
  return open instanceof Set
    ? [...open].map((name) => {
        const [reservationId = "", uid = ""] = String(name).split("#");
        return { reservationId, uid };
      })
    : [];
}

/** Takes holds out that have ended. */
export async function forgetHolds(
  client: DynamoDBDocumentClient,
  table: string,
  customer: string,
  holds: readonly OpenHold[],
): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: table,
      Key: inventoryKeys.holds(customer),
      UpdateExpression: "DELETE #open :ended",
      ExpressionAttributeNames: { "#open": "open" },
      ExpressionAttributeValues: { ":ended": new Set(holds.map(nameOf)) },
    }),
  );
}
