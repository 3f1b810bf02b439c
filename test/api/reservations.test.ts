import { beforeAll, describe, expect, inject, it } from "vitest";
import { reconcileStack } from "../support/reconcile-stack.ts";
import { type ApiClient, eventually, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, listItem, movementsOf, openLocation, receive, reserve, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

describe("a reservation", () => {
  it("accepts only one of two buyers of the last unit, and tells the other what is available", async () => {
    const shelf = await stockedShelf(office, 1);
    const replies = await Promise.all([reserve(shop, shelf, 1), reserve(shop, shelf, 1)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    const refused = replies.find(({ status }) => status === 409);
    expect(refused?.headers.get("content-type")).toContain("application/problem+json");
    expect(refused?.body).toMatchObject({
      status: 409,
      code: "insufficient_stock",
      errors: [{ ...shelf, requested: 1, available: 0, backorderable: 0, restockAt: null }],
    });
  });

  it("serves exactly 50 of 200 parallel buyers of 50 units, and every record agrees", async () => {
    const shelf = await stockedShelf(office, 50);
    const replies = await Promise.all(Array.from({ length: 200 }, () => reserve(shop, shelf, 1)));
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect({ created: count(201), refused: count(409) }).toEqual({ created: 50, refused: 150 });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 50, reserved: 50, available: 0, sellable: 0 });

    const ids = new Set(replies.filter(({ status }) => status === 201).map(({ body }) => body.reservationId));
    const movements = await eventually(
      () => movementsOf(office, shelf),
      (found) => found.length === 51,
    );
    expect(movements.map(({ version }) => version)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    expect(new Set(movements.slice(1).map(({ reservationId }) => reservationId))).toEqual(ids);
    const stack = { dynamoDbUrl: inject("dynamoDbUrl"), tables: inject("tables") };
    expect((await reconcileStack(stack)).differences).toEqual([]);
  });

  it("goes from held through committed to fulfilled, and the stock follows", async () => {
    const shelf = await stockedShelf(office, 5);
    const held = await reserve(shop, shelf, 2, { referenceId: "cart-81", customerId: "c-9", ttlSeconds: 600 });
    expect(held.status).toBe(201);
    expect(held.headers.get("etag")).toBe('"1"');
    expect(held.body).toMatchObject({
      status: "held",
      revision: 1,
      referenceId: "cart-81",
      customerId: "c-9",
      orderId: null,
      committedAt: null,
      endedAt: null,
      lines: [{ sku: shelf.sku, quantity: 2, allocated: 2, fulfilled: 0, allocations: [{ ...shelf, quantity: 2 }] }],
    });
    expect(Date.parse(held.body.expiresAt) - Date.parse(held.body.createdAt)).toBe(600_000);
    const path = `/v1/reservations/${held.body.reservationId}`;

    const committed = await shop.post(`${path}/commit`, { orderId: "o-1" });
    expect(committed.status).toBe(200);
    expect(committed.body).toMatchObject({ status: "committed", orderId: "o-1", expiresAt: null, reacquired: false });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved: 2, available: 3 });

    const fulfilled = await office.post(`${path}/fulfill`);
    expect(fulfilled.status).toBe(200);
    expect(fulfilled.body).toMatchObject({ status: "fulfilled", lines: [{ allocated: 0, fulfilled: 2, released: 0 }] });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 3, reserved: 0, available: 3 });
    expect((await shop.get(path)).body).toMatchObject({ status: "fulfilled", orderId: "o-1" });
  });

  it("gives its units back once when it is released, held or committed", async () => {
    const shelf = await stockedShelf(office, 5);
    const held = await reserve(shop, shelf, 2);
    const paid = await reserve(shop, shelf, 1);
    await shop.post(`/v1/reservations/${paid.body.reservationId}/commit`, { orderId: "o-2" });
    for (const { body } of [held, paid]) {
      const path = `/v1/reservations/${body.reservationId}/release`;
      const [first, second] = [await shop.post(path, { reason: "customer_cancelled" }), await shop.post(path, {})];
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(first.body).toMatchObject({ status: "released", lines: [{ allocated: 0, allocations: [] }] });
      expect(second.body).toEqual(first.body);
    }
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved: 0, available: 5 });
  });

  it("answers every step again with what it was, and never takes stock twice", async () => {
    const shelf = await stockedShelf(office, 5);
    const request = { reservationId: unique("r"), lines: [{ ...shelf, quantity: 2 }] };
    const [first, second] = [
      await shop.post("/v1/reservations", request),
      await shop.post("/v1/reservations", request),
    ];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const path = `/v1/reservations/${request.reservationId}`;
    for (const [step, body, api] of [
      ["commit", { orderId: "o-3" }, shop],
      ["fulfill", undefined, office],
    ] as const) {
      const answers = [await api.post(`${path}/${step}`, body), await api.post(`${path}/${step}`, body)];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }
    expect((await shop.post(`${path}/commit`, { orderId: "o-3" })).body).toMatchObject({ status: "fulfilled" });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 3, reserved: 0, version: 3 });
  });

  it("takes all lines or none, and names every short line at once", async () => {
    const [a, b, c] = await Promise.all([
      stockedShelf(office, 5),
      stockedShelf(office, 1),
      stockedShelf(office, 0 + 2),
    ]);
    const reply = await shop.post("/v1/reservations", {
      lines: [
        { ...a, quantity: 1 },
        { ...b, quantity: 2 },
        { ...c, quantity: 3 },
      ],
    });
    expect(reply.status).toBe(409);
    expect(reply.body.errors).toEqual([
      { ...b, requested: 2, available: 1, backorderable: 0, restockAt: null },
      { ...c, requested: 3, available: 2, backorderable: 0, restockAt: null },
    ]);
    expect(await levelOf(office, a)).toMatchObject({ reserved: 0, version: 1 });
  });

  it("says when missing stock is expected", async () => {
    const shelf = await stockedShelf(office, 1, { restockAt: "2027-01-15T08:00:00.000Z" });
    const reply = await reserve(shop, shelf, 2);
    expect(reply.body.errors).toMatchObject([{ restockAt: "2027-01-15T08:00:00.000Z" }]);
  });

  it("refuses another request under an id that is taken, or that has ended", async () => {
    const shelf = await stockedShelf(office, 5);
    const reservationId = unique("r");
    await reserve(shop, shelf, 1, { reservationId });
    const other = await reserve(shop, shelf, 2, { reservationId });
    expect([other.status, other.body.code]).toEqual([409, "reservation_exists"]);
    await shop.post(`/v1/reservations/${reservationId}/release`);
    const again = await reserve(shop, shelf, 1, { reservationId });
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: "reservation_ended", reservationStatus: "released" });
  });

  it("refuses what does not fit its status, and says which it has", async () => {
    const shelf = await stockedShelf(office, 5);
    const { body } = await reserve(shop, shelf, 1);
    const path = `/v1/reservations/${body.reservationId}`;
    const unpaid = await office.post(`${path}/fulfill`);
    expect(unpaid.status).toBe(409);
    expect(unpaid.body).toMatchObject({ code: "invalid_transition", reservationStatus: "held" });
    await shop.post(`${path}/commit`, { orderId: "o-4" });
    expect((await shop.post(`${path}/commit`, { orderId: "o-5" })).body).toMatchObject({ code: "invalid_transition" });
    expect((await shop.post(`${path}/extend`, { ttlSeconds: 60 })).body).toMatchObject({
      reservationStatus: "committed",
    });
    await shop.post(`${path}/release`);
    for (const [step, request, api] of [
      ["commit", { orderId: "o-4" }, shop],
      ["extend", { ttlSeconds: 60 }, shop],
      ["fulfill", undefined, office],
    ] as const) {
      const reply = await api.post(`${path}/${step}`, request);
      expect(reply.status).toBe(409);
      expect(reply.body).toMatchObject({ code: "invalid_transition", reservationStatus: "released" });
    }
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it("is extended from now, and never beyond 24 hours of life", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 60 });
    const path = `/v1/reservations/${body.reservationId}/extend`;
    const longer = await shop.post(path, { ttlSeconds: 3_600 });
    expect(longer.status).toBe(200);
    expect(Date.parse(longer.body.expiresAt)).toBeGreaterThan(Date.now() + 3_590_000);
    const longest = await shop.post(path, { ttlSeconds: 86_400 });
    expect(Date.parse(longest.body.expiresAt) - Date.parse(body.createdAt)).toBe(86_400_000);
    expect(longest.headers.get("etag")).toBe('"1"');
  });

  it("that does not exist is not found", async () => {
    for (const reply of await Promise.all([
      shop.get("/v1/reservations/none"),
      shop.post("/v1/reservations/none/commit", { orderId: "o" }),
      shop.post("/v1/reservations/none/extend", { ttlSeconds: 5 }),
      shop.post("/v1/reservations/none/release"),
      office.post("/v1/reservations/none/fulfill"),
    ])) {
      expect([reply.status, reply.body.code]).toEqual([404, "not_found"]);
    }
  });

  it("of an unknown SKU or at an unknown location says which", async () => {
    const shelf = await stockedShelf(office, 1);
    const unknownSku = await shop.post("/v1/reservations", { lines: [{ sku: "no-such-sku", quantity: 1 }] });
    expect([unknownSku.status, unknownSku.body.code]).toEqual([404, "unknown_sku"]);
    expect(JSON.stringify(unknownSku.body)).toContain("no-such-sku");
    const unknownLocation = await reserve(shop, { ...shelf, locationId: "no-such-location" }, 1);
    expect([unknownLocation.status, unknownLocation.body.code]).toEqual([404, "unknown_location"]);
    expect(JSON.stringify(unknownLocation.body)).toContain("no-such-location");
    const empty = await reserve(shop, { sku: shelf.sku, locationId: await openLocation(office) }, 1);
    expect(empty.body).toMatchObject({ code: "insufficient_stock", errors: [{ available: 0 }] });
  });

  it("is not possible for an archived item, whose promises are kept", async () => {
    const shelf = await stockedShelf(office, 5);
    const { body } = await reserve(shop, shelf, 1);
    expect((await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", active: false })).status).toBe(200);
    const refused = await reserve(shop, shelf, 1);
    expect(refused.body).toMatchObject({ code: "insufficient_stock", errors: [{ available: 0 }] });
    const path = `/v1/reservations/${body.reservationId}`;
    expect((await shop.post(`${path}/commit`, { orderId: "o-6" })).status).toBe(200);
    expect((await office.post(`${path}/fulfill`)).status).toBe(200);
  });

  it("is not possible at a location out of use within seconds, and its promises are kept", async () => {
    // More than all tries could take, so that only the location can be why one is refused.
    const shelf = await stockedShelf(office, 10_000);
    const { body } = await reserve(shop, shelf, 1);
    await office.put(`/v1/locations/${shelf.locationId}`, { name: "Warehouse", priority: 10, active: false });
    const refused = await eventually(
      () => reserve(shop, shelf, 1),
      ({ status }) => status === 409,
      8_000,
    );
    expect(refused.body).toMatchObject({ code: "insufficient_stock", errors: [{ available: 0 }] });
    expect((await shop.post(`/v1/reservations/${body.reservationId}/commit`, { orderId: "o-7" })).status).toBe(200);
  });
});

