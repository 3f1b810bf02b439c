import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import {
  ifMatch,
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

type Line = Shelf & { readonly quantity: number };

async function rearrange(cart: Reply, lines: readonly unknown[], settings: Record<string, unknown> = {}, call = {}) {
  return await shop.put(`${pathOf(cart)}/lines`, { lines, ...settings }, call);
}

async function held(lines: readonly Line[], settings: Record<string, unknown> = {}): Promise<Reply> {
  const cart = await shop.post("/v1/reservations", { lines, ...settings });
  expect(cart.status).toBe(201);
  return cart;
}

describe("a cart that changes", () => {
  it("takes more, gives back what it wants no more and drops lines, as one change of its ETag", async () => {
    const [a, b, c] = await Promise.all([stockedShelf(office, 5), stockedShelf(office, 5), stockedShelf(office, 5)]);
    const cart = await held([
      { ...a, quantity: 2 },
      { ...b, quantity: 1 },
    ]);
    const changed = await rearrange(cart, [
      { ...a, quantity: 1 },
      { ...c, quantity: 3 },
    ]);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).toBe('"2"');
    expect(changed.body).toMatchObject({
      status: "held",
      revision: 2,
      lines: [
        { ...a, quantity: 1, allocated: 1, allocations: [{ ...a, quantity: 1 }] },
        { ...c, quantity: 3, allocated: 3, allocations: [{ ...c, quantity: 3 }] },
      ],
    });
    expect((await shop.get(pathOf(cart))).body).toEqual(changed.body);
    for (const [shelf, reserved, types] of [
      [a, 1, ["received", "reserved", "released"]],
      [b, 0, ["received", "reserved", "released"]],
      [c, 3, ["received", "reserved"]],
    ] as const) {
      expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved, sellable: 5 - reserved });
      const movements = await eventually(
        () => movementsOf(office, shelf),
        (found) => found.length === types.length,
      );
      expect(movements.map(({ type }) => type)).toEqual(types);
      expect(movements.at(-1)).toMatchObject({ reservationId: cart.body.reservationId });
    }
  });

  it("writes only the levels that change", async () => {
    const [a, b] = await Promise.all([stockedShelf(office, 5), stockedShelf(office, 5)]);
    const cart = await held([
      { ...a, quantity: 2 },
      { ...b, quantity: 1 },
    ]);
    expect(
      (
        await rearrange(cart, [
          { ...b, quantity: 2 },
          { ...a, quantity: 2 },
        ])
      ).status,
    ).toBe(200);
    expect(await levelOf(office, a)).toMatchObject({ reserved: 2, version: 2 });
    expect(await levelOf(office, b)).toMatchObject({ reserved: 2, version: 3 });
  });

  it("moves to another location, and keeps what it has when the location no longer matters", async () => {
    const [sku, near, far] = await Promise.all([listItem(office), openLocation(office), openLocation(office)]);
    const [here, there] = [
      { sku, locationId: near },
      { sku, locationId: far },
    ];
    await Promise.all([receive(office, here, 2), receive(office, there, 2)]);
    const cart = await held([{ ...here, quantity: 2 }]);
    const moved = await rearrange(cart, [{ ...there, quantity: 2 }]);
    expect(moved.body.lines).toMatchObject([{ locationId: far, allocations: [{ ...there, quantity: 2 }] }]);
    expect(await levelOf(office, here)).toMatchObject({ reserved: 0, sellable: 2 });
    const anywhere = await rearrange(cart, [{ sku, quantity: 2 }]);
    expect(anywhere.body.lines).toMatchObject([{ locationId: null, allocations: [{ ...there, quantity: 2 }] }]);
    expect(await levelOf(office, there)).toMatchObject({ reserved: 2, version: 2 });
  });

  it("is left whole by a refusal, which names every short line with what it could have", async () => {
    const [a, b, c] = await Promise.all([stockedShelf(office, 3), stockedShelf(office, 1), stockedShelf(office, 1)]);
    const cart = await held([
      { ...a, quantity: 2 },
      { ...b, quantity: 1 },
    ]);
    const refused = await rearrange(cart, [
      { ...a, quantity: 5 },
      { ...b, quantity: 2 },
      { ...c, quantity: 1 },
    ]);
    expect([refused.status, refused.body.code]).toEqual([409, "insufficient_stock"]);
    // What the cart has counts for it: two of the three that line A could have are its own.
    expect(refused.body.errors).toEqual([
      { ...a, requested: 5, available: 3, backorderable: 0, restockAt: null },
      { ...b, requested: 2, available: 1, backorderable: 0, restockAt: null },
    ]);
    const now = await shop.get(pathOf(cart));
    expect([now.body, now.headers.get("etag")]).toEqual([cart.body, '"1"']);
    expect(await levelOf(office, a)).toMatchObject({ reserved: 2, version: 2 });
    expect(await levelOf(office, b)).toMatchObject({ reserved: 1, version: 2 });
    expect(await levelOf(office, c)).toMatchObject({ reserved: 0, version: 1 });
  });

  it("is left whole when a SKU or a location is unknown, and is told which", async () => {
    const shelf = await stockedShelf(office, 3);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    const noSku = await rearrange(cart, [{ sku: "no-such-sku", quantity: 1 }]);
    expect([noSku.status, noSku.body.code, noSku.body.errors]).toEqual([404, "unknown_sku", [{ sku: "no-such-sku" }]]);
    const noPlace = await rearrange(cart, [
      { ...shelf, quantity: 1 },
      { sku: shelf.sku, quantity: 1, locationId: "no-such-place" },
    ]);
    expect([noPlace.status, noPlace.body.code]).toEqual([404, "unknown_location"]);
    expect(noPlace.body.errors).toEqual([{ locationId: "no-such-place" }]);
    expect((await shop.get(pathOf(cart))).body).toEqual(cart.body);
  });

  it("keeps its deadline unless it asks for another, which never lies beyond 24 hours of life", async () => {
    const shelf = await stockedShelf(office, 5);
    const cart = await held([{ ...shelf, quantity: 1 }], { ttlSeconds: 600 });
    const same = await rearrange(cart, [{ ...shelf, quantity: 2 }]);
    expect(same.body.expiresAt).toBe(cart.body.expiresAt);
    const before = Date.now();
    const sooner = await rearrange(cart, [{ ...shelf, quantity: 3 }], { ttlSeconds: 60 });
    const expiresAtMs = Date.parse(sooner.body.expiresAt);
    expect(expiresAtMs).toBeGreaterThanOrEqual(before + 60_000);
    expect(expiresAtMs).toBeLessThanOrEqual(Date.now() + 60_000);
    const longest = await rearrange(cart, [{ ...shelf, quantity: 3 }], { ttlSeconds: 86_400 });
    expect(Date.parse(longest.body.expiresAt) - Date.parse(cart.body.createdAt)).toBe(86_400_000);
    // The same lines with another deadline are no other cart.
    expect([sooner.body.revision, longest.body.revision]).toEqual([3, 3]);
  });

  it("is ended promptly at a deadline that was brought forward", async () => {
    const shelf = await stockedShelf(office, 2);
    const cart = await held([{ ...shelf, quantity: 1 }], { ttlSeconds: 3_600 });
    await rearrange(cart, [{ ...shelf, quantity: 2 }], { ttlSeconds: 1 });
    const level = await eventually(
      () => levelOf(office, shelf),
      ({ reserved }) => reserved === 0,
    );
    expect(level).toMatchObject({ reserved: 0, sellable: 2 });
    expect((await shop.get(pathOf(cart))).body).toMatchObject({ status: "expired", lines: [{ released: 2 }] });
  });

  it("answers the identical request again, even with the former ETag, and takes nothing twice", async () => {
    const shelf = await stockedShelf(office, 5);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    const send = () => rearrange(cart, [{ ...shelf, quantity: 3 }], {}, ifMatch('"1"'));
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect([again.body, again.headers.get("etag")]).toEqual([first.body, '"2"']);
    const blind = await rearrange(cart, [{ ...shelf, quantity: 3 }]);
    expect([blind.status, blind.body]).toEqual([200, first.body]);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 3, version: 3 });
  });

  it("is changed once by ten identical requests at the same time", async () => {
    const shelf = await stockedShelf(office, 20);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => rearrange(cart, [{ ...shelf, quantity: 3 }], {}, ifMatch('"1"'))),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map((reply) => reply.headers.get("etag")))).toEqual(new Set(['"2"']));
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 3, version: 3 });
  });

  it("lets a change pass only for the lines that the caller saw", async () => {
    const shelf = await stockedShelf(office, 5);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    await rearrange(cart, [{ ...shelf, quantity: 2 }]);
    const stale = await rearrange(cart, [{ ...shelf, quantity: 4 }], {}, ifMatch('"1"'));
    expect([stale.status, stale.body.code, stale.body.revision]).toEqual([412, "version_conflict", 2]);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 2, version: 3 });
    expect((await rearrange(cart, [{ ...shelf, quantity: 4 }], {}, ifMatch('"2"'))).status).toBe(200);
  });

  it("takes only one of two different changes that were made from the same lines", async () => {
    const shelf = await stockedShelf(office, 10);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    const replies = await Promise.all(
      [3, 4].map((quantity) => rearrange(cart, [{ ...shelf, quantity }], {}, ifMatch('"1"'))),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412]);
    const taken = replies.find(({ status }) => status === 200)?.body.lines[0].quantity;
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: taken, version: 3 });
  });

  it("fences out a payment that was begun for its former lines", async () => {
    const shelf = await stockedShelf(office, 5);
    const cart = await held([{ ...shelf, quantity: 1 }]);
    const changed = await rearrange(cart, [{ ...shelf, quantity: 2 }]);
    const stale = await shop.post(`${pathOf(cart)}/commit`, { orderId: "o-1" }, ifMatch('"1"'));
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    const etag = changed.headers.get("etag") ?? "";
    const paid = await shop.post(`${pathOf(cart)}/commit`, { orderId: "o-1" }, ifMatch(etag));
    expect(paid.body).toMatchObject({ status: "committed", lines: [{ quantity: 2, allocated: 2 }] });
  });

  it("and its payment cannot both be done when they were begun from the same lines", async () => {
    for (let round = 0; round < 5; round += 1) {
      const shelf = await stockedShelf(office, 5);
      const cart = await held([{ ...shelf, quantity: 1 }]);
      const [change, payment] = await Promise.all([
        rearrange(cart, [{ ...shelf, quantity: 2 }], {}, ifMatch('"1"')),
        shop.post(`${pathOf(cart)}/commit`, { orderId: "o-1" }, ifMatch('"1"')),
      ]);
      expect([
        [200, 412],
        [409, 200],
      ]).toContainEqual([change.status, payment.status]);
      expect(await levelOf(office, shelf)).toMatchObject({ reserved: change.status === 200 ? 2 : 1 });
    }
  });

  it("can no longer change once it is paid, given back, or past its deadline", async () => {
    const shelf = await stockedShelf(office, 9);
    const [paid, left, late] = [
      await held([{ ...shelf, quantity: 1 }]),
      await held([{ ...shelf, quantity: 1 }]),
      await held([{ ...shelf, quantity: 1 }], { ttlSeconds: 1 }),
    ];
    await shop.post(`${pathOf(paid)}/commit`, { orderId: "o-1" });
    await shop.post(`${pathOf(left)}/release`);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    for (const [cart, statuses] of [
      [paid, ["committed"]],
      [left, ["released"]],
      [late, ["held", "expired"]],
    ] as const) {
      const refused = await rearrange(cart, [{ ...shelf, quantity: 2 }]);
      expect([refused.status, refused.body.code]).toEqual([409, "invalid_transition"]);
      expect(statuses).toContain(refused.body.reservationStatus);
    }
    const missing = await shop.put("/v1/reservations/none/lines", { lines: [{ ...shelf, quantity: 1 }] });
    expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
  });

  it("shares the last units with others: exactly as many grow as there are units", async () => {
    const shelf = await stockedShelf(office, 15);
    const carts = await Promise.all(Array.from({ length: 10 }, () => reserve(shop, shelf, 1)));
    const replies = await Promise.all(carts.map((cart) => rearrange(cart, [{ ...shelf, quantity: 2 }])));
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect({ grown: count(200), refused: count(409) }).toEqual({ grown: 5, refused: 5 });
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 15, sellable: 0 });
  });

  it("that would give up and take more than one transaction holds is refused before anything is written", async () => {
    const [first, second] = await Promise.all([openLocation(office), openLocation(office)]);
    const skus = await Promise.all(Array.from({ length: 50 }, () => listItem(office)));
    for (const locationId of [first, second]) {
      const changes = skus.map((sku) => ({ sku, locationId, delta: 1 }));
      await office.post("/v1/adjustments", { reason: "received", atomic: true, changes });
    }
    const at = (locationId: string) => skus.map((sku) => ({ sku, locationId, quantity: 1 }));
    const cart = await held(at(first));
    const refused = await rearrange(cart, at(second));
    expect([refused.status, refused.body.code]).toEqual([422, "reservation_too_large"]);
    expect((await shop.get(pathOf(cart))).body).toEqual(cart.body);
    // Half of them at a time is few enough.
    const half = [...at(second).slice(0, 25), ...at(first).slice(25)];
    expect((await rearrange(cart, half)).status).toBe(200);
    expect((await rearrange(cart, at(second))).status).toBe(200);
    expect(await levelOf(office, { sku: skus[0] ?? "", locationId: first })).toMatchObject({ reserved: 0 });
  });
});
