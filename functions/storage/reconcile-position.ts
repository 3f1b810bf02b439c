/** How far the walk through the inventory table has come, so that the next run goes on from there. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Key, viewKeys } from "./keys.ts";
import { readNumber, readOptionalString, withoutNulls } from "./stored-item.ts";

export interface ReconcilePosition {
  /** The last item that was looked at; null at the beginning of the table. */
  readonly after: Key | null;
  /** When the present walk through the whole table began. */
  readonly beganAtMs: number;
}

/** Null when nobody has walked yet; the walk begins anew when the views are thrown away. */
export async function readPosition(client: DynamoDBDocumentClient, table: string): Promise<ReconcilePosition | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: viewKeys.reconcilePosition, ConsistentRead: true }),
  );
  if (Item === undefined) {
    return null;
  }
  const [pk, sk] = [readOptionalString(Item, "afterPk"), readOptionalString(Item, "afterSk")];
  return { after: pk === null || sk === null ? null : { pk, sk }, beganAtMs: readNumber(Item, "beganAt") };
}

export async function savePosition(
  client: DynamoDBDocumentClient,
  table: string,
  { after, beganAtMs }: ReconcilePosition,
): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: table,
      Item: {
        ...viewKeys.reconcilePosition,
        beganAt: beganAtMs,
        ...withoutNulls({ afterPk: after?.pk ?? null, afterSk: after?.sk ?? null }),
      },
    }),
  );
}
