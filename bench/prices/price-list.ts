/**
 * What AWS charges in us-east-1, in US dollars, without its free tiers and without the discounts of large amounts.
 * AWS's own pages fill their tables in by script, so each figure was read where `readAt` says, for `page` of AWS.
 */

export interface Price {
  readonly title: string;
  /** Of one unit. */
  readonly usd: number;
  /** As it is commonly named: so many units at a time. */
  readonly per: { readonly units: number; readonly name: string };
  readonly page: string;
  /** The page's own day if it has one, and its address; null where none was found, so that the figure is not confirmed. */
  readonly readAt: { readonly day: string | null; readonly address: string } | null;
}

const million = 1_000_000;
const aws = "https://aws.amazon.com";

function price(
  title: string,
  usd: number,
  per: Price["per"],
  page: string,
  readAt: readonly [day: string | null, address: string] | null,
): Price {
  return {
    title,
    usd: usd / per.units,
    per,
    page: `${aws}/${page}/pricing/`,
    readAt: readAt === null ? null : { day: readAt[0], address: readAt[1] },
  };
}

const cloudWatchGuide = [
  "2026-06-13",
  "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/",
] as const;
const dynamoDbGuide = ["2025-07-21", "https://airbyte.com/data-engineering-resources/dynamodb-pricing"] as const;
const lambdaGuide = [null, "https://cloudchipr.com/blog/aws-lambda-pricing"] as const;
const gatewayGuide = ["2025-05-19", "https://awsforengineers.com/blog/aws-api-gateway-pricing-explained"] as const;
const cognitoGuide = [
  "2024-05-13",
  "https://dev.classmethod.jp/articles/amazon-cognito-tiered-pricing-m2m-usage",
] as const;

export const prices = {
  writeUnits: price(
    "DynamoDB write request units, on demand",
    0.625,
    { units: million, name: "million" },
    "dynamodb",
    dynamoDbGuide,
  ),
  readUnits: price(
    "DynamoDB read request units, on demand",
    0.125,
    { units: million, name: "million" },
    "dynamodb",
    dynamoDbGuide,
  ),
  storedGb: price("DynamoDB storage", 0.25, { units: 1, name: "GB and month" }, "dynamodb", [
    null,
    `${aws}/dynamodb/pricing/`,
  ]),
  recoverableGb: price("DynamoDB point-in-time recovery", 0.2, { units: 1, name: "GB and month" }, "dynamodb", null),
  invocations: price("Lambda requests", 0.2, { units: million, name: "million" }, "lambda", [
    null,
    "https://kindatechnical.com/aws-lambda/lesson-3-pricing-model.html",
  ]),
  gbSeconds: price(
    "Lambda duration, arm64",
    13.3334,
    { units: million, name: "million GB-seconds" },
    "lambda",
    lambdaGuide,
  ),
  provisionedGbSeconds: price(
    "Lambda provisioned concurrency, arm64",
    3.3334,
    { units: million, name: "million GB-seconds" },
    "lambda",
    null,
  ),
  requests: price(
    "API Gateway, HTTP API",
    1,
    { units: million, name: "million requests" },
    "api-gateway",
    gatewayGuide,
  ),
  egressGb: price("Data to the internet", 0.09, { units: 1, name: "GB" }, "ec2/on-demand", gatewayGuide),
  queueRequests: price("SQS, standard queues", 0.4, { units: million, name: "million requests" }, "sqs", [
    "2026-03-14",
    "https://cloudburn.io/blog/amazon-sqs-pricing",
  ]),
  publishes: price("SNS publishes", 0.5, { units: million, name: "million" }, "sns", [
    "2026-06-13",
    "https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols/",
  ]),
  loggedGb: price("CloudWatch logs, taken in", 0.5, { units: 1, name: "GB" }, "cloudwatch", cloudWatchGuide),
  archivedGb: price("CloudWatch logs, kept", 0.03, { units: 1, name: "GB and month" }, "cloudwatch", null),
  metrics: price(
    "CloudWatch metrics of one's own, and detailed ones",
    0.3,
    { units: 1, name: "metric and month" },
    "cloudwatch",
    ["2026-02-15", "https://signoz.io/guides/cloudwatch-pricing"],
  ),
  alarmMetrics: price("CloudWatch alarms", 0.1, { units: 1, name: "metric of an alarm and month" }, "cloudwatch", null),
  dashboards: price(
    "CloudWatch dashboards",
    3,
    { units: 1, name: "dashboard and month" },
    "cloudwatch",
    cloudWatchGuide,
  ),
  traces: price("X-Ray traces, recorded", 5, { units: million, name: "million" }, "xray", [
    null,
    `${aws}/de/xray/pricing/`,
  ]),
  clients: price("Cognito clients of machines", 6, { units: 1, name: "client and month" }, "cognito", cognitoGuide),
  tokens: price("Cognito tokens of machines", 2.25, { units: 1_000, name: "thousand" }, "cognito", cognitoGuide),
} as const satisfies Readonly<Record<string, Price>>;

export type Billed = keyof typeof prices;
