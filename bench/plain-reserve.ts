/**
 * The way of reserving that this service does not go, as it is often built: read the level, check, write if its
 * version is unchanged, then write the log entry. It keeps no record of the reservation, which makes it cheaper.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Runtime } from "../functions/domain/runtime.ts";
import type { Tables } from "../functions/storage/client.ts";
import { systemRuntime } from "../functions/system-runtime.ts";

const mostTries = 3;
const stepMs = 50;

/** One level of the plain way: a quantity and its version. */
export class PlainLevel {
  private readonly tables: Tables;
  private readonly key: { readonly pk: string; readonly sk: string };
  private readonly runtime: Pick<Runtime, "now" | "sleep">;

  constructor(tables: Tables, name: string, runtime: Pick<Runtime, "now" | "sleep"> = systemRuntime) {
    this.tables = tables;
    this.runtime = runtime;
    this.key = { pk: `PLAIN#${name}`, sk: "LEVEL" };
  }

  async put(client: DynamoDBDocumentClient, available: number): Promise<void> {
    await client.send(
      new PutCommand({ TableName: this.tables.inventory, Item: { ...this.key, available, version: 1 } }),
    );
  }

  async available(client: DynamoDBDocumentClient): Promise<number> {
    return (await this.read(client)).available;
  }

  /** Takes one unit; false when others were quicker at every try, or when there is none. */
  async reserveOne(client: DynamoDBDocumentClient): Promise<boolean> {
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const { available, version } = await this.read(client);
      if (available < 1) {
        return false;
      }
      if (await this.writeIfUnchanged(client, version, available - 1)) {
        await client.send(
          new PutCommand({
            TableName: this.tables.movements,
            Item: { pk: this.key.pk, version: version + 1, type: "reserved", quantity: 1, at: this.runtime.now() },
          }),
        );
        return true;
      }
      if (attempt < mostTries) {
        await this.runtime.sleep(stepMs * attempt);
      }
    }
    return false;
  }

  private async read(client: DynamoDBDocumentClient): Promise<{ available: number; version: number }> {
    const { Item } = await client.send(
      new GetCommand({ TableName: this.tables.inventory, Key: this.key, ConsistentRead: true }),
    );
    return Item as { available: number; version: number };
  }

  private async writeIfUnchanged(client: DynamoDBDocumentClient, seen: number, available: number): Promise<boolean> {
    try {
      await client.send(
        new UpdateCommand({
          TableName: this.tables.inventory,
          Key: this.key,
          UpdateExpression: "SET available = :available, version = :next",
          ConditionExpression: "version = :seen",
          ExpressionAttributeValues: { ":available": available, ":next": seen + 1, ":seen": seen },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }
}
