import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { ifMatch, keyed, levelOf, pathOf, receive, reserve, type Shelf, split, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

async function committed(shelf: Shelf, quantity = 1): Promise<string> {
  const path = pathOf(await reserve(shop, shelf, quantity));
  await shop.post(`${path}/commit`, { orderId: "o-1" });
  return path;
}

async function shipped(shelf: Shelf, quantity: number): Promise<string> {
  const path = await committed(shelf, quantity);
  await office.post(`${path}/fulfill`);
  return path;
}

const restock = (shelf: Shelf, quantity: number) => ({ lines: [{ ...shelf, quantity, disposition: "restock" }] });

describe("an Idempotency-Key", () => {
  const operations: readonly [string, (shelf: Shelf, key: string) => Promise<() => Promise<Reply>>][] = [
    [
      "a reservation",
      async (shelf, key) => () => shop.post("/v1/reservations", { lines: [{ ...shelf, quantity: 1 }] }, keyed(key)),
    ],
    [
      "an adjustment",
      async (shelf, key) => () =>
        office.post("/v1/adjustments", { reason: "received", changes: [{ ...shelf, delta: 1 }] }, keyed(key)),
    ],
    [
      "a commit",
      async (shelf, key) => {
        const { body } = await reserve(shop, shelf, 1);
        return () => shop.post(`/v1/reservations/${body.reservationId}/commit`, { orderId: "o-1" }, keyed(key));
      },
    ],
    [
      "an extension",
      async (shelf, key) => {
        const { body } = await reserve(shop, shelf, 1);
        return () => shop.post(`/v1/reservations/${body.reservationId}/extend`, { ttlSeconds: 700 }, keyed(key));
      },
    ],
    [
      "a release",
      async (shelf, key) => {
        const { body } = await reserve(shop, shelf, 1);
        return () => shop.post(`/v1/reservations/${body.reservationId}/release`, {}, keyed(key));
      },
    ],
    [
      "a fulfilment",
      async (shelf, key) => {
        const path = await committed(shelf);
        return () => office.post(`${path}/fulfill`, undefined, keyed(key));
      },
    ],
    [
      "a shipment in part",
      async (shelf, key) => {
        const path = await committed(shelf, 4);
        return () => office.post(`${path}/fulfill`, { lines: [{ ...shelf, quantity: 1 }] }, keyed(key));
      },
    ],
    [
      "a return",
      async (shelf, key) => {
        const path = await shipped(shelf, 4);
        return () => office.post(`${path}/return`, restock(shelf, 1), keyed(key));
      },
    ],
  ];

  it.each(operations)("makes %s happen once and gives the first answer again", async (_name, prepare) => {
    const shelf = await stockedShelf(office, 5);
    const send = await prepare(shelf, unique("key"));
    const first = await send();
    expect([200, 201]).toContain(first.status);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const { version } = await levelOf(office, shelf);
    const again = await send();
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect((await levelOf(office, shelf)).version).toBe(version);
  });

  it.each(operations)("makes %s happen once even when sent ten times at once", async (_name, prepare) => {
    const shelf = await stockedShelf(office, 20);
    const send = await prepare(shelf, unique("key"));
    const { version } = await levelOf(office, shelf);
    const replies = await Promise.all(Array.from({ length: 10 }, send));
    expect(new Set(replies.map(({ status }) => (status < 300 ? "ok" : status)))).toEqual(new Set(["ok"]));
    expect((await levelOf(office, shelf)).version - version).toBeLessThanOrEqual(1);
  });

  it("is refused with another body", async () => {
    const shelf = await stockedShelf(office, 5);
    const key = unique("key");
    await shop.post("/v1/reservations", { lines: [{ ...shelf, quantity: 1 }] }, keyed(key));
    const reused = await shop.post("/v1/reservations", { lines: [{ ...shelf, quantity: 2 }] }, keyed(key));
    expect([reused.status, reused.body.code]).toEqual([422, "idempotency_key_reused"]);
    const other = unique("key");
    await office.post("/v1/adjustments", { reason: "received", changes: [{ ...shelf, delta: 1 }] }, keyed(other));
    const changed = await office.post(
      "/v1/adjustments",
      { reason: "received", changes: [{ ...shelf, delta: 2 }] },
      keyed(other),
    );
    expect([changed.status, changed.body.code]).toEqual([422, "idempotency_key_reused"]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 6, reserved: 1 });
  });

  it("of a shipment, a return or a split is refused with another body", async () => {
    const shelf = await stockedShelf(office, 9);
    const paid = await committed(shelf, 4);
    const lines = (quantity: number) => ({ lines: [{ ...shelf, quantity }] });
    for (const [path, first, other] of [
      [`${paid}/fulfill`, lines(1), lines(2)],
      [`${paid}/return`, restock(shelf, 1), { lines: [{ ...shelf, quantity: 1, disposition: "damaged" }] }],
      [`/v1/levels/${shelf.sku}/${shelf.locationId}/cells`, { cells: 2 }, { cells: 3 }],
    ] as const) {
      const key = unique("key");
      expect((await office.post(path, first, keyed(key))).status).toBe(200);
      const before = await levelOf(office, shelf);
      const reused = await office.post(path, other, keyed(key));
      expect([reused.status, reused.body.code]).toEqual([422, "idempotency_key_reused"]);
      expect(await levelOf(office, shelf)).toEqual(before);
    }
  });

  it("makes a split happen once, also after the level was merged again", async () => {
    const shelf = await stockedShelf(office, 9);
    const key = unique("key");
    const first = await split(office, shelf, 3, keyed(key));
    expect([first.status, first.body.cells]).toEqual([200, 3]);
    await split(office, shelf, 1);
    const again = await split(office, shelf, 3, keyed(key));
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await levelOf(office, shelf)).toMatchObject({ cells: 1, onHand: 9 });
  });

  it("does not remember a refused return: the same request succeeds once the goods were shipped", async () => {
    const shelf = await stockedShelf(office, 5);
    const path = await committed(shelf, 2);
    const key = unique("key");
    const send = () => office.post(`${path}/return`, restock(shelf, 1), keyed(key));
    expect((await send()).status).toBe(409);
    await office.post(`${path}/fulfill`);
    expect((await send()).body).toMatchObject({ lines: [{ returned: 1 }] });
    expect((await send()).body).toMatchObject({ lines: [{ returned: 1 }] });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 4 });
  });

  it("does not remember a refusal: the same request succeeds after a restock", async () => {
    const shelf = await stockedShelf(office, 1);
    const key = unique("key");
    const send = () => shop.post("/v1/reservations", { lines: [{ ...shelf, quantity: 2 }] }, keyed(key));
    expect((await send()).status).toBe(409);
    await receive(office, shelf, 1);
    expect((await send()).status).toBe(201);
  });

  it("belongs to its path: the same key elsewhere is another request", async () => {
    const shelf = await stockedShelf(office, 5);
    const key = unique("key");
    const { body } = await shop.post("/v1/reservations", { lines: [{ ...shelf, quantity: 1 }] }, keyed(key));
    const commit = await shop.post(`/v1/reservations/${body.reservationId}/commit`, { orderId: "o" }, keyed(key));
    expect(commit.body).toMatchObject({ status: "committed" });
  });
});

