/**
 * Every problem that the API's description has for an operation is provoked by a request to that operation. Only
 * an outage makes `contention` and `internal_error`, and only a setting `hold_limit_exceeded`: other tests have those.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { OperationId } from "../../functions/contract/routes.ts";
import { type ProblemCode, problemCodes } from "../../functions/http/problem-codes.ts";
import { type RequestSchemas, requestSchemas } from "../../functions/http/schemas/requests.ts";
import { operationTexts } from "../../scripts/openapi/operations.ts";
import { type ApiClient, type Call, eventually, type Reply, unique } from "./client.ts";
import { type GoodRequest, goodRequests } from "./good-requests.ts";
import { everybody } from "./session.ts";
import { levelOf, listItem, openLocation, reserve, type Shelf, stockedShelf } from "./shop.ts";

let api: ApiClient;
let shelf: Shelf;
let requests: Readonly<Record<OperationId, GoodRequest>>;

beforeAll(async () => {
  api = await everybody();
  shelf = await stockedShelf(api, 5);
  requests = goodRequests(shelf, (await reserve(api, shelf, 1)).body.reservationId);
});

const operationIds = Object.keys(requestSchemas) as OperationId[];
const takingBody = operationIds.filter((operationId) => (requestSchemas[operationId] as RequestSchemas).body);

function expectProblem(reply: Reply, code: ProblemCode): void {
  expect([reply.status, reply.body.code]).toEqual([problemCodes[code].status, code]);
}

async function send(operationId: OperationId, changes: { query?: string; body?: unknown; call?: Call } = {}) {
  const { method, path, body } = requests[operationId];
  const query = changes.query === undefined ? "" : `${path.includes("?") ? "&" : "?"}${changes.query}`;
  return await api.request(method, `${path}${query}`, changes.body ?? body, changes.call);
}

const untouched = { onHand: 5, reserved: 1, version: 2, settingsRevision: 1 };

describe("every operation", () => {
  it.each(operationIds)("%s refuses a parameter that it does not know", async (operationId) => {
    expectProblem(await send(operationId, { query: "colour=red" }), "validation_failed");
    expect(await levelOf(api, shelf)).toMatchObject(untouched);
  });

  it.each(takingBody)("%s refuses a field that it does not know, and a body that is no JSON", async (operationId) => {
    const { body } = requests[operationId];
    expectProblem(await send(operationId, { body: { ...(body as object), colour: "red" } }), "validation_failed");
    expectProblem(await send(operationId, { call: { raw: '{"' } }), "validation_failed");
    expect(await levelOf(api, shelf)).toMatchObject(untouched);
  });

  it.each(takingBody)("%s refuses a body of 1 MB, and one that is sent as something else", async (operationId) => {
    const raw = JSON.stringify({ name: "x".repeat(1_048_576) });
    expectProblem(await send(operationId, { call: { raw } }), "payload_too_large");
    const asText = { headers: { "content-type": "text/plain" } };
    expectProblem(await send(operationId, { call: asText }), "unsupported_media_type");
    expect(await levelOf(api, shelf)).toMatchObject(untouched);
  });
});

/** A hold that has been ended by its deadline. */
async function expiredHold(lines: readonly object[], more: object = {}): Promise<string> {
  const held = await api.post("/v1/reservations", { ttlSeconds: 1, lines, ...more });
  expect(held.status).toBe(201);
  const path = `/v1/reservations/${held.body.reservationId}`;
  const ended = await eventually(
    () => api.get(path),
    ({ body }) => body.status === "expired",
  );
  expect(ended.body.status).toBe("expired");
  return path;
}

/** As many lines as have room in a transaction, each of which needs two locations once its hold has expired. */
async function cartThatBecameTooLarge(): Promise<{ readonly path: string; readonly lines: readonly object[] }> {
  const [one, other] = await Promise.all([openLocation(api), openLocation(api)]);
  const skus = await Promise.all(Array.from({ length: 50 }, () => listItem(api)));
  const adjust = async (locationId: string, delta: number) => {
    const changes = skus.map((sku) => ({ sku, locationId, delta }));
    expect((await api.post("/v1/adjustments", { reason: "correction", atomic: true, changes })).status).toBe(200);
  };
  await adjust(one, 3);
  const lines = skus.map((sku) => ({ sku, quantity: 3 }));
  const path = await expiredHold(lines);
  await adjust(one, -1);
  await adjust(other, 2);
  return { path, lines };
}

