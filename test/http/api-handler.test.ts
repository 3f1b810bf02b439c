import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { beforeEach, describe, expect, it } from "vitest";
import { type OperationId, routes } from "../../functions/contract/routes.ts";
import { contention, done, refused } from "../../functions/domain/refusal.ts";
import { apiHandler } from "../../functions/http/api-handler.ts";
import type { Answer, Call, RouteHandler, RouteHandlers, RouteOutcome } from "../../functions/http/call.ts";
import { contextWith, eventFor, fixedRuntime, RecordedLog, type RequestParts } from "./gateway.ts";

type Body = Answer<"getReservation">["body"];

const body = { reservationId: "r-1" } as Body;
const lines = [{ sku: "A", quantity: 1 }];

let log: RecordedLog;
let called: OperationId[];
let lastCall: Call<"createReservation"> | null;

beforeEach(() => {
  log = new RecordedLog();
  called = [];
  lastCall = null;
});

const handlersOf = (outcome: () => Promise<RouteOutcome<Answer<OperationId>>>) =>
  Object.fromEntries(
    Object.entries(routes)
      .filter(([, { answeredBy }]) => answeredBy === "storefront")
      .map(([operationId]) => [
        operationId,
        (async (call: Call<"createReservation">) => {
          called.push(operationId as OperationId);
          lastCall = call;
          return await outcome();
        }) as unknown as RouteHandler<OperationId>,
      ]),
  ) as unknown as RouteHandlers<"storefront">;

async function send(
  operationId: OperationId,
  parts: RequestParts = {},
  outcome: () => Promise<RouteOutcome<unknown>> = async () => done({ status: 200, body }),
  remainingMs = 10_000,
): Promise<APIGatewayProxyStructuredResultV2 & { readonly json: Record<string, unknown> }> {
  const handler = apiHandler<"storefront">(handlersOf(outcome as () => Promise<RouteOutcome<Answer<OperationId>>>), {
    answers: null,
    runtime: fixedRuntime,
    telemetry: { log, flush: () => undefined },
    isTransient: (error) => error instanceof RangeError,
  });
  const response = await handler(eventFor(operationId, parts), contextWith(remainingMs));
  return { ...response, json: response.body === undefined ? {} : JSON.parse(response.body) };
}

const onReservation = { path: { reservationId: "r-1" } };

describe("dispatch", () => {
  it("calls the operation of the route, and no other", async () => {
    for (const [operationId, { answeredBy }] of Object.entries(routes)) {
      if (answeredBy === "storefront") {
        called = [];
        const request: RequestParts = {
          ...onReservation,
          ...(operationId === "getAvailability" ? { query: { sku: "A" }, path: {} } : {}),
          ...(operationId === "createReservation" ? { body: { lines }, path: {} } : {}),
          ...(operationId === "listReservations" ? { query: { orderId: "1001" }, path: {} } : {}),
          ...(operationId === "rearrangeReservation" ? { body: { lines } } : {}),
          ...(operationId === "extendReservation" ? { body: { ttlSeconds: 1 } } : {}),
          ...(operationId === "commitReservation" ? { body: { orderId: "1001" } } : {}),
        };
        expect((await send(operationId as OperationId, request)).statusCode).toBe(200);
        expect(called).toEqual([operationId]);
      }
    }
  });

  it("finds nothing under a route of another function, or under none", async () => {
    for (const routeKey of ["PUT /v1/items/{sku}", "GET /v1/nothing", "$default", "__proto__", "constructor"]) {
      const { statusCode, json } = await send("getReservation", { routeKey });
      expect([statusCode, json["code"]]).toEqual([404, "not_found"]);
    }
    expect(called).toEqual([]);
  });
});

