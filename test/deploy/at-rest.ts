/** What an operator looks at when all is done: the invariants on the tables, and the dead letters. */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { spawnGuarded } from "../../local/child-process.ts";
import type { DeployedService } from "./deployed-service.ts";
import { repository } from "./directories.ts";

/** Runs the operator's command as he would. Throws when it finds a difference. */
export async function reconcileTables({ tables }: DeployedService, environment: NodeJS.ProcessEnv): Promise<string> {
  const command = spawnGuarded(
    [
      ...(["node", join(repository, "cli", "inventory.ts"), "reconcile"] as const),
      ...["--inventory-table", tables.inventory, "--movements-table", tables.movements],
    ],
    { env: environment },
  );
  equal(await command.ended, 0, command.output());
  return command.output().trim();
}

/** Throws when a message could not be worked on. The account has no other queues than the stack's. */
export async function findNoDeadLetters({ account }: DeployedService): Promise<string> {
  const sqs = new SQSClient(account.sdk);
  try {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ MaxResults: 1_000 }));
    const deadLetterQueues = QueueUrls.filter((url) => url.includes("DeadLetters"));
    const counts = await Promise.all(
      deadLetterQueues.map(async (QueueUrl) => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
        );
        return Attributes?.ApproximateNumberOfMessages;
      }),
    );
    deepEqual(
      counts,
      deadLetterQueues.map(() => "0"),
    );
    return `${deadLetterQueues.length} queues`;
  } finally {
    sqs.destroy();
  }
}
