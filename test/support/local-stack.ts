/** The local stack that the tests of the HTTP API share: the synthesised template as it is, on free ports. */
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { fileSink } from "../../local/function-log.ts";
import { type LocalStack, startLocalStack } from "../../local/stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly } from "../../local/synthesis.ts";
import { reconcileStack } from "./reconcile-stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    localStackUrl: string;
    /** A token that was good until a minute ago. */
    expiredToken: string;
    /** A good token whose scope is that of another service. */
    foreignToken: string;
    dynamoDbUrl: string;
    sqsUrl: string;
    topicArn: string;
    tables: LocalStack["tables"];
    queueUrls: LocalStack["queueUrls"];
    deadLetterQueueUrls: LocalStack["deadLetterQueueUrls"];
  }
}

/**
 * Whatever all the tests did to the stack, its tables agree with their history in the end: otherwise the run fails.
 * What the functions log while the tests run is found in `.cache/test/functions.log`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await ensureAssembly();
  const log = fileSink(join(cacheDirectory, "test", "functions.log"));
  const stack = await startLocalStack({ port: 0, assemblyDirectory, log: log.sink });
  project.provide("localStackUrl", stack.url);
  project.provide("expiredToken", await stack.expiredToken());
  project.provide("foreignToken", await stack.tokenFor("shop/orders"));
  project.provide("dynamoDbUrl", stack.dynamoDbUrl);
  project.provide("sqsUrl", stack.sqsUrl);
  project.provide("topicArn", stack.topicArn);
  project.provide("tables", stack.tables);
  project.provide("queueUrls", stack.queueUrls);
  project.provide("deadLetterQueueUrls", stack.deadLetterQueueUrls);
  return async () => {
    const { differences, undecided } = await reconcileStack(stack);
    await stack.stop();
    await log.close();
    if (differences.length + undecided.length > 0) {
      throw new Error(`The tables do not agree with their history: ${JSON.stringify({ differences, undecided })}`);
    }
  };
}