describe("the body", () => {
  const create = async (parts: RequestParts) => await send("createReservation", parts);

  it("is JSON, with or without a charset, plain or in base64, whatever the case of the headers", async () => {
    const json = JSON.stringify({ lines });
    const requests: readonly RequestParts[] = [
      { body: { lines } },
      { body: { lines }, headers: { "content-type": "application/json; charset=utf-8" } },
      { rawBody: json, headers: { "content-type": "text/html", "Content-Type": "application/json" } },
      { body: { lines }, headers: { "content-type": "application/merge-patch+json" } },
      { rawBody: Buffer.from(json).toString("base64"), isBase64Encoded: true },
    ];
    for (const parts of requests) {
      lastCall = null;
      expect((await create(parts)).statusCode).toBe(200);
      expect((lastCall as Call<"createReservation"> | null)?.body.lines).toEqual(lines);
    }
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])(
    "is refused as %j",
    async (type) => {
      const { statusCode, json } = await create({ body: { lines }, headers: { "content-type": type } });
      expect([statusCode, json["code"]]).toEqual([415, "unsupported_media_type"]);
    },
  );

  it.each(["{", "undefined", "{'lines':[]}", "[1,]", '{"__proto__":{"lines":[]}}', '{"constructor":{"prototype":{}}}'])(
    "is refused when it is %j",
    async (rawBody) => {
      const { statusCode, json } = await create({ rawBody });
      expect([statusCode, json["errors"]]).toEqual([400, [{ path: "body", message: "is not valid JSON" }]]);
      expect(called).toEqual([]);
    },
  );

  it.each(["[]", "null", '"lines"', "1", '""'])("is refused when it is no object but %s", async (rawBody) => {
    expect((await create({ rawBody })).statusCode).toBe(400);
  });

  it("is refused above 256 KB, counted as it was sent", async () => {
    const padded = (bytes: number) => JSON.stringify({ lines }).padEnd(bytes, " ");
    expect((await create({ rawBody: padded(262_144) })).statusCode).toBe(200);
    for (const parts of [
      { rawBody: padded(262_145) },
      { rawBody: "ä".repeat(131_073) },
      { rawBody: Buffer.from(padded(262_145)).toString("base64"), isBase64Encoded: true },
    ]) {
      const { statusCode, json } = await create(parts);
      expect([statusCode, json["code"]]).toEqual([413, "payload_too_large"]);
    }
  });

  it("may be absent where nothing must be said, and needs no content type then", async () => {
    expect((await send("releaseReservation", onReservation)).statusCode).toBe(200);
    expect((await send("releaseReservation", { ...onReservation, rawBody: "" })).statusCode).toBe(200);
    expect((await create({})).json["errors"]).toEqual([{ path: "body", message: "is missing" }]);
    expect((await create({ rawBody: "" })).statusCode).toBe(400);
  });

  it("of a GET is not looked at", async () => {
    const parts = { ...onReservation, rawBody: "{", headers: { "content-type": "text/plain" } };
    expect((await send("getReservation", parts)).statusCode).toBe(200);
  });
});

describe("an answer", () => {
  it("is JSON that nobody keeps, with the ETag of what may be changed", async () => {
    const answer = { status: 201, body, revision: 3, location: "/v1/reservations/r-1" };
    const { statusCode, headers, json } = await send("getReservation", onReservation, async () => done(answer));
    expect([statusCode, json]).toEqual([201, body]);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "cache-control": "no-store",
      etag: '"3"',
      location: "/v1/reservations/r-1",
      "Strict-Transport-Security": "max-age=15552000",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "no-referrer",
    });
    expect(headers).not.toHaveProperty("idempotent-replayed");
  });

  it("may be kept for as long as it says, and is 304 to who has it already", async () => {
    const caching = { maxAgeSeconds: 300, entityTag: "abc" };
    const ask = async (ifNoneMatch: string) =>
      await send("getReservation", { ...onReservation, headers: { "If-None-Match": ifNoneMatch } }, async () =>
        done({ status: 200, body, caching }),
      );
    const fresh = await ask('"other"');
    expect([fresh.statusCode, fresh.headers?.["cache-control"], fresh.headers?.["etag"]]).toEqual([
      200,
      "max-age=300",
      '"abc"',
    ]);
    for (const tag of ['"abc"', 'W/"abc"', '"x", "abc"', "*"]) {
      const known = await ask(tag);
      expect([known.statusCode, known.body, known.headers?.["etag"]]).toEqual([304, undefined, '"abc"']);
    }
  });

  it("of a thing with a revision is never 304: the revision guards changes and does not name the answer", async () => {
    const parts = { ...onReservation, headers: { "if-none-match": '"3"' } };
    const { statusCode } = await send("getReservation", parts, async () => done({ status: 200, body, revision: 3 }));
    expect(statusCode).toBe(200);
  });
});

