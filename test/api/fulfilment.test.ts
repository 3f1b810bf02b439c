import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import {
  levelOf,
  listItem,
  movementsOf,
  openLocation,
  pathOf,
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

/** An order that is paid. */
async function order(lines: readonly (Shelf & { readonly quantity: number })[]): Promise<Reply> {
  const held = await shop.post("/v1/reservations", { lines });
  expect(held.status).toBe(201);
  expect((await shop.post(`${pathOf(held)}/commit`, { orderId: "o-1" })).status).toBe(200);
  return held;
}

const fulfil = async (paid: Reply, ...lines: readonly unknown[]) =>
  await office.post(`${pathOf(paid)}/fulfill`, { lines });
const giveBack = async (paid: Reply, ...lines: readonly unknown[]) =>
  await office.post(`${pathOf(paid)}/return`, { lines });

describe("an order", () => {
  it("is shipped part by part, each from where it was promised, and is fulfilled with the last", async () => {
    const [a, b] = await Promise.all([stockedShelf(office, 5), stockedShelf(office, 5)]);
    const paid = await order([
      { ...a, quantity: 3 },
      { ...b, quantity: 1 },
    ]);
    const first = await fulfil(paid, { sku: a.sku, quantity: 2 });
    expect(first.status).toBe(200);
    expect(first.headers.get("etag")).toBe('"1"');
    expect(first.body).toMatchObject({
      status: "committed",
      endedAt: null,
      lines: [
        { allocated: 1, fulfilled: 2, allocations: [{ ...a, quantity: 3 }] },
        { allocated: 1, fulfilled: 0 },
      ],
    });
    expect(await levelOf(office, a)).toMatchObject({ onHand: 3, reserved: 1, available: 2 });
    expect(await levelOf(office, b)).toMatchObject({ onHand: 5, reserved: 1 });
    const second = await fulfil(paid, { ...a, quantity: 1 }, { ...b, quantity: 1 });
    expect(second.body).toMatchObject({ status: "fulfilled", lines: [{ fulfilled: 3 }, { fulfilled: 1 }] });
    expect(await levelOf(office, a)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
    const movements = await eventually(
      () => movementsOf(office, a),
      (found) => found.length === 4,
    );
    expect(movements.slice(2)).toMatchObject([
      { type: "fulfilled", changes: { onHand: -2, reserved: -2 } },
      { type: "fulfilled", changes: { onHand: -1, reserved: -1 } },
    ]);
  });

  it("is shipped from the location that is named, and else in the order of allocation", async () => {
    const [sku, first, second] = await Promise.all([
      listItem(office),
      openLocation(office, { priority: 1 }),
      openLocation(office, { priority: 2 }),
    ]);
    const [here, there] = [
      { sku, locationId: first },
      { sku, locationId: second },
    ];
    await Promise.all([receive(office, here, 2), receive(office, there, 2)]);
    const paid = await order([
      { ...here, quantity: 2 },
      { ...there, quantity: 2 },
    ]);
    expect((await fulfil(paid, { ...there, quantity: 1 })).status).toBe(200);
    expect(await levelOf(office, there)).toMatchObject({ onHand: 1, reserved: 1 });
    const tooManyThere = await fulfil(paid, { ...there, quantity: 2 });
    expect([tooManyThere.status, tooManyThere.body.code]).toEqual([409, "invalid_transition"]);
    expect((await fulfil(paid, { sku, quantity: 3 })).body.status).toBe("fulfilled");
    expect(await levelOf(office, here)).toMatchObject({ onHand: 0, reserved: 0 });
    expect(await levelOf(office, there)).toMatchObject({ onHand: 0, reserved: 0 });
  });

  it("is not shipped beyond what was ordered, nor before it is paid, and then nothing has changed", async () => {
    const shelf = await stockedShelf(office, 9);
    const paid = await order([{ ...shelf, quantity: 2 }]);
    for (const lines of [
      [{ sku: shelf.sku, quantity: 3 }],
      [
        { sku: shelf.sku, quantity: 1 },
        { sku: shelf.sku, quantity: 2 },
      ],
      [{ sku: "another-sku", quantity: 1 }],
    ]) {
      const refused = await fulfil(paid, ...lines);
      expect([refused.status, refused.body.code, refused.body.reservationStatus]).toEqual([
        409,
        "invalid_transition",
        "committed",
      ]);
    }
    const held = await reserve(shop, shelf, 1);
    expect((await fulfil(held, { sku: shelf.sku, quantity: 1 })).body).toMatchObject({ reservationStatus: "held" });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 9, reserved: 3 });
    expect((await fulfil(paid, { sku: shelf.sku, quantity: 2 })).status).toBe(200);
  });

  it("cancels the rest once a part is shipped, and what was shipped stays shipped", async () => {
    const shelf = await stockedShelf(office, 5);
    const paid = await order([{ ...shelf, quantity: 4 }]);
    await fulfil(paid, { sku: shelf.sku, quantity: 1 });
    const cancel = () => shop.post(`${pathOf(paid)}/release`, { reason: "customer_cancelled" });
    const [first, again] = [await cancel(), await cancel()];
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      status: "fulfilled",
      orderId: "o-1",
      lines: [{ quantity: 4, allocated: 0, fulfilled: 1, released: 3, allocations: [{ ...shelf, quantity: 1 }] }],
    });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 4, reserved: 0, available: 4 });
    const late = await fulfil(paid, { sku: shelf.sku, quantity: 1 });
    expect([late.status, late.body.code, late.body.reservationStatus]).toEqual([
      409,
      "invalid_transition",
      "fulfilled",
    ]);
  });

  it("that is shipped whole has nothing to cancel", async () => {
    const shelf = await stockedShelf(office, 1);
    const paid = await order([{ ...shelf, quantity: 1 }]);
    await office.post(`${pathOf(paid)}/fulfill`);
    const refused = await shop.post(`${pathOf(paid)}/release`);
    expect([refused.status, refused.body.code, refused.body.reservationStatus]).toEqual([
      409,
      "invalid_transition",
      "fulfilled",
    ]);
  });

  it("is shipped once by ten identical requests at once with one key, and as often as asked without", async () => {
    const shelf = await stockedShelf(office, 20);
    const paid = await order([{ ...shelf, quantity: 5 }]);
    const part = { lines: [{ sku: shelf.sku, quantity: 1 }] };
    const headers = { "idempotency-key": `key-${shelf.sku}` };
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => office.post(`${pathOf(paid)}/fulfill`, part, { headers })),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 19, reserved: 4 });
    await fulfil(paid, ...part.lines);
    await fulfil(paid, ...part.lines);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 17, reserved: 2 });
  });
});