const stale: Call = { headers: { "if-match": '"9"' } };
const missing = "/v1/reservations/none";
let tooLarge: ReturnType<typeof cartThatBecameTooLarge> | undefined;

/** A hold of one unit, after these steps of its life. */
async function reservationAfter(...steps: readonly ["commit" | "fulfill" | "release", unknown?][]): Promise<string> {
  const { body } = await reserve(api, await stockedShelf(api, 2), 1);
  const path = `/v1/reservations/${body.reservationId}`;
  for (const [step, request] of steps) {
    expect((await api.post(`${path}/${step}`, request)).status).toBe(200);
  }
  return path;
}

type Provocations = Readonly<Partial<Record<ProblemCode, () => Promise<Reply>>>>;

const provocations: Readonly<Record<OperationId, Provocations>> = {
  getHealth: {},
  getOpenApi: {},
  getAvailability: {},
  createReservation: {
    unknown_sku: async () => await reserve(api, { ...shelf, sku: "no-such-sku" }, 1),
    unknown_location: async () => await reserve(api, { ...shelf, locationId: "nowhere" }, 1),
    insufficient_stock: async () => await reserve(api, shelf, 5),
    reservation_exists: async () => {
      const reservationId = unique("r");
      const free = await stockedShelf(api, 2);
      await reserve(api, free, 1, { reservationId });
      return await reserve(api, free, 2, { reservationId });
    },
    reservation_ended: async () => {
      const reservationId = unique("r");
      const free = await stockedShelf(api, 2);
      await reserve(api, free, 1, { reservationId });
      await api.post(`/v1/reservations/${reservationId}/release`);
      return await reserve(api, free, 1, { reservationId });
    },
    purchase_limit_exceeded: async () => await reserve(api, await limitedShelf(), 3, { customerId: "c-1" }),
    reservation_too_large: async () => {
      tooLarge ??= cartThatBecameTooLarge();
      return await api.post("/v1/reservations", { lines: (await tooLarge).lines });
    },
  },
  listReservations: {},
  rearrangeReservation: {
    not_found: async () => await api.put(`${missing}/lines`, { lines: [{ ...shelf, quantity: 1 }] }),
    unknown_sku: async () => await rearranged({ ...shelf, sku: "no-such-sku", quantity: 1 }),
    unknown_location: async () => await rearranged({ ...shelf, locationId: "nowhere", quantity: 1 }),
    insufficient_stock: async () => await rearranged({ ...shelf, quantity: 6 }),
    purchase_limit_exceeded: async () => {
      const limited = await limitedShelf();
      const { body } = await reserve(api, limited, 2, { customerId: "c-1" });
      return await api.put(`/v1/reservations/${body.reservationId}/lines`, { lines: [{ ...limited, quantity: 3 }] });
    },
    invalid_transition: async () =>
      await api.put(`${await reservationAfter(["release"])}/lines`, { lines: [{ ...shelf, quantity: 1 }] }),
    version_conflict: async () => await send("rearrangeReservation", { call: stale }),
    reservation_too_large: async () => {
      tooLarge ??= cartThatBecameTooLarge();
      return await rearranged(...(await tooLarge).lines);
    },
  },
  getReservation: { not_found: async () => await api.get(missing) },
  extendReservation: {
    not_found: async () => await api.post(`${missing}/extend`, { ttlSeconds: 60 }),
    invalid_transition: async () => await api.post(`${await reservationAfter(["release"])}/extend`, { ttlSeconds: 60 }),
    version_conflict: async () => await send("extendReservation", { call: stale }),
  },
  commitReservation: {
    not_found: async () => await api.post(`${missing}/commit`, { orderId: "o-1" }),
    invalid_transition: async () =>
      await api.post(`${await reservationAfter(["commit", { orderId: "o-1" }])}/commit`, { orderId: "o-2" }),
    reservation_expired: async () => {
      const last = await stockedShelf(api, 1);
      const path = await expiredHold([{ ...last, quantity: 1 }]);
      await reserve(api, last, 1);
      return await api.post(`${path}/commit`, { orderId: "o-1" });
    },
    purchase_limit_exceeded: async () => {
      const limited = await limitedShelf();
      const path = await expiredHold([{ ...limited, quantity: 2 }], { customerId: "c-1" });
      expect((await reserve(api, limited, 1, { customerId: "c-1" })).status).toBe(201);
      return await api.post(`${path}/commit`, { orderId: "o-1" });
    },
    version_conflict: async () => await send("commitReservation", { call: stale }),
    reservation_too_large: async () => {
      tooLarge ??= cartThatBecameTooLarge();
      return await api.post(`${(await tooLarge).path}/commit`, { orderId: "o-1" });
    },
  },
  releaseReservation: {
    not_found: async () => await api.post(`${missing}/release`),
    invalid_transition: async () =>
      await api.post(`${await reservationAfter(["commit", { orderId: "o-1" }], ["fulfill"])}/release`),
    version_conflict: async () => await send("releaseReservation", { call: stale }),
  },
  fulfillReservation: {
    not_found: async () => await api.post(`${missing}/fulfill`),
    invalid_transition: async () => await send("fulfillReservation"),
    would_oversell: async () => {
      const lost = await stockedShelf(api, 1);
      const { body } = await reserve(api, lost, 1);
      const path = `/v1/reservations/${body.reservationId}`;
      await api.post(`${path}/commit`, { orderId: "o-1" });
      await api.post("/v1/adjustments", { reason: "shrinkage", changes: [{ ...lost, delta: -1, force: true }] });
      return await api.post(`${path}/fulfill`);
    },
    version_conflict: async () => await send("fulfillReservation", { call: stale }),
  },
  returnUnits: {
    not_found: async () => await returned(missing, shelf),
    unknown_location: async () => await returned(await shippedOrder(), { ...shelf, locationId: "nowhere" }),
    invalid_transition: async () => await send("returnUnits"),
    version_conflict: async () => await send("returnUnits", { call: stale }),
    reservation_too_large: async () => await tooManyReturns(),
  },
  putLocation: { version_conflict: async () => await send("putLocation", { call: stale }) },
  getLocation: { not_found: async () => await api.get("/v1/locations/nowhere") },
  listLocations: {},
  putItem: {
    version_conflict: async () => await send("putItem", { call: stale }),
    cells_and_backorders: async () =>
      await api.put(`/v1/items/${(await splitShelf(4)).sku}`, { name: "Thing", backorder: { policy: "allow" } }),
  },
  getItem: { not_found: async () => await api.get("/v1/items/no-such-sku") },
  listItems: {},
  listLevels: {},
  getLevel: { not_found: async () => await api.get(`/v1/levels/${shelf.sku}/nowhere`) },
  patchLevel: {
    not_found: async () => await api.patch(`/v1/levels/${shelf.sku}/nowhere`, { lowStockThreshold: 1 }),
    version_conflict: async () => await send("patchLevel", { call: stale }),
    cells_and_backorders: async () => {
      const { sku, locationId } = await splitShelf(4);
      return await api.patch(`/v1/levels/${sku}/${locationId}`, { backorder: { policy: "allow" } });
    },
  },
  splitLevel: {
    not_found: async () => await api.post(`/v1/levels/${shelf.sku}/nowhere/cells`, { cells: 4 }),
    merge_first: async () => {
      const { sku, locationId } = await splitShelf(4);
      return await api.post(`/v1/levels/${sku}/${locationId}/cells`, { cells: 8 });
    },
    cells_and_backorders: async () => {
      const { sku, locationId } = await stockedShelf(api, 4, { backorder: { policy: "allow" } });
      return await api.post(`/v1/levels/${sku}/${locationId}/cells`, { cells: 4 });
    },
  },
  adjustStock: {
    unknown_sku: async () => await adjusted({ ...shelf, sku: "no-such-sku", delta: 1 }),
    unknown_location: async () => await adjusted({ ...shelf, locationId: "nowhere", delta: 1 }),
    would_oversell: async () => await adjusted({ ...shelf, delta: -5 }),
    quantity_conflict: async () => await adjusted({ ...shelf, delta: 1, expected: 9 }),
    merge_first: async () => await adjusted({ ...(await splitShelf(4)), delta: -1 }),
    kit_has_no_stock: async () => {
      const part = await stockedShelf(api, 1);
      const kit = `${part.sku}-kit`;
      await api.put(`/v1/items/${kit}`, { name: "Kit", components: [{ sku: part.sku, quantity: 1 }] });
      return await adjusted({ ...part, sku: kit, delta: 1 });
    },
  },
  listMovements: {},
  listBackorders: {},
  listAlerts: {},
};