describe("a repeated reservation", () => {
  it("is answered, and not refused, also when the last units are its own and nobody kept the answer", async () => {
    const shelf = await stockedShelf(office, 1);
    const request = { reservationId: unique("r"), lines: [{ sku: shelf.sku, quantity: 1 }] };
    const first = await shop.post("/v1/reservations", request);
    expect(first.status).toBe(201);
    // From now on no write is even tried: there is nothing left at any location.
    await eventually(
      () => shop.get(`/v1/availability?sku=${shelf.sku}`),
      ({ body }) => body.items[0].tracked && body.items[0].available === 0,
    );
    const again = await shop.post("/v1/reservations", request);
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await shop.post("/v1/reservations", { ...request, reservationId: unique("r") });
    expect([other.status, other.body.code]).toEqual([409, "insufficient_stock"]);
    const taken = await shop.post("/v1/reservations", { ...request, referenceId: "another cart" });
    expect([taken.status, taken.body.code]).toEqual([409, "reservation_exists"]);
  });

  it("for the last units is made once by ten identical requests at once", async () => {
    const shelf = await stockedShelf(office, 2);
    const key = unique("key");
    const send = () => shop.post("/v1/reservations", { lines: [{ sku: shelf.sku, quantity: 2 }] }, keyed(key));
    const replies = await Promise.all(Array.from({ length: 10 }, send));
    expect(new Set(replies.map(({ status }) => (status < 300 ? "ok" : status)))).toEqual(new Set(["ok"]));
    expect(new Set(replies.map(({ body }) => body.reservationId)).size).toBe(1);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 2, sellable: 0, version: 2 });
  });
});

describe("If-Match", () => {
  it.each([
    ["commit", { orderId: "o-1" }, () => shop],
    ["extend", { ttlSeconds: 60 }, () => shop],
    ["release", {}, () => shop],
  ] as const)("lets %s pass only for the lines that the caller saw", async (step, body, api) => {
    const shelf = await stockedShelf(office, 5);
    const held = await reserve(shop, shelf, 1);
    const path = `/v1/reservations/${held.body.reservationId}/${step}`;
    const stale = await api().post(path, body, { headers: { "if-match": '"2"' } });
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    const etag = held.headers.get("etag") ?? "";
    expect((await api().post(path, body, { headers: { "if-match": etag } })).status).toBe(200);
  });

  it("lets a fulfilment pass only for the lines that the warehouse saw", async () => {
    const path = await committed(await stockedShelf(office, 5));
    const stale = await office.post(`${path}/fulfill`, undefined, { headers: { "if-match": '"7"' } });
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    expect((await office.post(`${path}/fulfill`, undefined, { headers: { "if-match": '"1"' } })).status).toBe(200);
  });

  it("lets a return pass only for the lines that the warehouse saw", async () => {
    const shelf = await stockedShelf(office, 5);
    const path = await shipped(shelf, 2);
    const stale = await office.post(`${path}/return`, restock(shelf, 1), ifMatch('"7"'));
    expect([stale.status, stale.body.code, stale.body.revision]).toEqual([412, "version_conflict", 1]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 3 });
    expect((await office.post(`${path}/return`, restock(shelf, 1), ifMatch('"1"'))).status).toBe(200);
  });
});
