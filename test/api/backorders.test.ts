import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import {
  alertsOf,
  levelOf,
  listItem,
  openLocation,
  pathOf,
  queueOf,
  receive,
  reserve,
  type Shelf,
  stockedShelf,
} from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

const restockAt = "2027-03-01T08:00:00.000Z";
const allowed = { backorder: { policy: "allow" }, restockAt };

/** A SKU that may be promised, at a location where it has never been. */
async function emptyShelf(settings: Record<string, unknown> = allowed): Promise<Shelf> {
  const [sku, locationId] = await Promise.all([listItem(office, settings), openLocation(office)]);
  return { sku, locationId };
}

async function promised(shelf: Shelf, quantity: number, settings: Record<string, unknown> = {}): Promise<Reply> {
  const reply = await reserve(shop, shelf, quantity, settings);
  expect(reply.status).toBe(201);
  return reply;
}

/** Units in hand and units that are waited for, of the first line. */
async function shareOf(reservation: Reply): Promise<[number, number]> {
  const { body } = await shop.get(pathOf(reservation));
  return [body.lines[0].allocated, body.lines[0].backordered];
}

async function untilServed(reservation: Reply, quantity: number): Promise<void> {
  const [allocated] = await eventually(
    () => shareOf(reservation),
    ([units]) => units === quantity,
  );
  expect(allocated).toBe(quantity);
}

const alertsOfType = async (shelf: Shelf, type: string) =>
  (await alertsOf(office, shelf)).filter((alert) => alert.type === type);