describe("what comes back", () => {
  it.each([
    ["restock", { onHand: 5, available: 5, sellable: 5, damaged: 0, qualityControl: 0 }],
    ["damaged", { onHand: 5, available: 3, sellable: 3, damaged: 2, qualityControl: 0 }],
    ["qualityControl", { onHand: 5, available: 3, sellable: 3, damaged: 0, qualityControl: 2 }],
  ])("as %s is on hand again, and sold only if it may be", async (disposition, figures) => {
    const shelf = await stockedShelf(office, 5);
    const paid = await order([{ ...shelf, quantity: 2 }]);
    await office.post(`${pathOf(paid)}/fulfill`);
    const back = await giveBack(paid, { ...shelf, quantity: 2, disposition });
    expect(back.status).toBe(200);
    expect(back.headers.get("etag")).toBe('"1"');
    expect(back.body).toMatchObject({ status: "fulfilled", lines: [{ fulfilled: 2, returned: 2 }] });
    expect(await levelOf(office, shelf)).toMatchObject({ ...figures, reserved: 0 });
    const movements = await eventually(
      () => movementsOf(office, shelf),
      (found) => found.length === 4,
    );
    expect(movements.at(-1)).toMatchObject({
      type: "returned",
      reservationId: paid.body.reservationId,
      changes: { onHand: 2 },
    });
  });

  it("goes to several dispositions and locations at once, also to one where the SKU never was", async () => {
    const shelf = await stockedShelf(office, 4);
    const elsewhere = { ...shelf, locationId: await openLocation(office) };
    const paid = await order([{ ...shelf, quantity: 4 }]);
    await office.post(`${pathOf(paid)}/fulfill`);
    const back = await giveBack(
      paid,
      { ...shelf, quantity: 1, disposition: "restock" },
      { ...shelf, quantity: 1, disposition: "damaged" },
      { ...elsewhere, quantity: 2, disposition: "restock" },
    );
    expect(back.body.lines).toMatchObject([{ fulfilled: 4, returned: 4 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 2, damaged: 1, available: 1, version: 4 });
    expect(await levelOf(office, elsewhere)).toMatchObject({ onHand: 2, available: 2, version: 1 });
  });

  it("is never more than was shipped, all in all", async () => {
    const shelf = await stockedShelf(office, 5);
    const paid = await order([{ ...shelf, quantity: 3 }]);
    const none = await giveBack(paid, { ...shelf, quantity: 1, disposition: "restock" });
    expect([none.status, none.body.code, none.body.reservationStatus]).toEqual([
      409,
      "invalid_transition",
      "committed",
    ]);
    await fulfil(paid, { sku: shelf.sku, quantity: 2 });
    expect((await giveBack(paid, { ...shelf, quantity: 1, disposition: "restock" })).status).toBe(200);
    for (const lines of [
      [{ ...shelf, quantity: 2, disposition: "restock" }],
      [
        { ...shelf, quantity: 1, disposition: "restock" },
        { ...shelf, quantity: 1, disposition: "damaged" },
      ],
    ]) {
      const refused = await giveBack(paid, ...lines);
      expect([refused.status, refused.body.code]).toEqual([409, "invalid_transition"]);
    }
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 4, reserved: 1, damaged: 0 });
    expect((await giveBack(paid, { ...shelf, quantity: 1, disposition: "damaged" })).status).toBe(200);
  });

  it("to an unknown location is refused, and nothing has come back", async () => {
    const shelf = await stockedShelf(office, 2);
    const paid = await order([{ ...shelf, quantity: 2 }]);
    await office.post(`${pathOf(paid)}/fulfill`);
    const refused = await giveBack(
      paid,
      { ...shelf, quantity: 1, disposition: "restock" },
      { sku: shelf.sku, locationId: "no-such-place", quantity: 1, disposition: "restock" },
    );
    expect([refused.status, refused.body.code, refused.body.errors]).toEqual([
      404,
      "unknown_location",
      [{ locationId: "no-such-place" }],
    ]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 0 });
    const missing = await office.post("/v1/reservations/none/return", {
      lines: [{ ...shelf, quantity: 1, disposition: "restock" }],
    });
    expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
  });
});

