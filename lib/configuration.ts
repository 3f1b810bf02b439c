/** The settings of the CDK app, read from the context (`cdk.json` or `-c inventory:<name>=<value>`). */
import type { Node } from "constructs";
import { type AllocationStrategy, allocationStrategies } from "../functions/contract/allocation.ts";

export const stages = ["dev", "prod"] as const;

export interface Configuration {
  /** The stack's name. Default `Inventory`. */
  readonly stackName: string;
  /** `prod` keeps and protects the tables; `dev` lets `cdk destroy` remove them. Default `prod`. */
  readonly stage: (typeof stages)[number];
  /** Seconds between a hold's deadline and its time to live, 0 to 86,400. Default 3,600. */
  readonly expiryGraceSeconds: number;
  /** How stock is chosen for lines without a location where a request does not say. Default `fewest-splits`. */
  readonly allocation: AllocationStrategy;
  /** How many holds one customer may have open, 1 to 100; null, the default, for any number. */
  readonly mostOpenHolds: number | null;
  /** An OpenID Connect issuer (https) and the audience of its tokens; without them a Cognito pool is made. */
  readonly tokens: { readonly issuer: string; readonly audience: string } | null;
  /** ARN of an SNS topic that alarms are sent to; without it they are only shown. */
  readonly alarmTopicArn: string | null;
}

const prefix = "inventory:";
const known = [
  "stackName",
  "stage",
  "expiryGraceSeconds",
  "allocation",
  "mostOpenHolds",
  "tokenIssuer",
  "tokenAudience",
  "alarmTopicArn",
] as const;
type Setting = (typeof known)[number];

class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  constructor(setting: string, expected: string) {
    super(`The setting ${prefix}${setting} ${expected}.`);
  }
}

function text(node: Node, setting: Setting, pattern: RegExp, expected: string): string | null {
  const value: unknown = node.tryGetContext(`${prefix}${setting}`);
  if (value === undefined || value === "") {
    return null;
  }
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new ConfigurationError(setting, `must be ${expected}`);
  }
  return value;
}

function stageOf(node: Node): Configuration["stage"] {
  const value = text(node, "stage", /^/, "a text") ?? "prod";
  const stage = stages.find((candidate) => candidate === value);
  if (stage === undefined) {
    throw new ConfigurationError("stage", `must be one of ${stages.join(", ")}`);
  }
  return stage;
}

function wholeNumber(node: Node, setting: Setting, least: number, most: number): number | null {
  const value: unknown = node.tryGetContext(`${prefix}${setting}`);
  if (value === undefined || value === "") {
    return null;
  }
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < least || number > most) {
    throw new ConfigurationError(setting, `must be a whole number from ${least} to ${most}`);
  }
  return number;
}

function allocationOf(node: Node): AllocationStrategy {
  const value = text(node, "allocation", /^/, "a text") ?? "fewest-splits";
  const strategy = allocationStrategies.find((candidate) => candidate === value);
  if (strategy === undefined) {
    throw new ConfigurationError("allocation", `must be one of ${allocationStrategies.join(", ")}`);
  }
  return strategy;
}

function tokensOf(node: Node): Configuration["tokens"] {
  const issuer = text(node, "tokenIssuer", /^https:\/\/\S+$/, "an https address");
  const audience = text(node, "tokenAudience", /^\S+$/, "a text without spaces");
  if (issuer === null && audience === null) {
    return null;
  }
  if (issuer === null) {
    throw new ConfigurationError("tokenIssuer", "is needed with tokenAudience");
  }
  if (audience === null) {
    throw new ConfigurationError("tokenAudience", "is needed with tokenIssuer");
  }
  return { issuer, audience };
}

/** Throws an error that names the setting when one is unknown or wrong. */
export function readConfiguration(node: Node): Configuration {
  const context = node.getAllContext() as Record<string, unknown>;
  for (const name of Object.keys(context)) {
    const setting = name.startsWith(prefix) ? name.slice(prefix.length) : null;
    if (setting !== null && !known.some((candidate) => candidate === setting)) {
      throw new ConfigurationError(setting, `is unknown; there are ${known.join(", ")}`);
    }
  }
  return {
    stackName:
      text(node, "stackName", /^[A-Za-z][A-Za-z0-9-]{0,127}$/, "a stack name (letters, digits, hyphens)") ??
      "Inventory",
    stage: stageOf(node),
    expiryGraceSeconds: wholeNumber(node, "expiryGraceSeconds", 0, 86_400) ?? 3_600,
    allocation: allocationOf(node),
    mostOpenHolds: wholeNumber(node, "mostOpenHolds", 1, 100),
    tokens: tokensOf(node),
    alarmTopicArn: text(node, "alarmTopicArn", /^arn:[^:]+:sns:\S+$/, "the ARN of an SNS topic"),
  };
}