describe("a backorder", () => {
  it("is told how much is in stock, how much is promised beyond it, and when that is expected", async () => {
    const [sku, locationId] = await Promise.all([listItem(office, allowed), openLocation(office)]);
    const shelf = { sku, locationId };
    await receive(office, shelf, 3);
    const reply = await reserve(shop, shelf, 5);
    expect(reply.status).toBe(201);
    expect(reply.body.lines).toMatchObject([
      { ...shelf, quantity: 5, allocated: 3, backordered: 2, restockAt, allocations: [{ ...shelf, quantity: 3 }] },
    ]);
    expect(await levelOf(office, shelf)).toMatchObject({
      onHand: 3,
      reserved: 3,
      available: 0,
      backordered: 2,
      sellable: -2,
      restockAt,
    });
    const { body } = await office.get(`/v1/backorders?sku=${sku}`);
    expect(body).toEqual({
      items: [
        {
          ...shelf,
          reservationId: reply.body.reservationId,
          quantity: 2,
          promisedAt: expect.any(String),
          restockAt,
        },
      ],
      nextCursor: null,
    });
    const promisedAt = Date.parse(body.items[0].promisedAt);
    expect(promisedAt).toBeGreaterThanOrEqual(Date.parse(reply.body.createdAt));
    expect(promisedAt).toBeLessThanOrEqual(Date.now());
    const exact = await shop.get(`/v1/availability?sku=${sku}&locationId=${locationId}&exact=true`);
    expect(exact.body.items).toMatchObject([{ available: 0, inStock: false, restockAt }]);
  });

  it("has a limit at each location, and beyond it is told what could be had", async () => {
    const shelf = await emptyShelf({ backorder: { policy: "allow", limit: 3 }, restockAt });
    await receive(office, shelf, 1);
    const tooMany = await reserve(shop, shelf, 5);
    expect([tooMany.status, tooMany.body.code]).toEqual([409, "insufficient_stock"]);
    expect(tooMany.body.errors).toEqual([{ ...shelf, requested: 5, available: 1, backorderable: 3, restockAt }]);
    expect((await promised(shelf, 3)).body.lines).toMatchObject([{ allocated: 1, backordered: 2 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ backorderable: 1 });
    const availability = await shop.get(`/v1/availability?sku=${shelf.sku}&locationId=${shelf.locationId}&exact=true`);
    expect(availability.body.items).toMatchObject([{ available: 0, backorderable: 1 }]);
    await promised(shelf, 1);
    const none = await reserve(shop, shelf, 1);
    expect(none.body.errors).toMatchObject([{ available: 0, backorderable: 0 }]);
    const elsewhere = { ...shelf, locationId: await openLocation(office) };
    expect((await promised(elsewhere, 3)).body.lines).toMatchObject([{ allocated: 0, backordered: 3 }]);
  });

  it("is refused where the item, the location or the request denies it", async () => {
    const denied = await emptyShelf({});
    expect((await reserve(shop, denied, 1)).body).toMatchObject({
      code: "insufficient_stock",
      errors: [{ available: 0, backorderable: 0 }],
    });

    const shelf = await emptyShelf();
    await receive(office, shelf, 1);
    const level = `/v1/levels/${shelf.sku}/${shelf.locationId}`;
    const asked = await reserve(shop, shelf, 2, { backorder: "deny" });
    expect(asked.body.errors).toMatchObject([{ requested: 2, available: 1, backorderable: 0 }]);

    const overridden = await office.patch(level, { backorder: { policy: "deny" } });
    expect(overridden.body).toMatchObject({
      backorderable: 0,
      overrides: { backorder: { policy: "deny", limit: null } },
    });
    expect((await reserve(shop, shelf, 2)).status).toBe(409);
    await office.patch(level, { backorder: { policy: "allow", limit: 1 } });
    expect((await reserve(shop, shelf, 3)).status).toBe(409);
    const within = await promised(shelf, 2);
    await shop.post(`${pathOf(within)}/release`);
    const own = await office.patch(level, { backorder: "item" });
    expect(own.body.overrides).toEqual({});
    await promised(shelf, 9);
  });

  it("is promised to no more than the limit by 30 buyers at once", async () => {
    const shelf = await emptyShelf({ backorder: { policy: "allow", limit: 10 } });
    await receive(office, shelf, 5);
    const replies = await Promise.all(Array.from({ length: 30 }, () => reserve(shop, shelf, 1)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(15);
    expect(replies.filter(({ body }) => body.code === "insufficient_stock")).toHaveLength(15);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 5, backordered: 10, backorderable: 0 });
  });

  it("is served when stock comes in without anyone asking, the oldest promise first, partly if need be", async () => {
    const shelf = await emptyShelf();
    const [first, second, third] = [await promised(shelf, 2), await promised(shelf, 2), await promised(shelf, 2)];
    const ids = [first, second, third].map(({ body }) => body.reservationId);
    expect(await queueOf(office, shelf)).toEqual(ids.map((id) => [id, 2]));

    await receive(office, shelf, 3);
    // It belongs to those who wait from the moment of its receipt, however late they are served.
    const newcomer = await reserve(shop, shelf, 1, { backorder: "deny" });
    expect(newcomer.body).toMatchObject({ code: "insufficient_stock", errors: [{ available: 0 }] });
    await untilServed(first, 2);
    await untilServed(second, 1);
    expect(await queueOf(office, shelf)).toEqual([
      [ids[1], 1],
      [ids[2], 2],
    ]);
    expect((await shop.get(pathOf(first))).body.lines).toMatchObject([
      { allocated: 2, backordered: 0, restockAt: null, allocations: [{ ...shelf, quantity: 2 }] },
    ]);
    expect((await shop.get(pathOf(second))).headers.get("etag")).toBe('"1"');

    await receive(office, shelf, 4);
    await untilServed(third, 2);
    expect(await queueOf(office, shelf)).toEqual([]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 7, reserved: 6, backordered: 0, sellable: 1 });
  });

  const sources: readonly [string, (shelf: Shelf, buyer: Reply) => Promise<unknown>][] = [
    ["a release", async (_shelf, buyer) => await shop.post(`${pathOf(buyer)}/release`)],
    ["an expiry", async (_shelf, buyer) => await shop.post(`${pathOf(buyer)}/extend`, { ttlSeconds: 1 })],
    [
      "a cart that changes",
      async (_shelf, buyer) => {
        const other = await stockedShelf(office, 1);
        await shop.put(`${pathOf(buyer)}/lines`, { lines: [{ ...other, quantity: 1 }] });
      },
    ],
    [
      "a return",
      async (shelf, buyer) => {
        await shop.post(`${pathOf(buyer)}/commit`, { orderId: "o-1" });
        await office.post(`${pathOf(buyer)}/fulfill`);
        const lines = [{ ...shelf, quantity: 1, disposition: "restock" }];
        await office.post(`${pathOf(buyer)}/return`, { lines });
      },
    ],
    [
      "a correction",
      async (shelf) => await office.post("/v1/adjustments", { reason: "correction", changes: [{ ...shelf, set: 2 }] }),
    ],
    [
      "an inspection",
      async (shelf) => {
        const moved = (delta: number) => ({ ...shelf, state: "qualityControl", delta });
        await office.post("/v1/adjustments", {
          reason: "quality_control",
          atomic: true,
          changes: [{ ...shelf, delta: 1 }, moved(1)],
        });
        expect(await levelOf(office, shelf)).toMatchObject({ available: 0, backordered: 1 });
        await office.post("/v1/adjustments", { reason: "quality_control", changes: [moved(-1)] });
      },
    ],
  ];

  it.each(sources)("gets the unit that %s sets free, before any new buyer", async (_name, setFree) => {
    const shelf = await emptyShelf();
    await receive(office, shelf, 1);
    const buyer = await promised(shelf, 1);
    const waiting = await promised(shelf, 1);
    await setFree(shelf, buyer);
    const newcomer = await reserve(shop, shelf, 1, { backorder: "deny" });
    expect(newcomer.status).toBe(409);
    await untilServed(waiting, 1);
    expect(await levelOf(office, shelf)).toMatchObject({ backordered: 0, sellable: 0 });
  });

  it("leaves the queue when it is released or expires, and the next one is served", async () => {
    const shelf = await emptyShelf();
    const released = await promised(shelf, 1);
    const expiring = await promised(shelf, 1, { ttlSeconds: 1 });
    const patient = await promised(shelf, 1);
    await shop.post(`${pathOf(released)}/release`);
    const left = await eventually(
      () => queueOf(office, shelf),
      (queue) => queue.length === 1,
    );
    expect(left).toEqual([[patient.body.reservationId, 1]]);
    expect((await shop.get(pathOf(expiring))).body).toMatchObject({
      status: "expired",
      lines: [{ backordered: 0, released: 1 }],
    });
    await receive(office, shelf, 1);
    await untilServed(patient, 1);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 1, backordered: 0, sellable: 0 });
  });

  it("keeps its place when its cart grows, and the growth waits behind those who were there", async () => {
    const shelf = await emptyShelf();
    const grown = await promised(shelf, 2);
    const other = await promised(shelf, 1);
    const lines = (quantity: number) => ({ lines: [{ ...shelf, quantity }] });
    const [one, two] = [grown.body.reservationId, other.body.reservationId];
    const more = await shop.put(`${pathOf(grown)}/lines`, lines(3));
    expect(more.body.lines).toMatchObject([{ quantity: 3, allocated: 0, backordered: 3, restockAt }]);
    expect(await queueOf(office, shelf)).toEqual([
      [one, 2],
      [two, 1],
      [one, 1],
    ]);
    await shop.put(`${pathOf(grown)}/lines`, lines(1));
    expect(await queueOf(office, shelf)).toEqual([
      [one, 1],
      [two, 1],
    ]);
    await receive(office, shelf, 1);
    await untilServed(grown, 1);
    expect(await queueOf(office, shelf)).toEqual([[two, 1]]);
  });

  it("is paid like any other, and is shipped as far as its units are there", async () => {
    const shelf = await emptyShelf();
    await receive(office, shelf, 1);
    const order = await promised(shelf, 3);
    const paid = await shop.post(`${pathOf(order)}/commit`, { orderId: "o-1" });
    expect(paid.body).toMatchObject({ status: "committed", lines: [{ allocated: 1, backordered: 2 }] });
    const whole = await office.post(`${pathOf(order)}/fulfill`);
    expect([whole.status, whole.body.code, whole.body.reservationStatus]).toEqual([
      409,
      "invalid_transition",
      "committed",
    ]);
    const part = await office.post(`${pathOf(order)}/fulfill`, { lines: [{ sku: shelf.sku, quantity: 1 }] });
    expect(part.body).toMatchObject({ status: "committed", lines: [{ allocated: 0, backordered: 2, fulfilled: 1 }] });
    await receive(office, shelf, 2);
    await untilServed(order, 2);
    const rest = await office.post(`${pathOf(order)}/fulfill`);
    expect(rest.body).toMatchObject({ status: "fulfilled", lines: [{ allocated: 0, backordered: 0, fulfilled: 3 }] });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 0, reserved: 0, backordered: 0, sellable: 0 });
  });

  it("is taken again by a late commit, with a new place in the queue", async () => {
    const shelf = await emptyShelf();
    await receive(office, shelf, 1);
    const late = await promised(shelf, 2, { ttlSeconds: 1 });
    await eventually(
      () => shop.get(pathOf(late)),
      ({ body }) => body.status === "expired",
    );
    const other = await promised(shelf, 2);
    const committed = await shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" });
    expect(committed.body).toMatchObject({
      status: "committed",
      reacquired: true,
      lines: [{ allocated: 0, backordered: 2 }],
    });
    expect(await queueOf(office, shelf)).toEqual([
      [other.body.reservationId, 1],
      [late.body.reservationId, 2],
    ]);
  });

  it("is not made by a late commit whose buyer did not want one", async () => {
    const shelf = await emptyShelf();
    await receive(office, shelf, 1);
    const late = await promised(shelf, 1, { ttlSeconds: 1, backorder: "deny" });
    await eventually(
      () => shop.get(pathOf(late)),
      ({ body }) => body.status === "expired",
    );
    await promised(shelf, 1);
    const gone = await shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" });
    expect([gone.status, gone.body.code]).toEqual([410, "reservation_expired"]);
    expect(gone.body.errors).toMatchObject([{ ...shelf, requested: 1, available: 0 }]);
  });

  it("raises an alert when it is allocated, and another when the date that it was promised slips", async () => {
    const shelf = await emptyShelf();
    await promised(shelf, 1);
    await promised(shelf, 1);
    const put = async (at: string) =>
      await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", backorder: { policy: "allow" }, restockAt: at });
    const later = "2027-04-01T08:00:00.000Z";
    await put("2027-02-01T08:00:00.000Z");
    await put(later);
    const slipped = await eventually(
      () => alertsOfType(shelf, "promise_slipped"),
      (found) => found.length > 0,
    );
    // Once for the later date, and not for the earlier one.
    expect(slipped).toMatchObject([{ ...shelf, available: -2, threshold: null }]);
    expect((await office.get(`/v1/backorders?sku=${shelf.sku}`)).body.items).toMatchObject([
      { restockAt: later },
      { restockAt: later },
    ]);
    expect(await alertsOfType(shelf, "backorder_allocated")).toEqual([]);
    await receive(office, shelf, 2);
    const allocated = await eventually(
      () => alertsOfType(shelf, "backorder_allocated"),
      (found) => found.length === 2,
    );
    expect(allocated).toMatchObject([{ ...shelf }, { ...shelf }]);
    expect(await alertsOfType(shelf, "promise_slipped")).toHaveLength(1);
  });

  it("is listed with the others who wait for the SKU, one location after the other, page by page", async () => {
    const sku = await listItem(office, allowed);
    const locations = [await openLocation(office), await openLocation(office)].sort();
    const expected: [string, string][] = [];
    for (const locationId of locations) {
      for (let buyer = 0; buyer < 2; buyer += 1) {
        const { body } = await promised({ sku, locationId }, 1);
        expected.push([locationId, body.reservationId]);
      }
    }
    const found: [string, string][] = [];
    const query = new URLSearchParams({ sku, limit: "1" });
    for (let page = 0; page < 10; page += 1) {
      const { status, body } = await office.get(`/v1/backorders?${query}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(1);
      found.push(...body.items.map((entry: Reply["body"]) => [entry.locationId, entry.reservationId]));
      if (body.nextCursor === null) {
        break;
      }
      query.set("cursor", body.nextCursor);
    }
    expect(found).toEqual(expected);
  });
});

describe("a preorder", () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

  it("is sold against its headroom only, whatever lies on the shelf", async () => {
    const availableFrom = inSeconds(86_400);
    const shelf = await emptyShelf({ backorder: { policy: "allow", limit: 2 }, availableFrom });
    await receive(office, shelf, 5);
    const reply = await promised(shelf, 1);
    expect(reply.body.lines).toMatchObject([
      { allocated: 0, backordered: 1, restockAt: availableFrom, allocations: [] },
    ]);
    const tooMany = await reserve(shop, shelf, 2);
    expect(tooMany.body.errors).toEqual([
      { ...shelf, requested: 2, available: 0, backorderable: 1, restockAt: availableFrom },
    ]);
    const availability = await shop.get(`/v1/availability?sku=${shelf.sku}&locationId=${shelf.locationId}&exact=true`);
    expect(availability.body.items).toMatchObject([{ available: 0, inStock: false, backorderable: 1 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved: 0, backordered: 1, availableFrom });
  });

  it("cannot be had where backorders are denied", async () => {
    const availableFrom = inSeconds(86_400);
    const shelf = await stockedShelf(office, 5, { availableFrom });
    const refused = await reserve(shop, shelf, 1);
    expect(refused.body).toMatchObject({
      code: "insufficient_stock",
      errors: [{ available: 0, backorderable: 0, restockAt: availableFrom }],
    });
  });

  it("is served from its day on without anyone asking, oldest promise first, and then what is left is sold", async () => {
    const shelf = await emptyShelf({ backorder: { policy: "allow" }, availableFrom: inSeconds(4) });
    await receive(office, shelf, 3);
    const [first, second] = [await promised(shelf, 1), await promised(shelf, 1)];
    expect(await shareOf(first)).toEqual([0, 1]);
    await untilServed(first, 1);
    await untilServed(second, 1);
    expect(await queueOf(office, shelf)).toEqual([]);
    const reply = await promised(shelf, 1, { backorder: "deny" });
    expect(reply.body.lines).toMatchObject([{ allocated: 1, backordered: 0, restockAt: null }]);
  });

  it("is not expected on its day any more when that has come and it is sold out", async () => {
    const shelf = await emptyShelf({ backorder: { policy: "allow" }, availableFrom: inSeconds(-1) });
    const refused = await reserve(shop, shelf, 1, { backorder: "deny" });
    expect(refused.body.errors).toMatchObject([{ ...shelf, available: 0, restockAt: null }]);
    expect((await promised(shelf, 1)).body.lines).toMatchObject([{ backordered: 1, restockAt: null }]);
    const waiting = await office.get(`/v1/backorders?sku=${shelf.sku}`);
    expect(waiting.body.items).toMatchObject([{ ...shelf, quantity: 1, restockAt: null }]);
    const exact = await shop.get(`/v1/availability?sku=${shelf.sku}&exact=true`);
    expect(exact.body.items).toMatchObject([{ inStock: false, restockAt: null }]);
  });

  it("is served on another day when its day is moved", async () => {
    const later = inSeconds(86_400);
    const shelf = await emptyShelf({ backorder: { policy: "allow" }, availableFrom: inSeconds(3) });
    await receive(office, shelf, 1);
    const reply = await promised(shelf, 1);
    const put = async (availableFrom: string) =>
      await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", backorder: { policy: "allow" }, availableFrom });
    await put(later);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await shareOf(reply)).toEqual([0, 1]);
    await put(inSeconds(1));
    await untilServed(reply, 1);
  });
});
