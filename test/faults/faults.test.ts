/**
 * The whole service, as built, in front of a DynamoDB that conflicts, throttles and loses answers: nothing is
 * lost, nothing counted twice, and no caller is told that stock is wanting when it is not.
 */
import { join } from "node:path";
import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { environment } from "../../functions/contract/environment.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { localCredentials } from "../../local/credentials.ts";
import { fileSink } from "../../local/function-log.ts";
import { type LocalStack, startLocalStack } from "../../local/stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly } from "../../local/synthesis.ts";
import { readTemplate, region } from "../../local/template.ts";
import { ApiClient, eventually, type Reply } from "../api/client.ts";
import { type GoodRequest, goodRequests } from "../api/good-requests.ts";
import { levelOf, movementsOf, receive, reserve, type Shelf, stockedShelf } from "../api/shop.ts";
import { type DynamoDbProxy, type Fault, startDynamoDbProxy } from "../support/dynamodb-proxy.ts";
import { inWords, isUseOfTable, permissionsFor, permissionsIn } from "../support/permissions.ts";
import { reconcileStack } from "../support/reconcile-stack.ts";

let proxy: DynamoDbProxy;
let stack: LocalStack;
let api: ApiClient;

beforeAll(async () => {
  await ensureAssembly();
  proxy = await startDynamoDbProxy();
  stack = await startLocalStack({
    port: 0,
    assemblyDirectory,
    environmentOverrides: { [environment.expiryGraceSeconds]: "0" },
    log: fileSink(join(cacheDirectory, "test", "functions-with-faults.log")).sink,
    dynamoDbEndpoint: (url) => {
      proxy.target = url;
      return proxy.url;
    },
  });
  api = new ApiClient(stack.url, await stack.tokenFor());
});
afterEach(async () => {
  proxy.rule = () => "none";
  const { differences, undecided } = await reconcileStack(stack);
  expect(differences).toEqual([]);
  expect(undecided).toEqual([]);
});
afterAll(async () => {
  await stack.stop();
  await proxy.stop();
});

const keyed = (key: string) => ({ headers: { "idempotency-key": key } });
const writes = new Set(["TransactWriteItems", "UpdateItem", "PutItem"]);

/** The life of two reservations, a correction and a change of settings; what every step answered. */
async function journey(shelf: Shelf): Promise<readonly number[]> {
  const statuses: number[] = [];
  const sold = await reserve(api, shelf, 2);
  const path = `/v1/reservations/${sold.body.reservationId}`;
  statuses.push(
    sold.status,
    (await api.post(`${path}/extend`, { ttlSeconds: 600 })).status,
    (await api.post(`${path}/commit`, { orderId: "o-1" })).status,
    (await api.post(`${path}/fulfill`)).status,
  );
  const left = await reserve(api, shelf, 3);
  statuses.push(left.status, (await api.post(`/v1/reservations/${left.body.reservationId}/release`)).status);
  const corrected = { reason: "correction", changes: [{ ...shelf, delta: -1 }] };
  statuses.push(
    (await api.post("/v1/adjustments", corrected)).status,
    (await api.put(`/v1/items/${shelf.sku}`, { name: "Other", lowStockThreshold: 1 })).status,
    (await api.patch(`/v1/levels/${shelf.sku}/${shelf.locationId}`, { lowStockThreshold: 2 })).status,
  );
  return statuses;
}

const asPlanned = [201, 200, 200, 200, 201, 200, 200, 200, 200];

describe.each<[string, Fault]>([
  ["a transaction conflict", "conflict"],
  ["throttling", "throttle"],
  ["the answer lost after the write was applied", "lose-answer"],
  ["the request lost before it arrived", "lose-request"],
])("with %s on every first try of every write", (_name, fault) => {
  it("every step is done, once", async () => {
    const shelf = await stockedShelf(api, 10);
    const before = proxy.injected[fault as keyof typeof proxy.injected];
    proxy.rule = ({ operation, attempt }) => (writes.has(operation) && attempt === 1 ? fault : "none");
    expect(await journey(shelf)).toEqual(asPlanned);
    expect(proxy.injected[fault as keyof typeof proxy.injected] - before).toBeGreaterThan(8);
    expect(await levelOf(api, shelf)).toMatchObject({ onHand: 7, reserved: 0, sellable: 7, version: 8 });
    proxy.rule = () => "none";
    const movements = await eventually(
      () => movementsOf(api, shelf),
      (found) => found.length === 8,
      30_000,
    );
    expect(movements.map(({ type }) => type)).toEqual([
      "received",
      "reserved",
      "fulfilled",
      "reserved",
      "released",
      "adjusted",
      "configured",
      "configured",
    ]);
  });
});