describe("a failure", () => {
  const failing = async (failure: unknown) =>
    await send("getReservation", onReservation, async () => {
      throw failure;
    });

  it("that is a refusal or contention is a problem with the security headers of every answer", async () => {
    const outcomes: [RouteOutcome<never>, number][] = [
      [refused({ kind: "not-found", resource: "reservation" }), 404],
      [contention, 503],
      [{ kind: "invalid", errors: [{ path: "query.cursor", message: "is no cursor of this list" }] }, 400],
    ];
    for (const [outcome, status] of outcomes) {
      const { statusCode, headers } = await send("getReservation", onReservation, async () => outcome);
      expect(statusCode).toBe(status);
      expect(headers).toMatchObject({
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "X-Content-Type-Options": "nosniff",
      });
    }
    expect((await failing(new Error("x"))).headers).toMatchObject({ "X-Content-Type-Options": "nosniff" });
    expect((await send("createReservation", {})).headers).toMatchObject({ "X-Content-Type-Options": "nosniff" });
  });

  it("that nobody expected tells its id and nothing of what is inside, and is logged with its causes", async () => {
    const error = Object.assign(new Error("secret detail", { cause: new TypeError("inner secret") }), {
      statusCode: 418,
      expose: true,
      CancellationReasons: [{ Item: { customerId: "c-9" } }],
    });
    const { statusCode, body: text, json } = await failing(error);
    expect([statusCode, json["code"], json["requestId"]]).toEqual([500, "internal_error", "request-1"]);
    expect(text).not.toMatch(/secret|418|TypeError|at .*:\d+/);
    const [logged] = log.entries.filter(({ level }) => level === "error");
    expect(logged?.fields).toMatchObject({
      requestId: "request-1",
      route: "GET /v1/reservations/{reservationId}",
      failure: { message: "secret detail", stack: expect.any(String), cause: { message: "inner secret" } },
    });
    expect(JSON.stringify(logged)).not.toContain("c-9");
  });

  it.each(["a string", null, undefined, { a: 1 }])("is answered even when what was thrown is %j", async (thrown) => {
    expect((await failing(thrown)).statusCode).toBe(500);
  });

  it("of the storage that passes by itself is contention", async () => {
    const { statusCode, headers } = await failing(new RangeError("throttled"));
    expect([statusCode, headers?.["retry-after"]]).toEqual([503, "1"]);
    expect(log.entries).toMatchObject([{ level: "error" }, { level: "info" }]);
  });

  it("to answer before the function's time is over is told while there is time", async () => {
    const never = () => new Promise<never>(() => {});
    const { statusCode, json } = await send("getReservation", onReservation, never, 300);
    expect([statusCode, json["code"]]).toEqual([503, "contention"]);
  });

  it("of the gateway to name the caller is none of the caller's business, and nothing is done", async () => {
    expect((await send("getReservation", { ...onReservation, claims: null })).statusCode).toBe(500);
    expect(called).toEqual([]);
  });
});

describe("the log", () => {
  it("has one line for each request, without anything of the customer's", async () => {
    await send("createReservation", {
      body: { lines, customerId: "customer-7" },
      headers: { authorization: "Bearer secret-token" },
    });
    expect(log.entries).toEqual([
      {
        level: "info",
        message: "request",
        fields: {
          requestId: "request-1",
          functionRequestId: "function-request-1",
          route: "POST /v1/reservations",
          status: 200,
          durationMs: 0,
          code: undefined,
          reservationId: undefined,
          replayed: undefined,
        },
      },
    ]);
  });

  it("names the reservation and the problem", async () => {
    await send("getReservation", onReservation, async () => refused({ kind: "not-found", resource: "reservation" }));
    expect(log.entries).toMatchObject([{ fields: { status: 404, code: "not_found", reservationId: "r-1" } }]);
  });
});
