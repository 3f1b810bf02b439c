/** The settings of the CDK app, read from the context (`cdk.json` or `-c inventory:<name>=<value>`). */
import { Duration } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Node } from "constructs";
import * as z from "zod";
import { allocationStrategies } from "../functions/contract/allocation.ts";
import { type Figure, mostOpenHolds, reservationTimes } from "../functions/contract/settings.ts";
import {
  bounds,
  isOrigin,
  isStreamArn,
  isTableName,
  type ServiceSettings,
  stages,
  type TokenIssuer,
  usual,
} from "./settings.ts";

/** What the context says of the stack and of the service in it. */
export interface Configuration {
  readonly stackName: string;
  readonly service: ServiceSettings;
  /** Where alarms are sent; null: they are only shown. */
  readonly alarmTopicArn: string | null;
  /** Where alerts are published; null: a topic is made. */
  readonly alertTopicArn: string | null;
}

const prefix = "inventory:";
const daySeconds = 86_400;

/** A wrong or unknown setting; the message begins with its name. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  constructor(setting: string, problem: string) {
    super(`The setting ${prefix}${setting} ${problem}.`);
  }
}

/** The command line gives texts only. */
function wholeNumber({ least, most }: Pick<Figure, "least" | "most">) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.preprocess(
    (value) => (typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(expected).min(least, expected).max(most, expected),
  );
}

function days({ least, most }: Figure) {
  return wholeNumber({ least: least / daySeconds, most: most / daySeconds });
}

function text(pattern: RegExp, expected: string) {
  return z.string(expected).regex(pattern, expected);
}

/** A list, or a text with commas. */
function list(isOne: (text: string) => boolean, expected: string) {
  return z.preprocess(
    (value) => (typeof value === "string" ? value.split(",") : value),
    z.array(z.string(expected).refine(isOne, expected), expected).min(1, expected),
  );
}

/** For ever is not among them: the rule packs of this app want an end, so that its synthesis would fail. */
const retentions = Object.values(RetentionDays).filter(
  (days) => typeof days === "number" && days !== RetentionDays.INFINITE,
);
const tableName = z.string().refine(isTableName, "the name of a table").optional();
const topicArn = text(/^arn:[^:]+:sns:\S+$/, "the ARN of an SNS topic");

const schema = z.strictObject({
  stackName: text(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, "a stack name (letters, digits, hyphens)").default("Inventory"),
  stage: z.enum(stages, `one of ${stages.join(", ")}`).default(usual.stage),
  tokenIssuer: text(/^https:\/\/\S+$/, "an https address").optional(),
  tokenAudience: list((one) => /^\S+$/.test(one), "one audience or several, without spaces").optional(),
  usualHoldSeconds: wholeNumber(reservationTimes.usualHoldSeconds).default(reservationTimes.usualHoldSeconds.usual),
  longestHoldSeconds: wholeNumber(reservationTimes.longestHoldSeconds).default(
    reservationTimes.longestHoldSeconds.usual,
  ),
  expiryGraceSeconds: wholeNumber(reservationTimes.expiryGraceSeconds).default(
    reservationTimes.expiryGraceSeconds.usual,
  ),
  mostOpenHolds: wholeNumber(mostOpenHolds).optional(),
  endedRetentionDays: days(reservationTimes.endedRetentionSeconds).default(
    reservationTimes.endedRetentionSeconds.usual / daySeconds,
  ),
  fulfilledRetentionDays: days(reservationTimes.fulfilledRetentionSeconds).default(
    reservationTimes.fulfilledRetentionSeconds.usual / daySeconds,
  ),
  logRetentionDays: z
    .preprocess(Number, z.literal(retentions, `one of ${retentions.join(", ")}`))
    .default(usual.logRetention),
  allocation: z.enum(allocationStrategies, `one of ${allocationStrategies.join(", ")}`).default(usual.allocation),
  storefrontRequestsPerSecond: wholeNumber(bounds.requestsPerSecond).default(usual.requestsPerSecond.storefront),
  backOfficeRequestsPerSecond: wholeNumber(bounds.requestsPerSecond).default(usual.requestsPerSecond.backOffice),
  documentsRequestsPerSecond: wholeNumber(bounds.requestsPerSecond).default(usual.requestsPerSecond.documents),
  warmReservationsPerSecond: wholeNumber(bounds.warmReservationsPerSecond).optional(),
  provisionedConcurrency: wholeNumber(bounds.provisionedConcurrency).optional(),
  corsOrigins: list(isOrigin, "origins such as https://shop.example.com, separated by commas").optional(),
  restoredInventory: z.string().refine(isStreamArn, "the ARN of the stream of a table").optional(),
  restoredMovements: tableName,
  restoredViews: tableName,
  alarmTopicArn: topicArn.optional(),
  alertTopicArn: topicArn.optional(),
});

/** Each setting's name, its least and most, and its default, as JSON Schema; `docs/configuration.md` says the same. */
export function configurationSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: "output" });
}

/** The settings that are there; an empty text is none, so that the command line can take one away. */
function settingsIn(node: Node): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(node.getAllContext() as Record<string, unknown>).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== "" ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

function tokensOf({ tokenIssuer: issuer, tokenAudience: audience }: z.output<typeof schema>): TokenIssuer | undefined {
  if (issuer === undefined && audience === undefined) {
    return undefined;
  }
  if (issuer === undefined) {
    throw new ConfigurationError("tokenIssuer", "is needed with tokenAudience");
  }
  if (audience === undefined) {
    throw new ConfigurationError("tokenAudience", "is needed with tokenIssuer");
  }
  return { issuer, audience };
}

/** Throws an error that names the setting when one is unknown or wrong. */
export function readConfiguration(node: Node): Configuration {
  const read = schema.safeParse(settingsIn(node));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw issue?.code === "unrecognized_keys"
      ? new ConfigurationError(issue.keys.join(), `is unknown; there are ${Object.keys(schema.shape).join(", ")}`)
      : new ConfigurationError(String(issue?.path[0]), `must be ${issue?.message}`);
  }
  const settings = read.data;
  if (settings.usualHoldSeconds > settings.longestHoldSeconds) {
    throw new ConfigurationError("usualHoldSeconds", "must not be more than longestHoldSeconds");
  }
  return {
    stackName: settings.stackName,
    service: {
      stage: settings.stage,
      tokens: tokensOf(settings),
      usualHold: Duration.seconds(settings.usualHoldSeconds),
      longestHold: Duration.seconds(settings.longestHoldSeconds),
      expiryGrace: Duration.seconds(settings.expiryGraceSeconds),
      endedRetention: Duration.days(settings.endedRetentionDays),
      fulfilledRetention: Duration.days(settings.fulfilledRetentionDays),
      logRetention: settings.logRetentionDays,
      allocation: settings.allocation,
      requestsPerSecond: {
        storefront: settings.storefrontRequestsPerSecond,
        backOffice: settings.backOfficeRequestsPerSecond,
        documents: settings.documentsRequestsPerSecond,
      },
      mostOpenHolds: settings.mostOpenHolds,
      warmReservationsPerSecond: settings.warmReservationsPerSecond,
      provisionedConcurrency: settings.provisionedConcurrency,
      corsOrigins: settings.corsOrigins,
      restored: {
        inventoryStreamArn: settings.restoredInventory,
        movementsTableName: settings.restoredMovements,
        viewsTableName: settings.restoredViews,
      },
    },
    alarmTopicArn: settings.alarmTopicArn ?? null,
    alertTopicArn: settings.alertTopicArn ?? null,
  };
}