describe("under parallel buyers and conflicts at random", () => {
  it("sells every unit, refuses only for want of stock, and answers no 5xx", async () => {
    const shelf = await stockedShelf(api, 15);
    proxy.rule = ({ operation }) => (operation === "TransactWriteItems" && Math.random() < 0.4 ? "conflict" : "none");
    const replies = await Promise.all(Array.from({ length: 30 }, () => reserve(api, shelf, 1)));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(15);
    expect(statuses.filter((status) => status === 409)).toHaveLength(15);
    expect(await levelOf(api, shelf)).toMatchObject({ reserved: 15, sellable: 0 });
  });
});

describe("when contention does not pass", () => {
  it("conflicts end in 503 with Retry-After, never in a refusal, and nothing has changed", async () => {
    const shelf = await stockedShelf(api, 5);
    const { body } = await reserve(api, shelf, 1);
    const { createReservation, commitReservation, releaseReservation, adjustStock } = goodRequests(
      shelf,
      body.reservationId,
    );
    proxy.rule = ({ operation }) => (writes.has(operation) ? "conflict" : "none");
    const replies = await Promise.all(
      [createReservation, commitReservation, releaseReservation, adjustStock].map(send),
    );
    for (const reply of replies) {
      expect([reply.status, reply.body.code]).toEqual([503, "contention"]);
      expect(reply.headers.get("retry-after")).toBe("1");
    }
    expect(await levelOf(api, shelf)).toMatchObject({ onHand: 5, reserved: 1, version: 2 });
  });

  it("throttling ends in the same way for every call that asks a table, and nothing has changed", async () => {
    const shelf = await stockedShelf(api, 5);
    const { body } = await reserve(api, shelf, 1);
    proxy.rule = () => "throttle";
    for (const [operationId, reply] of await askEverything(shelf, body.reservationId)) {
      expect([operationId, reply.status, reply.body.code]).toEqual([operationId, 503, "contention"]);
      expect(reply.headers.get("retry-after")).toBe("1");
    }
    proxy.rule = () => "none";
    expect(await levelOf(api, shelf)).toMatchObject({ onHand: 5, reserved: 1, version: 2, settingsRevision: 1 });
  });
});

describe("when a table cannot be used at all", () => {
  it("every call that asks one is answered with an id for the log, and with nothing of what is inside", async () => {
    const shelf = await stockedShelf(api, 5);
    const { body } = await reserve(api, shelf, 1);
    proxy.rule = () => "deny";
    for (const [operationId, reply] of await askEverything(shelf, body.reservationId)) {
      expect([operationId, reply.status, reply.body.code]).toEqual([operationId, 500, "internal_error"]);
      expect(reply.body.requestId).toMatch(/\S{8}/);
      expect(JSON.stringify(reply.body)).not.toMatch(/AccessDenied|injected|DynamoDB|table/i);
    }
    proxy.rule = () => "none";
    expect(await levelOf(api, shelf)).toMatchObject({ onHand: 5, reserved: 1, version: 2, settingsRevision: 1 });
  });
});

async function send({ method, path, body }: GoodRequest): Promise<Reply> {
  return await api.request(method, path, body);
}

/** The answers to one request for each operation; health and the description ask no table. */
async function askEverything(shelf: Shelf, reservationId: string): Promise<readonly (readonly [string, Reply])[]> {
  const { getHealth: _health, getOpenApi: _description, ...requests } = goodRequests(shelf, reservationId);
  return await Promise.all(
    Object.entries(requests).map(async ([operationId, request]) => [operationId, await send(request)] as const),
  );
}

interface LostWrite {
  readonly path: string;
  readonly after: Readonly<Record<string, number>>;
  body(shelf: Shelf): unknown;
}

const lostWrites: readonly LostWrite[] = [
  { path: "/v1/reservations", after: { reserved: 1 }, body: (shelf) => ({ lines: [{ ...shelf, quantity: 1 }] }) },
  {
    path: "/v1/adjustments",
    after: { onHand: 6 },
    body: (shelf) => ({ reason: "received", changes: [{ ...shelf, delta: 1 }] }),
  },
  {
    path: "/v1/adjustments",
    after: { onHand: 3 },
    body: (shelf) => ({ reason: "cycle_count", changes: [{ ...shelf, set: 3, expected: 5 }] }),
  },
];