async function unitsByLocation(sku: string): Promise<Record<string, number>> {
  const { body } = await shop.get(`/v1/availability?sku=${sku}`);
  const locations: { locationId: string; available: number }[] = body.items[0].locations;
  return Object.fromEntries(locations.map(({ locationId, available }) => [locationId, available]));
}

describe("a line without a location", () => {
  it("is served by the preferred location that has all of it, else split, and never refused while units lie free", async () => {
    const [sku, far, near] = await Promise.all([
      listItem(office),
      openLocation(office, { priority: 9 }),
      openLocation(office, { priority: 1 }),
    ]);
    await receive(office, { sku, locationId: far }, 4);
    await receive(office, { sku, locationId: near }, 3);
    const take = async (quantity: number) => {
      const reply = await shop.post("/v1/reservations", { lines: [{ sku, quantity }] });
      return reply.status === 201 ? reply.body.lines[0].allocations : reply;
    };
    /** The service chooses from the summaries, which are seconds behind. */
    const summariesShow = async (units: Readonly<Record<string, number>>) =>
      await expect.poll(() => unitsByLocation(sku), { timeout: 15_000 }).toEqual(units);
    await summariesShow({ [near]: 3, [far]: 4 });
    expect(await take(2)).toEqual([{ sku, locationId: near, quantity: 2 }]);
    await summariesShow({ [near]: 1, [far]: 4 });
    expect(await take(3)).toEqual([{ sku, locationId: far, quantity: 3 }]);
    await summariesShow({ [near]: 1, [far]: 1 });
    expect(await take(2)).toEqual([
      { sku, locationId: near, quantity: 1 },
      { sku, locationId: far, quantity: 1 },
    ]);
    expect(await take(1)).toMatchObject({
      status: 409,
      body: { code: "insufficient_stock", errors: [{ sku, locationId: null, requested: 1, available: 0 }] },
    });
  });

  it("leaves a line that names its location its units", async () => {
    const [sku, first, second] = await Promise.all([
      listItem(office),
      openLocation(office, { priority: 1 }),
      openLocation(office, { priority: 2 }),
    ]);
    await Promise.all([
      receive(office, { sku, locationId: first }, 1),
      receive(office, { sku, locationId: second }, 1),
    ]);
    const reply = await shop.post("/v1/reservations", {
      lines: [
        { sku, quantity: 1 },
        { sku, quantity: 1, locationId: first },
      ],
    });
    expect(reply.status).toBe(201);
    expect(reply.body.lines).toMatchObject([
      { locationId: null, allocations: [{ locationId: second }] },
      { locationId: first, allocations: [{ locationId: first }] },
    ]);
  });

  it("sells every unit of several locations exactly once under parallel buyers", async () => {
    const sku = await listItem(office);
    const locations = await Promise.all([1, 2, 3].map((priority) => openLocation(office, { priority })));
    await Promise.all(locations.map((locationId) => receive(office, { sku, locationId }, 10)));
    const replies = await Promise.all(
      Array.from({ length: 60 }, () => shop.post("/v1/reservations", { lines: [{ sku, quantity: 1 }] })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(30);
    for (const locationId of locations) {
      expect(await levelOf(office, { sku, locationId })).toMatchObject({ reserved: 10, sellable: 0 });
    }
  });

  it("can be one of 90 that are reserved and released at once", async () => {
    const locationId = await openLocation(office);
    const skus = await Promise.all(Array.from({ length: 90 }, () => listItem(office)));
    const changes = skus.map((sku) => ({ sku, locationId, delta: 2 }));
    expect((await office.post("/v1/adjustments", { reason: "received", atomic: true, changes })).status).toBe(200);
    const large = await shop.post("/v1/reservations", { lines: skus.map((sku) => ({ sku, quantity: 1 })) });
    expect(large.status).toBe(201);
    const released = await shop.post(`/v1/reservations/${large.body.reservationId}/release`);
    expect(released.status).toBe(200);
  });
});
