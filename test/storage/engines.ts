/** The two engines on which the storage must behave the same: DynamoDB Local and the one of the simulator. */
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { memoryClient } from "../simulation/database/memory-client.ts";
import { schemas } from "../simulation/world/world.ts";
import { freshDatabase } from "../support/fresh-database.ts";

export interface Engine {
  readonly client: DynamoDBDocumentClient;
  stop(): Promise<void>;
}

async function onDynamoDbLocal(): Promise<Engine> {
  const database = await freshDatabase();
  const client = DynamoDBDocumentClient.from(database.client(), { marshallOptions: { removeUndefinedValues: true } });
  return {
    client,
    stop: async () => {
      client.destroy();
      await database.stop();
    },
  };
}

async function inMemory(): Promise<Engine> {
  return { client: memoryClient(schemas), stop: async () => undefined };
}

export const engines: readonly (readonly [name: string, start: () => Promise<Engine>])[] = [
  ["in memory", inMemory],
  ["on DynamoDB Local", onDynamoDbLocal],
];
