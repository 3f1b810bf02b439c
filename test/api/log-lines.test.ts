/** What the built functions really write: the lines that tell of requests and of what follows, and the metrics. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  deploymentDimension,
  type MetricDescription,
  metricNamespace,
  metrics,
} from "../../functions/contract/metrics.ts";
import { cacheDirectory } from "../../local/synthesis.ts";
import type { ApiClient } from "./client.ts";
import { backOffice, bearerOf, storefront, tokenFor } from "./session.ts";
import { reserve, type Shelf, stockedShelf } from "./shop.ts";

// biome-ignore lint/suspicious/noExplicitAny: a line is looked at field by field by the test that asked for it.
type Line = Record<string, any>;

const logText = (): string => readFileSync(join(cacheDirectory, "test", "functions.log"), "utf8");

function lines(): readonly Line[] {
  return logText()
    .split("\n")
    .flatMap((line) => {
      // The last line may not have been written whole yet.
      const { entry } = line.endsWith("}") ? (JSON.parse(line) as { readonly entry: unknown }) : { entry: null };
      return typeof entry === "object" && entry !== null ? [entry as Line] : [];
    });
}

/** Nobody else has it, and it must not be in any line. */
const secret = `ms.lovelace-${randomUUID()}`;

let shop: ApiClient;
let shelf: Shelf;
let token: string;

beforeAll(async () => {
  const office = await backOffice();
  token = await tokenFor("inventory/read inventory/reserve");
  shop = bearerOf(token);
  shelf = await stockedShelf(office, 3, { purchaseLimit: { quantity: 2 }, lowStockThreshold: 2 });
});

const about = (reservationId: string): readonly Line[] =>
  lines().filter((line) => line["reservationId"] === reservationId);

describe("the functions' lines", () => {
  it("tell the story of a reservation across functions by its id, from its hold to its end", async () => {
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 1, customerId: secret });
    await shop.get(`/v1/reservations/${body.reservationId}`);
    await expect
      .poll(() => about(body.reservationId).map(({ service, message }) => `${service}: ${message}`), {
        timeout: 60_000,
      })
      .toEqual(
        expect.arrayContaining([
          "storefront: request",
          "storefront: request",
          "expire-reservations: reservation written",
        ]),
      );
    const story = about(body.reservationId);
    const [created, read] = story.filter(({ message }) => message === "request");
    expect(created).toMatchObject({ route: "POST /v1/reservations", status: 201, level: "INFO" });
    expect(read).toMatchObject({ route: "GET /v1/reservations/{reservationId}", requestId: expect.any(String) });
    expect(created?.["requestId"]).not.toBe(read?.["requestId"]);
    expect(story.find(({ message }) => message === "reservation written")).toMatchObject({
      from: "held",
      reservationStatus: "expired",
      way: "deadline",
      lateMs: expect.any(Number),
      messageId: expect.any(String),
      functionRequestId: expect.any(String),
    });
  });

  it("name the reservation also where the answer is a repetition", async () => {
    const body = { lines: [{ sku: shelf.sku, quantity: 1 }], customerId: randomUUID(), ttlSeconds: 600 };
    const key = { headers: { "idempotency-key": randomUUID() } };
    const made = await shop.post("/v1/reservations", body, key);
    expect((await shop.post("/v1/reservations", body, key)).headers.get("idempotent-replayed")).toBe("true");
    const repeated = () => about(made.body.reservationId).filter(({ replayed }) => replayed === "true");
    await expect.poll(() => repeated().length, { timeout: 30_000, interval: 500 }).toBe(1);
    expect((await shop.post(`/v1/reservations/${made.body.reservationId}/release`)).status).toBe(200);
  });

  it("have no customer, no token and nothing of a body, whatever comes of a request", async () => {
    const line = { sku: shelf.sku, quantity: 1 };
    const bodies = [
      { lines: [line], customerId: secret, referenceId: secret },
      { lines: [{ ...line, quantity: 9 }], customerId: secret },
      { lines: [{ ...line, quantity: secret }], customerId: secret, [secret]: secret },
    ];
    const statuses: number[] = [];
    for (const body of bodies) {
      statuses.push((await shop.post("/v1/reservations", body, { headers: { "idempotency-key": secret } })).status);
    }
    statuses.push((await shop.post("/v1/reservations", undefined, { raw: `{"customerId":"${secret}"` })).status);
    statuses.push((await bearerOf(`${token}x`).get(`/v1/availability?sku=${shelf.sku}`)).status);
    const held = await reserve(shop, shelf, 1, { customerId: secret });
    statuses.push((await shop.post(`/v1/reservations/${held.body.reservationId}/commit`, { orderId: secret })).status);
    expect(statuses).toEqual([201, 422, 400, 400, 401, 200]);
    await expect
      .poll(() => about(held.body.reservationId).length, { timeout: 30_000, interval: 500 })
      .toBeGreaterThanOrEqual(2);
    const text = logText();
    expect(text).not.toContain(secret);
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.split(".")[2]);
  });
});

/** What is wrong with a line of metrics, as CloudWatch would take it. */
function faultsOf(line: Line): readonly string[] {
  const described = new Map<string, MetricDescription>(Object.values(metrics).map((each) => [each.name, each]));
  const faults: string[] = [];
  const { Timestamp, CloudWatchMetrics } = line["_aws"];
  if (Math.abs(Date.now() - Timestamp) > 3_600_000) {
    faults.push("its time is not now");
  }
  for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
    const [dimensions] = Dimensions;
    if (Namespace !== metricNamespace || Dimensions.length !== 1 || dimensions[0] !== deploymentDimension) {
      faults.push("it is not of this service");
    }
    for (const { Name, Unit } of Metrics) {
      const { unit, by } = described.get(Name) ?? {};
      const own = by === null ? [] : [by?.dimension];
      if (Unit !== unit || JSON.stringify(dimensions.slice(1)) !== JSON.stringify(own)) {
        faults.push(`${Name} is not described so`);
      }
      if (by != null && !by.values.includes(line[by.dimension])) {
        faults.push(`${Name} has an unknown ${by.dimension}`);
      }
      if (![line[Name]].flat().every((value) => typeof value === "number" && value >= 0)) {
        faults.push(`${Name} has no value`);
      }
    }
  }
  return faults;
}

describe("the functions' metrics", () => {
  it("are lines that CloudWatch takes, of what has happened", async () => {
    const api = await storefront();
    const { body } = await reserve(api, await stockedShelf(await backOffice(), 1, { lowStockThreshold: 1 }), 1);
    expect((await api.post(`/v1/reservations/${body.reservationId}/release`)).status).toBe(200);
    const embedded = () => lines().filter((line) => "_aws" in line);
    const counted = () =>
      embedded().flatMap((line) =>
        ["Outcome", "Way", "Function"].flatMap((dimension) =>
          dimension in line ? [`${dimension}=${line[dimension]}`] : [],
        ),
      );
    await expect
      .poll(counted, { timeout: 60_000, interval: 500 })
      .toEqual(
        expect.arrayContaining(["Outcome=held", "Outcome=released", "Function=storefront", "Function=write-audit"]),
      );
    await expect
      .poll(() => embedded().some((line) => line["AlertsSent"] > 0), { timeout: 60_000, interval: 500 })
      .toBe(true);
    expect(embedded().flatMap(faultsOf)).toEqual([]);
    expect(embedded().every((line) => line[deploymentDimension].startsWith("Inventory"))).toBe(true);
  });
});