/** Two units for each customer. */
async function limitedShelf(): Promise<Shelf> {
  return await stockedShelf(api, 9, { purchaseLimit: { quantity: 2 } });
}

/** A level that is split into so many cells, which have all of its units. */
async function splitShelf(cells: number): Promise<Shelf> {
  const split = await stockedShelf(api, cells);
  const path = `/v1/levels/${split.sku}/${split.locationId}/cells`;
  expect((await api.post(path, { cells })).status).toBe(200);
  return split;
}

/** The lines of the hold that all of these tests share, changed to these. */
async function rearranged(...lines: readonly object[]): Promise<Reply> {
  return await send("rearrangeReservation", { body: { lines } });
}

async function shippedOrder(): Promise<string> {
  return await reservationAfter(["commit", { orderId: "o-1" }], ["fulfill"]);
}

/** One unit comes back to a place, of whatever SKU was shipped. */
async function returned(path: string, { locationId }: Pick<Shelf, "locationId">): Promise<Reply> {
  const { body } = await api.get(path);
  const sku = body.lines?.[0].sku ?? shelf.sku;
  return await api.post(`${path}/return`, { lines: [{ sku, locationId, quantity: 1, disposition: "restock" }] });
}

/** Kits of thirty components come back to four places: a hundred and twenty levels. */
async function tooManyReturns(): Promise<Reply> {
  const places = await Promise.all(Array.from({ length: 4 }, async () => await openLocation(api)));
  const [home = ""] = places;
  const skus = await Promise.all(Array.from({ length: 30 }, async () => await listItem(api)));
  const changes = skus.map((sku) => ({ sku, locationId: home, delta: 4 }));
  expect((await api.post("/v1/adjustments", { reason: "received", changes })).status).toBe(200);
  const kit = await listItem(api, { components: skus.map((sku) => ({ sku, quantity: 1 })) });
  const held = await reserve(api, { sku: kit, locationId: home }, 4);
  const path = `/v1/reservations/${held.body.reservationId}`;
  expect((await api.post(`${path}/commit`, { orderId: "o-1" })).status).toBe(200);
  expect((await api.post(`${path}/fulfill`)).status).toBe(200);
  const lines = places.map((locationId) => ({ sku: kit, locationId, quantity: 1, disposition: "restock" }));
  return await api.post(`${path}/return`, { lines });
}

