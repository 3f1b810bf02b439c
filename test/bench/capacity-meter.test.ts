import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CapacityMeter } from "../../bench/capacity-meter.ts";
import { type Database, startDatabase } from "../../bench/database.ts";
import { itemSizeBytes } from "../../bench/item-size.ts";

let database: Database;
let client: DynamoDBDocumentClient;
let meter: CapacityMeter;

beforeAll(async () => {
  database = await startDatabase();
  client = database.documentClient();
  meter = new CapacityMeter(database.lowLevelClient(), database.metered);
  meter.attach(client);
});

afterAll(async () => {
  await database.stop();
});

let made = 0;

/** A key that no other item has. */
function itemKey(): { readonly pk: string; readonly sk: string } {
  made += 1;
  return { pk: `ITEM#${made}`, sk: "ITEM" };
}

/** An item of about this many KB, not quite full, under a key of its own. */
function item(kilobytes: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...itemKey(), ...more, text: "x".repeat(kilobytes * 1024 - 200) };
}

async function put(table: string, stored: Record<string, unknown>): Promise<Record<string, unknown>> {
  await client.send(new PutCommand({ TableName: table, Item: stored }));
  return { pk: stored["pk"], sk: stored["sk"] };
}

test("a put costs a unit for each KB, and an update the whole item", async () => {
  const { inventory } = database.tables;
  const stored = item(3);
  const created = await meter.measure(async () => await put(inventory, stored));
  expect(created.consumed).toEqual({ calls: 1, writeUnits: 3, readUnits: 0, operations: ["PutItem"] });

  const updated = await meter.measure(
    async () =>
      await client.send(
        new UpdateCommand({
          TableName: inventory,
          Key: created.value,
          UpdateExpression: "ADD hits :one",
          ExpressionAttributeValues: { ":one": 1 },
        }),
      ),
  );
  expect(updated.consumed.writeUnits).toBe(3);

  const deleted = await meter.measure(
    async () => await client.send(new DeleteCommand({ TableName: inventory, Key: created.value })),
  );
  expect(deleted.consumed.writeUnits).toBe(3);
});

test("a write whose condition failed is billed by the item that it met", async () => {
  const { inventory } = database.tables;
  const stored = item(2);
  await put(inventory, stored);
  const again = new PutCommand({
    TableName: inventory,
    Item: { ...stored, text: "small" },
    ConditionExpression: "attribute_not_exists(pk)",
  });
  const refused = await meter.measure(async () => await client.send(again).catch(() => "refused"));
  expect(refused).toMatchObject({ value: "refused", consumed: { calls: 1, writeUnits: 2 } });
});

test("a transaction costs each item twice, also when it is cancelled", async () => {
  const { inventory } = database.tables;
  const [one, two] = [item(1), item(2)];
  const write = async (): Promise<unknown> =>
    await client
      .send(
        new TransactWriteCommand({
          TransactItems: [one, two].map((stored) => ({
            Put: { TableName: inventory, Item: stored, ConditionExpression: "attribute_not_exists(pk)" },
          })),
        }),
      )
      .catch(() => "cancelled");
  expect((await meter.measure(write)).consumed).toMatchObject({ calls: 1, writeUnits: 2 * (1 + 2) });
  const again = await meter.measure(write);
  expect(again).toMatchObject({ value: "cancelled", consumed: { writeUnits: 2 * (1 + 2) } });
});

test("an index adds its own writes, in and out of a transaction", async () => {
  const { views } = database.tables;
  const alert = item(1, { alertStatus: "open", raisedAt: 1 });
  const created = await meter.measure(async () => await put(views, alert));
  expect(created.consumed.writeUnits).toBe(1 + 1);
  const resolved = await meter.measure(async () => await put(views, { ...alert, alertStatus: "resolved" }));
  expect(resolved.consumed.writeUnits).toBe(1 + 2);
  const plain = await meter.measure(async () => await put(views, item(1)));
  expect(plain.consumed.writeUnits).toBe(1);
  const transacted = await meter.measure(
    async () =>
      await client.send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName: views, Item: item(1, { alertStatus: "open", raisedAt: 2 }) } }],
        }),
      ),
  );
  expect(transacted.consumed.writeUnits).toBe(2 + 1);
});

test("a batch rounds each of its items, a query the sum of them, and what is missing costs all the same", async () => {
  const { inventory } = database.tables;
  const keys = [await put(inventory, item(1)), await put(inventory, item(6)), { pk: "NOWHERE", sk: "ITEM" }];
  const batch = await meter.measure(
    async () => await client.send(new BatchGetCommand({ RequestItems: { [inventory]: { Keys: keys } } })),
  );
  expect(batch.consumed).toMatchObject({ calls: 1, readUnits: 0.5 + 1 + 0.5, writeUnits: 0 });

  const partition = { pk: "PARTITION" };
  for (const sk of ["a", "b", "c"]) {
    await put(inventory, { ...item(1), ...partition, sk });
  }
  const query = new QueryCommand({
    TableName: inventory,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": partition.pk },
    ConsistentRead: true,
  });
  expect((await meter.measure(async () => await client.send(query))).consumed.readUnits).toBe(1);

  const nowhere = new GetCommand({ TableName: inventory, Key: { pk: "NOWHERE", sk: "ITEM" }, ConsistentRead: true });
  expect((await meter.measure(async () => await client.send(nowhere))).consumed.readUnits).toBe(1);
});

test("counts calls that run at the same time", async () => {
  const { inventory } = database.tables;
  const stored = Array.from({ length: 8 }, () => item(2));
  const writes = await meter.measure(
    async () => await Promise.all(stored.map(async (each) => await put(inventory, each))),
  );
  expect(writes.consumed).toMatchObject({ calls: 8, writeUnits: 16 });
  const reads = await meter.measure(
    async () =>
      await Promise.all(
        writes.value.map(async (key) => await client.send(new GetCommand({ TableName: inventory, Key: key }))),
      ),
  );
  expect(reads.consumed).toMatchObject({ calls: 8, readUnits: 4 });
});

test("refuses to guess what an unknown operation costs", async () => {
  await expect(client.send(new ScanCommand({ TableName: database.tables.inventory }))).rejects.toThrow("Scan");
});

const sizedValues: readonly AttributeValue[] = [
  ...["0", "7", "-12.5", "120", "1200", "0.001", "1767225600000", "-2147483647", "1.5e40"].map((N) => ({ N })),
  { S: "größe €" },
  { B: new Uint8Array(10) },
  { BOOL: true },
  { NULL: true },
  { L: [] },
  { M: {} },
  { L: [{ M: { sku: { S: "ab" }, legs: { L: [{ L: [{ S: "L1" }, { N: "3" }] }] } } }] },
];

test.each(sizedValues)(
  "agrees with DynamoDB Local on the byte at which an item with %o takes another unit",
  async (value) => {
    const plain = database.lowLevelClient();
    // Each write has a key of its own: one that replaces an item is billed by the larger of the two.
    const unitsAt = async (bytes: number): Promise<number | undefined> => {
      const item = { ...marshall(itemKey()), größe: value };
      const filler = "x".repeat(bytes - itemSizeBytes(item) - "text".length);
      const { ConsumedCapacity } = await plain.send(
        new PutItemCommand({
          TableName: database.tables.inventory,
          Item: { ...item, text: { S: filler } },
          ReturnConsumedCapacity: "TOTAL",
        }),
      );
      return ConsumedCapacity?.CapacityUnits;
    };
    expect([await unitsAt(1024), await unitsAt(1025)]).toEqual([1, 2]);
    plain.destroy();
  },
);
