/**
 * One DynamoDB Local for all tests of parts: a JVM of its own for each file would spend more time on starting and
 * warming up than on the tests. Each access key has tables of its own there (`freshDatabase`).
 */
import type { TestProject } from "vitest/node";
import { startDynamoDbLocal } from "../../local/dynamodb.ts";

declare module "vitest" {
  interface ProvidedContext {
    sharedDatabaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startDynamoDbLocal({ isolatesAccessKeys: true });
  project.provide("sharedDatabaseUrl", url);
  return stop;
}
