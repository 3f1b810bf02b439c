/** That saved queries ask for what the functions log: their fields are compared with lines that the functions write. */
import { PutCommand, type PutCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Context, DynamoDBRecord, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { publishChanges } from "../../functions/changes/publish-changes.ts";
import type { Observation } from "../../functions/domain/observation.ts";
import { refused } from "../../functions/domain/refusal.ts";
import { apiHandler } from "../../functions/http/api-handler.ts";
import type { RouteHandlers } from "../../functions/http/call.ts";
import { queueConsumer } from "../../functions/queue-consumer.ts";
import { walkTable } from "../../functions/reconcile/walk-table.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { creationOfLevel } from "../../functions/storage/level-writes.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { telemetryOf } from "../../functions/telemetry.ts";
import { aHold, aLevel } from "../domain/sample.ts";
import { contextWith, eventFor } from "../http/gateway.ts";
import { memoryClient } from "../simulation/database/memory-client.ts";
import { schemas, tables } from "../simulation/world/world.ts";
import { prod, shortOf } from "./synthesised.ts";

/** A line that Lambda writes by itself of an invocation, here of one that it ended (the schema of `platform.report`). */
const reportOfLambda = {
  time: "2026-01-31T02:10:00.000Z",
  type: "platform.report",
  record: { requestId: "6f7f0961-f83c-4d07-8afe-a2b1f3a1b0a5", metrics: { durationMs: 10_000 }, status: "timeout" },
};

const written: string[] = [];
let lines: readonly Record<string, unknown>[];

/** A request that is refused, and one that fails unexpectedly. */
async function answerRequests(): Promise<void> {
  const handlers = {
    getReservation: async () => refused({ kind: "not-found", resource: "reservation" }),
    commitReservation: async () => {
      throw new Error("unexpected");
    },
  } as unknown as RouteHandlers<"storefront">;
  const parts = { answers: null, runtime: systemRuntime, isTransient: () => false };
  const handler = apiHandler<"storefront">(handlers, { ...parts, telemetry: telemetryOf("storefront") });
  const path = { reservationId: "r-1" };
  await handler(eventFor("getReservation", { path }), contextWith());
  await handler(eventFor("commitReservation", { path, body: { orderId: "o-1" } }), contextWith());
}

async function workOnMessages(): Promise<void> {
  const consume = queueConsumer<{ readonly reservationId: string }>(
    telemetryOf("expire-reservations"),
    async () => ({ kind: "retry", reason: "busy" }),
    ({ reservationId }) => reservationId,
  );
  const record = { messageId: "m-1", body: '{"reservationId":"r-1"}', attributes: { ApproximateReceiveCount: "1" } };
  await consume({ Records: [record] } as unknown as SQSEvent, contextWith() as Context);
}

async function observeAll(): Promise<void> {
  const { observe } = telemetryOf("release-expired");
  const reservation = { ...aHold, status: "expired", endedAtMs: 1 } as const;
  const observations: readonly Observation[] = [
    { kind: "planned", reservation: aHold, writes: 3 },
    { kind: "contended", reason: "conflict", tries: 1, waitMs: 3 },
    { kind: "contended", reason: "throttled", tries: 2, waitMs: null },
    { kind: "planned-again", tries: 3 },
    { kind: "reservation-written", from: "held", reservation, way: "time-to-live", atMs: 2_000_000 },
    { kind: "alert-sent", alertId: "a", type: "low_stock" },
  ];
  observations.forEach(observe);
}

async function failToForward(): Promise<void> {
  const forward = publishChanges({
    queues: { audit: "", alerts: "", views: "", settings: "", backorders: "", deadlines: "", expired: "" },
    send: async () => [],
    runtime: systemRuntime,
    telemetry: telemetryOf("publish-changes"),
  });
  const corrupt = { dynamodb: { SequenceNumber: "1", Keys: { pk: { S: "SKU#A" }, sk: { S: "ITEM" } }, NewImage: {} } };
  await forward({ Records: [corrupt as unknown as DynamoDBRecord] });
}

/** A level that has no movement at all, and a reservation that is none. */
async function findDifferences(): Promise<void> {
  const client = memoryClient(schemas);
  const level = creationOfLevel(tables.inventory, aLevel({ onHand: 1 }));
  const reservation = { TableName: tables.inventory, Item: { ...inventoryKeys.reservation("r-1"), status: "?" } };
  for (const input of [level.Put, reservation]) {
    await client.send(new PutCommand(input as PutCommandInput));
  }
  const { log, metrics } = telemetryOf("reconcile-levels");
  const endsAtMs = Number.POSITIVE_INFINITY;
  const limits = { endsAtMs, givesUpAtMs: endsAtMs, settleMs: 0, mostMovements: 10, mostItems: 1_000 };
  await walkTable({ client, tables, runtime: systemRuntime, log, metrics }, limits);
}

beforeAll(async () => {
  vi.stubEnv("DEPLOYMENT", "shop");
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
  vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-67f0c0de-0123456789abcdef01234567");
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
  const errors = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
  try {
    for (const make of [answerRequests, workOnMessages, observeAll, failToForward, findDifferences]) {
      await make();
    }
  } finally {
    spy.mockRestore();
    errors.mockRestore();
  }
  lines = [
    ...written
      .flatMap((chunk) => chunk.split("\n"))
      .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
    reportOfLambda,
  ];
});
afterAll(() => {
  vi.unstubAllEnvs();
});

/** `failure.name` and the like, as Logs Insights finds them. */
function fieldsOf(value: Record<string, unknown>, before = ""): readonly string[] {
  return Object.entries(value).flatMap(([name, part]) => [
    `${before}${name}`,
    ...(typeof part === "object" && part !== null && !Array.isArray(part)
      ? fieldsOf(part as Record<string, unknown>, `${before}${name}.`)
      : []),
  ]);
}

const queries = prod.of("AWS::Logs::QueryDefinition").map(([, { Properties }]) => ({
  name: Properties.Name as string,
  text: Properties.QueryString as string,
  groups: Properties.LogGroupNames as readonly { readonly Ref: string }[],
}));

/** Words of the query language, and what it calls the parts of every line. */
const language = new Set(
  "fields filter stats sort limit by as and or in asc desc count count_distinct max pct ispresent".split(" "),
);

/** The names in a query that must be fields: all but the language's own, texts, and what the query itself names. */
function namesIn(text: string): readonly string[] {
  const plain = text.replaceAll(/"[^"]*"/g, "");
  const own = new Set([...plain.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  return [...new Set(plain.match(/@?[A-Za-z_][\w.]*/g) ?? [])].filter(
    (name) => !name.startsWith("@") && !language.has(name) && !own.has(name),
  );
}

/** The messages that a query looks for. */
function messagesIn(text: string): readonly string[] {
  const [filter = ""] = text.match(/message (=|in) [^|\n]*/) ?? [];
  return [...filter.matchAll(/"([^"]+)"/g)].map(([, message]) => message as string);
}

describe("a saved query", () => {
  it("is there for what one asks at night", () => {
    expect(queries.map(({ name }) => name.split("/")[1]).sort()).toEqual([
      "failed messages by queue and reason",
      "holds that ended late",
      "latency by route",
      "refusals by problem",
      "retries by reason (log level DEBUG)",
      "slow requests",
      "the story of a request",
      "the story of a reservation",
      "unexpected failures",
      "what reconcile found",
    ]);
  });

  it.each(queries)("$name asks for fields that lines have", ({ text }) => {
    const known = new Set(lines.flatMap((line) => fieldsOf(line)));
    expect(namesIn(text).length).toBeGreaterThan(0);
    expect(namesIn(text).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(queries)("$name looks for messages that are logged", ({ text }) => {
    const known = lines.map(({ message }) => message);
    expect(messagesIn(text).filter((message) => !known.includes(message))).toEqual([]);
  });

  it.each(["the story of a request", "unexpected failures"])("%s finds Lambda's own report", (name) => {
    const { text } = queries.find((query) => query.name.endsWith(`/${name}`)) ?? { text: "" };
    expect(text).toMatch(name.startsWith("the story") ? /or record\.requestId = / : /or record\.status in \["timeout"/);
  });

  it("looks at the log groups of the service, the stories at all of them", () => {
    const all = prod.of("AWS::Lambda::Function").map(([, { Properties }]) => Properties.LoggingConfig.LogGroup.Ref);
    for (const { name, groups } of queries) {
      const names = groups.map(({ Ref }) => Ref);
      expect(all).toEqual(expect.arrayContaining(names));
      expect(names.length === all.length || !name.includes("story")).toBe(true);
      expect(names.map(shortOf).every((group) => group.endsWith("Logs"))).toBe(true);
    }
  });
});