describe("a late commit", () => {
  async function expired(lines: readonly unknown[]): Promise<Reply> {
    const held = await shop.post("/v1/reservations", { ttlSeconds: 1, lines });
    expect(held.status).toBe(201);
    const { body } = await eventually(
      () => shop.get(pathOf(held)),
      (reply) => reply.body.status === "expired",
    );
    expect(body.status).toBe("expired");
    return held;
  }

  it("takes all of its lines again or none, and names every one that is gone", async () => {
    const [a, b, c] = await Promise.all([stockedShelf(office, 1), stockedShelf(office, 1), stockedShelf(office, 1)]);
    const lines = [a, b, c].map((shelf) => ({ ...shelf, quantity: 1 }));
    const late = await expired(lines);
    const others = await Promise.all([reserve(shop, a, 1), reserve(shop, c, 1)]);
    const commit = () => shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" });
    const gone = await commit();
    expect([gone.status, gone.body.code]).toEqual([410, "reservation_expired"]);
    expect(gone.body.errors).toMatchObject([
      { ...a, requested: 1, available: 0 },
      { ...c, requested: 1, available: 0 },
    ]);
    expect(await levelOf(office, b)).toMatchObject({ reserved: 0 });
    for (const other of others) {
      await shop.post(`${pathOf(other)}/release`);
    }
    expect((await commit()).body).toMatchObject({ status: "committed", reacquired: true });
  });

  it("finds its stock at another location when it named none", async () => {
    const [sku, first, second] = await Promise.all([listItem(office), openLocation(office), openLocation(office)]);
    await receive(office, { sku, locationId: first }, 1);
    const late = await expired([{ sku, quantity: 1 }]);
    expect((await reserve(shop, { sku, locationId: first }, 1)).status).toBe(201);
    await receive(office, { sku, locationId: second }, 1);
    const committed = await shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" });
    expect(committed.body).toMatchObject({
      reacquired: true,
      lines: [{ allocations: [{ sku, locationId: second, quantity: 1 }] }],
    });
  });

  it("takes its stock once when its payment comes twice at the same time, and serves only one of two orders", async () => {
    for (let round = 0; round < 3; round += 1) {
      const shelf = await stockedShelf(office, 5);
      const late = await expired([{ ...shelf, quantity: 2 }]);
      const commit = (orderId: string) => shop.post(`${pathOf(late)}/commit`, { orderId });
      const replies = await Promise.all([commit("o-1"), commit("o-1"), commit("o-2")]);
      const [one, same, other] = replies.map(({ status }) => status);
      expect([
        [200, 200, 409],
        [409, 409, 200],
      ]).toContainEqual([one, same, other]);
      expect(await levelOf(office, shelf)).toMatchObject({ reserved: 2, sellable: 3 });
    }
  });

  it("is fenced by the ETag of its lines as any other", async () => {
    const shelf = await stockedShelf(office, 5);
    const late = await expired([{ ...shelf, quantity: 1 }]);
    const commit = (etag: string) =>
      shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" }, { headers: { "if-match": etag } });
    const stale = await commit('"2"');
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    expect((await commit('"1"')).body).toMatchObject({ reacquired: true });
  });
});