describe("when the answers to all tries of a write are lost", () => {
  it("a reservation, a receipt and a count are each done once by the caller's retry with the same key", async () => {
    const attempts = await Promise.all(
      lostWrites.map(async ({ path, after, body }) => {
        const shelf = await stockedShelf(api, 5);
        const attempt = async () => await api.post(path, body(shelf), keyed(`key-${shelf.sku}`));
        return { shelf, attempt, after: { ...after, version: 2 } };
      }),
    );
    proxy.rule = ({ operation }) => (operation === "TransactWriteItems" ? "lose-answer" : "none");
    const lost = await Promise.all(attempts.map(async ({ attempt }) => (await attempt()).status));
    expect(lost).toEqual([503, 503, 503]);
    proxy.rule = () => "none";
    for (const { shelf, attempt, after } of attempts) {
      expect(await levelOf(api, shelf)).toMatchObject(after);
      const [first, second] = [await attempt(), await attempt()];
      expect(first.status).toBeLessThan(300);
      expect([second.status, second.body]).toEqual([first.status, first.body]);
      expect(await levelOf(api, shelf)).toMatchObject(after);
    }
  });
});

describe("behind the stream", () => {
  it("audit, alerts and expiry come through when their writes fail half of the time", async () => {
    const shelf = await stockedShelf(api, 3, { lowStockThreshold: 1 });
    const { body } = await reserve(api, shelf, 2, { ttlSeconds: 3 });
    let calls = 0;
    proxy.rule = ({ operation }) => {
      calls += 1;
      return writes.has(operation) && calls % 2 === 0 ? "lose-answer" : "none";
    };
    await eventually(
      () => api.get(`/v1/reservations/${body.reservationId}`),
      (reply) => reply.body.status === "expired",
      30_000,
    );
    proxy.rule = () => "none";
    const movements = await eventually(
      () => movementsOf(api, shelf),
      (found) => found.length === 3,
      30_000,
    );
    expect(movements.map(({ type }) => type)).toEqual(["received", "reserved", "expired"]);
    const alerts = await eventually(
      () => api.get("/v1/alerts?status=resolved&limit=200"),
      (reply) => reply.body.items.some(({ sku }: { sku: string }) => sku === shelf.sku),
      30_000,
    );
    const ofShelf = alerts.body.items.filter(({ sku }: { sku: string }) => sku === shelf.sku);
    expect(ofShelf).toMatchObject([{ type: "low_stock", available: 1 }]);
  });
});

describe("the functions", () => {
  it("use their tables exactly as their roles allow in an account", async () => {
    const allowed = permissionsIn(readTemplate(assemblyDirectory)).filter(isUseOfTable).map(inWords);
    const shelf = await stockedShelf(api, 9, { lowStockThreshold: 8 });
    const { updatedAt } = await levelOf(api, shelf);
    const { body } = await reserve(api, shelf, 2);
    await askEverything(shelf, body.reservationId);
    await journey(await stockedShelf(api, 10));
    expect((await reserve(api, shelf, 99)).status).toBe(409);
    expect((await reserve(api, shelf, 1, { ttlSeconds: 1 })).status).toBe(201);
    await loseRecordOfExpiredHold(shelf);
    await waitInQueues();
    await loseRecordOfEndedReservation(shelf);
    await listKit(shelf);
    await sellFromCells(await stockedShelf(api, 4, { lowStockThreshold: 3 }));
    await leaveSettingsToTheStream(await stockedShelf(api, 1));
    await eventually(
      () => api.get(`/v1/levels?locationId=${shelf.locationId}`),
      (reply) => reply.body.items.length === 1,
    );
    await api.get(`/v1/levels/${shelf.sku}/${shelf.locationId}?asOf=${updatedAt}`);
    await api.get(`/v1/movements?reservationId=${body.reservationId}`);
    expect(await stack.invoke("ReconcileLevels", {})).toMatchObject({ isComplete: true, differences: 0, undecided: 0 });
    await expect
      .poll(() => [...new Set(proxy.calls.flatMap(permissionsFor).map(inWords))].sort(), { timeout: 30_000 })
      .toEqual([...new Set(allowed)].sort());
  });

  it("have put movements where there were none, and done nothing else to the audit trail", () => {
    const toTrail = proxy.calls.filter(({ body }) => JSON.stringify(body).includes(`"${stack.tables.movements}"`));
    const changes = toTrail.filter(({ operation }) => operation !== "GetItem" && operation !== "Query");
    expect(changes.length).toBeGreaterThan(10);
    for (const { caller, operation, body } of changes) {
      expect([caller.includes("WriteAudit"), operation]).toEqual([true, "PutItem"]);
      expect(body["ConditionExpression"]).toBe("attribute_not_exists(pk)");
    }
  });
});

