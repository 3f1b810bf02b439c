/** This service's reserve, by its own use case, on a DynamoDB Local that keeps its data on the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteCommand, type DynamoDBDocumentClient, GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { LocationDirectory } from "../../functions/catalogue/location-directory.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import { entityOf, inventoryKeys, type Key } from "../../functions/storage/keys.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { type Database, startDatabase } from "../database.ts";
import { Shop } from "../shop.ts";
import type { Buyer, Probe, Side, SkuNumber } from "./side.ts";

export interface ServiceSide extends Side {
  stop(): Promise<void>;
}

/** As long as an API function waits for contention to pass. */
const budgetMs = 8_000;
/** DynamoDB takes so many items in one batch. */
const mostPerBatch = 25;

export async function startService(): Promise<ServiceSide> {
  const directory = mkdtempSync(join(tmpdir(), "peers-dynamodb-"));
  const database = await startDatabase({ directory });
  const shop = await Shop.open(database);
  const client = database.documentClient();
  const shelves = new Shelves(database, shop, client);
  return {
    title: "this service, on DynamoDB Local",
    lock: "the SKU's item, inside the one transaction",
    stock: async (skus, unitsEach) => await shelves.add(skus, unitsEach),
    buyer: async (probe) => buyerOn(database, shop, shelves, probe),
    taken: async () => await shelves.taken(),
    stop: async () => {
      client.destroy();
      shop.close();
      await database.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function buyerOn(database: Database, shop: Shop, shelves: Shelves, probe: Probe): Buyer {
  const client = database.documentClient();
  // In this step for each attempt, those of the SDK's own retries included.
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) =>
        commandName === "TransactWriteItemsCommand"
          ? await probe.lockedTrip(() => next(args))
          : await probe.trip(() => next(args)),
    { name: "probe", step: "finalizeRequest", priority: "low" },
  );
  const locations = new LocationDirectory(client, database.tables.inventory, systemRuntime);
  const services = { ...shop.servicesOn(client), runtime: systemRuntime, locations };
  return {
    reserve: async (sku) => {
      const command = { ...shop.cart([shelves.at(sku)]), budgetEndsAtMs: systemRuntime.now() + budgetMs };
      const outcome = await reserveStock(services, command);
      if (outcome.kind === "done") {
        return true;
      }
      if (outcome.kind === "refused" && outcome.refusal.kind === "insufficient-stock") {
        return false;
      }
      throw new Error(`A buyer was answered with ${JSON.stringify(outcome)}.`);
    },
    close: async () => client.destroy(),
  };
}

/** The levels of the race. One is made by the service, the others are copies of it: the service would take minutes. */
class Shelves {
  private readonly database: Database;
  private readonly shop: Shop;
  private readonly client: DynamoDBDocumentClient;
  private readonly keys: LevelKey[] = [];

  constructor(database: Database, shop: Shop, client: DynamoDBDocumentClient) {
    this.database = database;
    this.shop = shop;
    this.client = client;
  }

  at(sku: SkuNumber): LevelKey {
    const key = this.keys[sku];
    if (key === undefined) {
      throw new Error(`There is no shelf ${sku}.`);
    }
    return key;
  }

  async add(skus: number, unitsEach: number): Promise<readonly SkuNumber[]> {
    const first = this.keys.length;
    const pattern = await this.shop.special(unitsEach, {});
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: inventoryKeys.level(pattern), ConsistentRead: true }),
    );
    const added = [
      pattern,
      ...Array.from({ length: skus - 1 }, (_, index) => ({ ...pattern, sku: `${pattern.sku}-${index}` })),
    ];
    const copies = added.slice(1).map((key) => ({ PutRequest: { Item: { ...Item, ...inventoryKeys.level(key) } } }));
    for (let index = 0; index < copies.length; index += mostPerBatch) {
      const batch = copies.slice(index, index + mostPerBatch);
      await this.client.send(new BatchWriteCommand({ RequestItems: { [this.table]: batch } }));
    }
    this.keys.push(...added);
    return added.map((_, index) => first + index);
  }

  /** What all levels and records of the table say. */
  async taken(): Promise<{ readonly units: number; readonly reservations: number }> {
    let [units, reservations] = [0, 0];
    let startKey: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.client.send(
        new ScanCommand({ TableName: this.table, ConsistentRead: true, ExclusiveStartKey: startKey }),
      );
      for (const item of Items) {
        const { kind } = entityOf(item as Key);
        units += kind === "stock" ? Number(item["reserved"]) : 0;
        reservations += kind === "reservation" ? 1 : 0;
      }
      startKey = LastEvaluatedKey;
    } while (startKey !== undefined);
    return { units, reservations };
  }

  private get table(): string {
    return this.database.tables.inventory;
  }
}
