/** DynamoDB Local with the three tables as the contract shapes them, for tests and benchmarks of parts of the service. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { inventoryTable, movementsTable, viewsTable } from "../functions/contract/tables.ts";
import { localCredentials } from "./credentials.ts";
import { type DynamoDbLocalOptions, startDynamoDbLocal } from "./dynamodb.ts";

interface IndexShape {
  readonly indexName: string;
  readonly partitionKey: string;
  readonly sortKey: string;
}

export interface TableShape {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly sortKeyType: "S" | "N";
  readonly indexes: readonly IndexShape[];
}

export const tableNames = { inventory: "inventory", movements: "movements", views: "views" } as const;

export const tableShapes = {
  inventory: { ...inventoryTable, name: tableNames.inventory, sortKeyType: "S", indexes: [] },
  movements: {
    ...movementsTable,
    name: tableNames.movements,
    sortKeyType: "N",
    indexes: [movementsTable.indexes.byReservation],
  },
  views: { ...viewsTable, name: tableNames.views, sortKeyType: "S", indexes: [viewsTable.indexes.alertsByStatus] },
} as const satisfies Record<keyof typeof tableNames, TableShape>;

export interface ContractDatabase {
  readonly url: string;
  /** By which the tables are seen. */
  readonly credentials: typeof localCredentials;
  readonly tables: typeof tableNames;
  /** The ARN of the inventory table's stream. */
  readonly streamArn: string;
  /** A client of its own; the caller destroys it. */
  client(): DynamoDBClient;
  stop(): Promise<void>;
}

function keySchema({ partitionKey, sortKey }: Pick<IndexShape, "partitionKey" | "sortKey">): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];
}

function attributesOf(shape: TableShape): AttributeDefinition[] {
  return [
    { AttributeName: shape.partitionKey, AttributeType: "S" },
    { AttributeName: shape.sortKey, AttributeType: shape.sortKeyType },
    // The sort keys of the contract's indexes are times.
    ...shape.indexes.flatMap(({ partitionKey, sortKey }): AttributeDefinition[] => [
      { AttributeName: partitionKey, AttributeType: "S" },
      { AttributeName: sortKey, AttributeType: "N" },
    ]),
  ];
}

async function create(client: DynamoDBClient, shape: TableShape, withStream: boolean): Promise<string | null> {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: shape.name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(shape),
      AttributeDefinitions: attributesOf(shape),
      ...(shape.indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: shape.indexes.map((index) => ({
              IndexName: index.indexName,
              KeySchema: keySchema(index),
              Projection: { ProjectionType: "ALL" as const },
            })),
          }),
      ...(withStream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } } : {}),
    }),
  );
  return TableDescription?.LatestStreamArn ?? null;
}

/** Makes the tables in a DynamoDB Local that has none of them yet; gives the ARN of the inventory table's stream. */
export async function createContractTables(client: DynamoDBClient): Promise<string> {
  const streamArn = await create(client, tableShapes.inventory, true);
  if (streamArn === null) {
    throw new Error("DynamoDB Local gave the inventory table no stream.");
  }
  await create(client, tableShapes.movements, false);
  await create(client, tableShapes.views, false);
  for (const { name, timeToLive } of [tableShapes.inventory, tableShapes.views]) {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      }),
    );
  }
  return streamArn;
}

/** Starts DynamoDB Local and makes the tables; it ends with this process at the latest. */
export async function startContractDatabase(options: DynamoDbLocalOptions = {}): Promise<ContractDatabase> {
  const local = await startDynamoDbLocal(options);
  const client = local.client();
  const streamArn = await createContractTables(client);
  client.destroy();
  const { url, stop } = local;
  return { url, credentials: localCredentials, tables: tableNames, streamArn, client: local.client, stop };
}
