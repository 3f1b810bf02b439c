/** The first successful answers to requests with an idempotency key. */
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { inventoryTable } from "../contract/tables.ts";
import { inventoryKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  readNumber,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import { putOne } from "./transaction.ts";

export interface StoredAnswer {
  readonly bodyDigest: string;
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly revision: number | null;
  readonly location: string | null;
  /** Seconds since the epoch; the table deletes it some time after this. */
  readonly keptUntilSeconds: number;
}

function storedAnswer(keyDigest: string, answer: StoredAnswer): Record<string, unknown> {
  return {
    ...inventoryKeys.answer(keyDigest),
    bodyDigest: answer.bodyDigest,
    status: answer.status,
    body: answer.body,
    [inventoryTable.timeToLive]: answer.keptUntilSeconds,
    ...withoutNulls({ revision: answer.revision, location: answer.location }),
  };
}

function parseAnswer(stored: StoredItem): StoredAnswer {
  const item = upgraded(schemas.answer, stored);
  return {
    bodyDigest: readString(item, "bodyDigest"),
    status: readNumber(item, "status"),
    body: readString(item, "body"),
    revision: readOptionalNumber(item, "revision"),
    location: readOptionalString(item, "location"),
    keptUntilSeconds: readNumber(item, inventoryTable.timeToLive),
  };
}

export class Answers {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** The answer kept under this digest as it is now, whatever its age. */
  async find(keyDigest: string): Promise<StoredAnswer | null> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: inventoryKeys.answer(keyDigest), ConsistentRead: true }),
    );
    return Item === undefined ? null : parseAnswer(Item);
  }

  /**
   * Keeps the answer unless there is one that has not passed its time at `nowSeconds`; then that one is given.
   * Null when this one is kept now, or when the table was too busy to keep it.
   */
  async keepFirst(keyDigest: string, answer: StoredAnswer, nowSeconds: number): Promise<StoredAnswer | null> {
    const result = await putOne(this.client, {
      TableName: this.table,
      Item: storedAnswer(keyDigest, answer),
      // The table deletes old answers late; one that is past its time no longer counts.
      ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",
      ExpressionAttributeNames: { "#ttl": inventoryTable.timeToLive },
      ExpressionAttributeValues: { ":now": nowSeconds },
    });
    return result.kind === "condition-failed" && result.image !== undefined ? parseAnswer(result.image) : null;
  }
}