async function adjusted(change: object): Promise<Reply> {
  return await api.post("/v1/adjustments", { reason: "correction", changes: [change] });
}

describe("a problem of one operation", () => {
  it.each(operationIds)("is provoked here: all of %s", (operationId) => {
    expect(Object.keys(provocations[operationId]).sort()).toEqual(
      operationTexts[operationId].problems.filter((code) => code !== "hold_limit_exceeded").sort(),
    );
  });

  const all = Object.entries(provocations).flatMap(([operationId, byCode]) =>
    Object.entries(byCode).map(([code, provoke]) => [operationId, code as ProblemCode, provoke] as const),
  );

  it.each(all)("%s: %s", async (_operationId, code, provoke) => {
    expectProblem(await provoke(), code);
    expect(await levelOf(api, shelf)).toMatchObject(untouched);
  });

  it("leaves nothing behind where there was nothing", async () => {
    expect((await api.get("/v1/levels/no-such-sku/nowhere")).status).toBe(404);
    expect((await api.get(`/v1/levels/no-such-sku/${shelf.locationId}`)).status).toBe(404);
    expect((await api.get(`/v1/levels/${shelf.sku}/nowhere`)).status).toBe(404);
    expect((await api.get("/v1/items/no-such-sku")).status).toBe(404);
  });
});

describe("an Idempotency-Key that belongs to another body", () => {
  it.each<[OperationId, unknown]>([
    ["createReservation", { lines: [{ sku: "no-such-sku", quantity: 1 }] }],
    ["extendReservation", { ttlSeconds: 61 }],
    ["commitReservation", { orderId: "o-2" }],
    ["releaseReservation", { reason: "other" }],
    ["adjustStock", { reason: "received", changes: [{ sku: "no-such-sku", locationId: "nowhere", delta: 1 }] }],
  ])("is refused: %s", async (operationId, body) => {
    const own = await stockedShelf(api, 2);
    const request = goodRequests(own, (await reserve(api, own, 1)).body.reservationId)[operationId];
    const keyed: Call = { headers: { "idempotency-key": unique("key") } };
    expect((await api.request(request.method, request.path, request.body, keyed)).status).toBeLessThan(300);
    const { version } = await levelOf(api, own);
    expectProblem(await api.request(request.method, request.path, body, keyed), "idempotency_key_reused");
    expect((await levelOf(api, own)).version).toBe(version);
  });
});
