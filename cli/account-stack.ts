/**
 * A stack in an account, found by its name. Its functions know everything by the variables of the contract, so
 * they are asked: no name of a resource is guessed. It is the caller's credentials that must be allowed to.
 */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { type EnvironmentVariable, environment } from "../functions/contract/environment.ts";
import { type QueueName, queueNames, queueVariables } from "../functions/contract/queues.ts";
import { CloudWatchFailureLog } from "./failure-log.ts";
import type { Stack } from "./stack.ts";
import { resourcesOf } from "./stack-resources.ts";
import { UsageError } from "./usage-error.ts";

interface DeployedFunction {
  readonly configuration: GetFunctionConfigurationCommandOutput;
  /** What its mappings read from, each with the ARN of what keeps the failures of a stream. */
  readonly sources: readonly {
    readonly mappingId: string;
    readonly arn: string;
    readonly keepsFailuresIn: string | null;
  }[];
}

export async function accountStack(name: string): Promise<Stack> {
  const functions = await functionsOf(name);
  const variables = Object.assign(
    {},
    ...functions.map(({ configuration }) => configuration.Environment?.Variables),
  ) as {
    readonly [name in EnvironmentVariable]?: string;
  };
  const readVariable = (variable: EnvironmentVariable): string => {
    const value = variables[variable];
    if (value === undefined) {
      throw new UsageError(`The stack ${name} has no inventory service: none of its functions has ${variable}.`);
    }
    return value;
  };
  const queueUrls = Object.fromEntries(
    queueNames.map((queue) => [queue, readVariable(queueVariables[queue])]),
  ) as Record<QueueName, string>;
  const stream = functions.flatMap(({ sources }) => sources).find(({ keepsFailuresIn }) => keepsFailuresIn !== null);
  if (stream?.keepsFailuresIn == null) {
    throw new UsageError(`No function of the stack ${name} keeps what it could not forward.`);
  }
  return {
    endpoints: { dynamoDb: null, messaging: null },
    tables: {
      inventory: readVariable(environment.inventoryTable),
      movements: readVariable(environment.movementsTable),
      views: readVariable(environment.viewsTable),
    },
    queueUrls,
    undeliveredBucket: lastPart(stream.keepsFailuresIn, ":"),
    streamMapping: stream.mappingId,
    failures: new CloudWatchFailureLog(logGroupsOf(functions, queueUrls)),
  };
}

function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

/** The log group of each queue's consumer. */
function logGroupsOf(
  functions: readonly DeployedFunction[],
  queueUrls: Readonly<Record<QueueName, string>>,
): Partial<Record<QueueName, string>> {
  const groups: Partial<Record<QueueName, string>> = {};
  for (const queue of queueNames) {
    const consumer = functions.find(({ sources }) =>
      sources.some(({ arn }) => lastPart(arn, ":") === lastPart(queueUrls[queue], "/")),
    );
    groups[queue] = consumer?.configuration.LoggingConfig?.LogGroup;
  }
  return groups;
}

async function functionsOf(stackName: string): Promise<readonly DeployedFunction[]> {
  const cloudFormation = new CloudFormationClient({});
  const lambda = new LambdaClient({});
  try {
    const resources = await resourcesOf(cloudFormation, stackName);
    const functions: DeployedFunction[] = [];
    for (const { physicalId: FunctionName } of resources.filter(({ type }) => type === "AWS::Lambda::Function")) {
      const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
      const sources = EventSourceMappings.map(({ UUID = "", EventSourceArn = "", DestinationConfig }) => ({
        mappingId: UUID,
        arn: EventSourceArn,
        keepsFailuresIn: DestinationConfig?.OnFailure?.Destination ?? null,
      }));
      functions.push({ configuration, sources });
    }
    return functions;
  } finally {
    cloudFormation.destroy();
    lambda.destroy();
  }
}