/** Deletes the record past the service, as the table's time to live does. */
async function loseRecord(reservationId: string): Promise<void> {
  const dynamoDb = new DynamoDBClient({ endpoint: stack.dynamoDbUrl, region, credentials: localCredentials });
  const Key = marshall(inventoryKeys.reservation(reservationId));
  await dynamoDb.send(new DeleteItemCommand({ TableName: stack.tables.inventory, Key }));
  dynamoDb.destroy();
}

const willWait = { backorder: { policy: "allow" } };

/** A cart that gives up its place in the queue, a hold that is served, one that expires there, and one that is lost. */
async function waitInQueues(): Promise<void> {
  const shelf = await stockedShelf(api, 1, willWait);
  const { body } = await reserve(api, shelf, 2);
  const lines = [{ ...shelf, quantity: 1 }];
  expect((await api.put(`/v1/reservations/${body.reservationId}/lines`, { lines })).status).toBe(200);
  expect((await reserve(api, shelf, 1)).status).toBe(201);
  await receive(api, shelf, 1);
  await eventually(
    () => levelOf(api, shelf),
    ({ backordered }) => backordered === 0,
    30_000,
  );
  await loseRecordOfExpiredHold(shelf);
  expect((await reserve(api, shelf, 1, { ttlSeconds: 1 })).status).toBe(201);
  const left = await eventually(
    () => levelOf(api, shelf),
    ({ backordered }) => backordered === 0,
    30_000,
  );
  expect(left).toMatchObject({ onHand: 2, reserved: 2, backordered: 0 });

  const lost = await reserve(api, shelf, 1, { ttlSeconds: 1 });
  proxy.rule = ({ caller }) => (/ExpireReservations|ReleaseExpired/.test(caller) ? "throttle" : "none");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await loseRecord(lost.body.reservationId);
  await receive(api, shelf, 1);
  await expect
    .poll(
      () =>
        proxy.calls
          .flatMap(permissionsFor)
          .map(inWords)
          .some((each) => /Allocate.*ConditionCheckItem/.test(each)),
      {
        timeout: 15_000,
      },
    )
    .toBe(true);
  proxy.rule = () => "none";
}

/** What could be found by its reference cannot be any more. */
async function loseRecordOfEndedReservation(shelf: Shelf): Promise<void> {
  const { body } = await reserve(api, shelf, 1, { referenceId: "cart-81" });
  expect((await api.post(`/v1/reservations/${body.reservationId}/release`)).status).toBe(200);
  await loseRecord(body.reservationId);
}

async function listKit({ sku }: Shelf): Promise<void> {
  const components = [{ sku, quantity: 2 }];
  expect((await api.put(`/v1/items/kit-of-${sku}`, { name: "Kit", components })).status).toBe(201);
}

async function sellFromCells(shelf: Shelf): Promise<void> {
  const cells = `/v1/levels/${shelf.sku}/${shelf.locationId}/cells`;
  expect((await api.post(cells, { cells: 2 })).status).toBe(200);
  expect((await reserve(api, shelf, 3)).status).toBe(201);
}

/** A hold whose deadline message comes to nothing until the table's time to live has deleted its record. */
async function loseRecordOfExpiredHold(shelf: Shelf): Promise<void> {
  proxy.rule = ({ caller }) => (caller.includes("ExpireReservations") ? "throttle" : "none");
  const { body } = await reserve(api, shelf, 1, { ttlSeconds: 1 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await loseRecord(body.reservationId);
  proxy.rule = () => "none";
  const found = await eventually(
    () => api.get(`/v1/reservations/${body.reservationId}`),
    (reply) => reply.body.status === "expired",
    30_000,
  );
  expect(found.body).toMatchObject({ status: "expired" });
}

/** A change of an item that ends before it has reached the item's levels. */
async function leaveSettingsToTheStream(shelf: Shelf): Promise<void> {
  proxy.rule = ({ caller, operation }) =>
    caller.includes("BackOffice") && operation === "UpdateItem" ? "deny" : "none";
  expect((await api.put(`/v1/items/${shelf.sku}`, { name: "Thing", lowStockThreshold: 3 })).status).toBe(500);
  proxy.rule = () => "none";
  const level = await eventually(
    () => levelOf(api, shelf),
    ({ lowStockThreshold }) => lowStockThreshold === 3,
    30_000,
  );
  expect(level.lowStockThreshold).toBe(3);
}
