/** `inventory log-level`: how much the functions of a stack log, changed without a deployment. */
import { parseArgs } from "node:util";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdated,
} from "@aws-sdk/client-lambda";
import { environment } from "../functions/contract/environment.ts";
import type { Command } from "./command.ts";
import { resourcesOf, type StackResource } from "./stack-resources.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: npm run inventory -- log-level --stack NAME
       npm run inventory -- log-level DEBUG --stack NAME [--function NAME]
       npm run inventory -- log-level INFO --stack NAME [--function NAME]

Shows or sets the log level of the functions of a stack in an account, with the credentials of the environment.
It holds from the next invocation on, and stays until it is set to INFO again: a deployment does not put it back
unless it changes the function's own settings, and until then CloudFormation calls it drift.

DEBUG logs each plan that is tried, each write that is sent again with its reason, and each message that was worked
on. There is no level above INFO: Lambda would drop the metrics, which are lines without a level, with the rest.

  --function NAME   that function alone, such as storefront or expire-reservations

Where environments of the storefront are kept started (provisioned concurrency), callers reach a published version:
one with the new level is published and they are led to it, and with INFO back to the version of the deployment.

Exit codes: 0, or 64 wrong usage, 70 it failed.`;

/** What the template says, and what is set while something is looked for. */
const levels = ["INFO", "DEBUG"] as const;
type Level = (typeof levels)[number];

export const logLevelCommand: Command = {
  summary: "how much the functions of a stack log; sets it without a deployment",
  usage,
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { stack: { type: "string" }, function: { type: "string" } },
    });
    const { stack, function: name = null } = values;
    if (stack === undefined) {
      throw new UsageError("Which stack? On this machine it is LOG_LEVEL=DEBUG npm start.");
    }
    const level = levelIn(positionals);
    const cloudFormation = new CloudFormationClient({});
    const lambda = new LambdaClient({});
    try {
      const resources = await resourcesOf(cloudFormation, stack);
      for (const each of chosen(await functionsIn(resources, lambda), name)) {
        console.log(level === null ? lineOf(each, each.level) : lineOf(each, await setLevel(lambda, each, level)));
      }
    } finally {
      cloudFormation.destroy();
      lambda.destroy();
    }
    return 0;
  },
};

function levelIn(positionals: readonly string[]): Level | null {
  const [text, ...others] = positionals;
  if (text === undefined) {
    return null;
  }
  const level = levels.find((each) => each === text.toUpperCase());
  if (level === undefined || others.length > 0) {
    throw new UsageError(`The level is one of ${levels.join(" and ")}.`);
  }
  return level;
}

interface ServiceFunction {
  /** Of its resource in the stack. */
  readonly logicalId: string;
  readonly functionName: string;
  readonly level: string;
  readonly logging: { readonly LogFormat?: "JSON" | "Text" | undefined; readonly LogGroup?: string | undefined };
  /** By which callers reach it, and the version that the deployment has led it to; null where they reach the function. */
  readonly alias: { readonly name: string; readonly version: string } | null;
}

/** The functions of the service, which is not alone in a stack that it was put into. */
async function functionsIn(
  resources: readonly StackResource[],
  lambda: LambdaClient,
): Promise<readonly ServiceFunction[]> {
  const qualifierOf = (type: string, functionName: string): string | null => {
    const arn = resources.find(
      (each) => each.type === type && each.physicalId.includes(`:${functionName}:`),
    )?.physicalId;
    return arn === undefined ? null : arn.slice(arn.lastIndexOf(":") + 1);
  };
  const functions: ServiceFunction[] = [];
  for (const { type, logicalId, physicalId: functionName } of resources) {
    if (type !== "AWS::Lambda::Function") {
      continue;
    }
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    if (found.Environment?.Variables?.[environment.deployment] === undefined) {
      continue;
    }
    const { ApplicationLogLevel = "INFO", LogFormat, LogGroup } = found.LoggingConfig ?? {};
    const [name, version] = ["Alias", "Version"].map((what) => qualifierOf(`AWS::Lambda::${what}`, functionName));
    functions.push({
      logicalId,
      functionName,
      level: ApplicationLogLevel,
      logging: { LogFormat, LogGroup },
      alias: name == null || version == null ? null : { name, version },
    });
  }
  if (functions.length === 0) {
    throw new UsageError("The stack has no inventory service.");
  }
  return functions;
}

/** `expire-reservations` is the function whose logical id has `ExpireReservations` in it. */
function chosen(functions: readonly ServiceFunction[], name: string | null): readonly ServiceFunction[] {
  if (name === null) {
    return functions;
  }
  const wanted = name.replaceAll("-", "").toLowerCase();
  const found = functions.filter(({ logicalId }) => logicalId.toLowerCase().includes(`${wanted}function`));
  if (found.length !== 1) {
    throw new UsageError(`${name} names ${found.length} of the functions ${functions.map(shortName).join(", ")}.`);
  }
  return found;
}

async function setLevel(lambda: LambdaClient, target: ServiceFunction, level: Level): Promise<Level> {
  const { functionName: FunctionName, logging, alias } = target;
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      LoggingConfig: { ...logging, LogFormat: "JSON", ApplicationLogLevel: level },
    }),
  );
  await waitUntilFunctionUpdated({ client: lambda, maxWaitTime: 120 }, { FunctionName });
  if (alias !== null) {
    const version =
      level === "INFO" ? alias.version : (await lambda.send(new PublishVersionCommand({ FunctionName }))).Version;
    await lambda.send(new UpdateAliasCommand({ FunctionName, Name: alias.name, FunctionVersion: version }));
  }
  return level;
}

function shortName({ logicalId }: ServiceFunction): string {
  return logicalId.replace(/Function[0-9A-F]{8}$/, "");
}

function lineOf(target: ServiceFunction, level: string): string {
  const before = level === target.level ? "" : ` (was ${target.level})`;
  return `${shortName(target).padEnd(40)} ${level}${before}`;
}
