/** What the prices are reckoned with beside what was measured; docs/costs.md says all of it. */

import { EmbeddedMetrics } from "../../functions/metrics.ts";

/**
 * CPU time of a warm request at one whole core, measured by `npm run bench -- bundles` (mean, on an x86 server core at
 * Node 24): 0.8 to 1.1 ms with one call to DynamoDB, 1.6 to 1.8 ms with two. Consumers are taken to be alike.
 */
export function cpuMs(calls: number): number {
  return 0.25 + 0.75 * calls;
}

/** Lambda gives a whole core at so much memory: "Configure Lambda function memory", docs.aws.amazon.com/lambda. */
export const wholeCoreMb = 1_769;

/** Assumed: from a function, there and back. */
export const waitingMs = { dynamoDb: 8, queue: 10, topic: 15 } as const;

/** Of X-Ray's default rule: the first invocation of a function in each second, and of the others so many. */
export const tracedShare = 0.05;

/** Functions that are at work all day, each with a first invocation in each second. */
const busyFunctions = 7;
export const secondsOfMonth = 30 * 86_400;

/** How many of a month's invocations are traced; spread evenly, which is the dearest. */
export function tracedOf(invocations: number): number {
  const firsts = Math.min(invocations, busyFunctions * secondsOfMonth);
  return firsts + tracedShare * (invocations - firsts);
}

/** Pollers that Lambda keeps at each queue, and how long each waits for a message. Assumed, as AWS's blog describes them. */
export const polling = { pollers: 5, seconds: 20 } as const;

/**
 * What a run of reconcile may take, docs/observability.md: for the movements, for the items of up to 1 KB that it passes,
 * and for the reads of each that is judged. Assumed: one item of ten is a level or an open reservation.
 */
export const longestRun = { seconds: 510, readUnits: 8_500 + 100_000 / 4 + (100_000 / 10) * 4 } as const;

/** Metrics that HTTP APIs write for a route: developer guide, "Working with metrics for HTTP APIs". */
export const metricsOfRoute = 6;

/** What CloudWatch counts on top of the bytes of each line: PutLogEvents in its API reference. */
const bytesOfLine = 26;

/** Lines as Lambda, the functions and the gateway write them. */
const platformLines = [
  {
    time: "2026-11-26T04:31:18.123Z",
    type: "platform.start",
    record: {
      requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
      functionArn:
        "arn:aws:lambda:us-east-1:123456789012:function:Inventory-ServiceApiStorefrontFunction0A1B2C3D-4e5f6a7b8c9d",
      version: "$LATEST",
    },
  },
  {
    time: "2026-11-26T04:31:18.145Z",
    type: "platform.report",
    record: {
      requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
      metrics: { durationMs: 21.443, billedDurationMs: 22, memorySizeMB: 1769, maxMemoryUsedMB: 118 },
      tracing: {
        spanId: "5b8aa5a2d2c872e8",
        type: "X-Amzn-Trace-Id",
        value: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
      },
      status: "success",
    },
  },
];
const requestLine = {
  level: "INFO",
  message: "request",
  timestamp: "2026-11-26T04:31:18.144Z",
  service: "storefront",
  sampling_rate: 0,
  xray_trace_id: "1-5759e988-bd862e3fe1be46a994272793",
  requestId: "JKJaXmPLvHcESHA=",
  functionRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
  reservationId: "r-9mZ2xW3cQ1e8T6vB4nK7pA",
  route: "POST /v1/reservations",
  status: 201,
  durationMs: 20,
};
const accessLine = {
  requestId: "JKJaXmPLvHcESHA=",
  requestTime: "26/Nov/2026:04:31:18 +0000",
  routeKey: "POST /v1/reservations",
  status: "201",
  latencyMs: "31",
  integrationMs: "28",
  integrationRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
  error: "-",
};

/** As a function writes it of a request that changes a reservation. */
function metricLine(): string {
  const lines: string[] = [];
  const metrics = new EmbeddedMetrics("Inventory-Service", (line) => lines.push(line));
  metrics.add("reservations", 1, "held");
  metrics.flush();
  return lines.join("\n");
}

function bytesOf(...lines: readonly object[]): number {
  return lines.reduce((sum, line) => sum + JSON.stringify(line).length + bytesOfLine, 0);
}

export const loggedBytes = {
  invocation: bytesOf(...platformLines),
  request: bytesOf(requestLine, accessLine),
  metrics: metricLine().length + bytesOfLine,
} as const;

/** With headers: a reservation; a page of 20 SKUs. */
export const answerBytes = { reservation: 1_500, availability: 9_000 } as const;
