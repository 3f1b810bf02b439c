/** What an operator looks at when all is done: the invariants on the tables, and the dead letters. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { resourcesOf } from "../../cli/stack-resources.ts";
import type { Walked } from "../../functions/reconcile/walk-table.ts";
import { spawnGuarded } from "../../local/child-process.ts";
import type { Account } from "./account.ts";
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

/** Runs what the clock runs every hour, with the permissions of its own role. Throws when it finds a difference. */
export async function walkTables(
  { account }: DeployedService,
  stackName: string,
): Promise<{ readonly levels: number; readonly openReservations: number }> {
  const lambda = new LambdaClient(account.sdk);
  try {
    const name = await functionOf(account, stackName, "ReconcileLevels");
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: "{}" }));
    const answer = Buffer.from(Payload ?? []).toString();
    equal(FunctionError, undefined, answer);
    const walked = JSON.parse(answer) as Walked;
    deepEqual([walked.isComplete, walked.differences, walked.undecided], [true, 0, 0], answer);
    ok(walked.levels > 0);
    return walked;
  } finally {
    lambda.destroy();
  }
}

/** Sets the log level of one function as an operator does, and puts it back. */
export async function switchLogLevel(
  { account }: DeployedService,
  stackName: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const lambda = new LambdaClient(account.sdk);
  const levelOf = async (id: string): Promise<string | undefined> => {
    const FunctionName = await functionOf(account, stackName, id);
    const { LoggingConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return `${LoggingConfig?.LogFormat} ${LoggingConfig?.ApplicationLogLevel}`;
  };
  const command = async (...words: readonly string[]): Promise<string> => {
    const entry = join(repository, "cli", "inventory.ts");
    const running = spawnGuarded(["node", entry, "log-level", ...words, "--stack", stackName], { env: environment });
    equal(await running.ended, 0, running.output());
    return running.output();
  };
  try {
    match(await command("DEBUG", "--function", "storefront"), /Storefront +DEBUG \(was INFO\)/);
    deepEqual([await levelOf("Storefront"), await levelOf("BackOffice")], ["JSON DEBUG", "JSON INFO"]);
    await command("INFO");
    equal(await levelOf("Storefront"), "JSON INFO");
  } finally {
    lambda.destroy();
  }
}

/** The name of the function whose construct is called so. */
async function functionOf(account: Account, stackName: string, id: string): Promise<string> {
  const cloudFormation = new CloudFormationClient(account.sdk);
  try {
    const resources = await resourcesOf(cloudFormation, stackName);
    const found = resources.find(
      ({ type, logicalId }) => type === "AWS::Lambda::Function" && logicalId.includes(`${id}Function`),
    );
    ok(found !== undefined, `The stack has no function ${id}.`);
    return found.physicalId;
  } finally {
    cloudFormation.destroy();
  }
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
