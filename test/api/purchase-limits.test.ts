import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, listItem, openLocation, pathOf, receive, reserve, type Shelf, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

const limitedShelf = async (quantity: number, purchaseLimit: Record<string, unknown>) =>
  await stockedShelf(office, quantity, { purchaseLimit });

function expectExceeded(reply: Reply, error: Record<string, unknown>): void {
  expect([reply.status, reply.body.code]).toEqual([409, "purchase_limit_exceeded"]);
  expect(reply.body.errors).toEqual([error]);
}

describe("a purchase limit", () => {
  it("holds over all of a customer's reservations, and for each customer by himself", async () => {
    const shelf = await limitedShelf(20, { quantity: 3 });
    const [anna, ben] = [unique("c"), unique("c")];
    expect((await reserve(shop, shelf, 2, { customerId: anna })).status).toBe(201);
    expectExceeded(await reserve(shop, shelf, 2, { customerId: anna }), {
      sku: shelf.sku,
      limit: 3,
      alreadyTaken: 2,
      requested: 2,
    });
    expect((await reserve(shop, shelf, 1, { customerId: anna })).status).toBe(201);
    expect((await reserve(shop, shelf, 3, { customerId: ben })).status).toBe(201);
    expectExceeded(await reserve(shop, shelf, 4, { customerId: unique("c") }), {
      sku: shelf.sku,
      limit: 3,
      alreadyTaken: 0,
      requested: 4,
    });
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 6 });
  });

  it("needs to know who buys", async () => {
    const shelf = await limitedShelf(5, { quantity: 3 });
    const anonymous = await reserve(shop, shelf, 1);
    expect([anonymous.status, anonymous.body.code]).toEqual([400, "validation_failed"]);
    expect(anonymous.body.errors).toEqual([
      { path: "body.customerId", message: `is needed: ${shelf.sku} has a purchase limit` },
    ]);
    const free = await stockedShelf(office, 5);
    const cart = await reserve(shop, free, 1);
    const lines = [
      { ...free, quantity: 1 },
      { ...shelf, quantity: 1 },
    ];
    const changed = await shop.put(`${pathOf(cart)}/lines`, { lines });
    expect([changed.status, changed.body.code]).toEqual([400, "validation_failed"]);
    expect(changed.body.errors).toMatchObject([{ path: "path.reservationId" }]);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 0, version: 1 });
    expect((await shop.get(pathOf(cart))).body).toEqual(cart.body);
  });

  it("is met exactly by a customer who sends ten requests at once", async () => {
    const shelf = await limitedShelf(20, { quantity: 4 });
    const customerId = unique("c");
    const replies = await Promise.all(Array.from({ length: 10 }, () => reserve(shop, shelf, 1, { customerId })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(replies.filter(({ body }) => body.code === "purchase_limit_exceeded")).toHaveLength(6);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 4 });
  });

  it("is given back on release, on expiry and by a cart that shrinks, once", async () => {
    const shelf = await limitedShelf(20, { quantity: 3 });
    const customerId = unique("c");
    const buy = (quantity: number, settings: Record<string, unknown> = {}) =>
      reserve(shop, shelf, quantity, { customerId, ...settings });
    const [released, shrunk, expiring] = [await buy(1), await buy(1), await buy(1, { ttlSeconds: 1 })];
    expect((await buy(1)).status).toBe(409);
    await shop.post(`${pathOf(released)}/release`);
    await shop.post(`${pathOf(released)}/release`);
    const other = await stockedShelf(office, 1);
    await shop.put(`${pathOf(shrunk)}/lines`, { lines: [{ ...other, quantity: 1 }] });
    await eventually(
      () => shop.get(pathOf(expiring)),
      ({ body }) => body.status === "expired",
    );
    expect((await buy(4)).status).toBe(409);
    expect((await buy(3)).status).toBe(201);
    expectExceeded(await buy(1), { sku: shelf.sku, limit: 3, alreadyTaken: 3, requested: 1 });
  });

  it("counts what a cart grows by, and a refusal leaves the cart whole", async () => {
    const shelf = await limitedShelf(20, { quantity: 3 });
    const customerId = unique("c");
    const cart = await reserve(shop, shelf, 2, { customerId });
    const put = (quantity: number) => shop.put(`${pathOf(cart)}/lines`, { lines: [{ ...shelf, quantity }] });
    expectExceeded(await put(4), { sku: shelf.sku, limit: 3, alreadyTaken: 2, requested: 2 });
    expect((await shop.get(pathOf(cart))).body).toEqual(cart.body);
    expect((await put(3)).status).toBe(200);
    expect((await put(1)).status).toBe(200);
    expect((await reserve(shop, shelf, 2, { customerId })).status).toBe(201);
  });

  it("counts again what a late commit takes again", async () => {
    const shelf = await limitedShelf(20, { quantity: 2 });
    const customerId = unique("c");
    const late = await reserve(shop, shelf, 2, { customerId, ttlSeconds: 1 });
    await eventually(
      () => shop.get(pathOf(late)),
      ({ body }) => body.status === "expired",
    );
    const meanwhile = await reserve(shop, shelf, 1, { customerId });
    const commit = () => shop.post(`${pathOf(late)}/commit`, { orderId: "o-1" });
    expectExceeded(await commit(), { sku: shelf.sku, limit: 2, alreadyTaken: 1, requested: 2 });
    await shop.post(`${pathOf(meanwhile)}/release`);
    expect((await commit()).body).toMatchObject({ status: "committed", reacquired: true });
    expect((await reserve(shop, shelf, 1, { customerId })).status).toBe(409);
  });

  it("stays taken by what was shipped, also when it comes back and when the rest is released", async () => {
    const shelf = await limitedShelf(20, { quantity: 3 });
    const customerId = unique("c");
    const order = await reserve(shop, shelf, 3, { customerId });
    await shop.post(`${pathOf(order)}/commit`, { orderId: "o-1" });
    await office.post(`${pathOf(order)}/fulfill`, { lines: [{ ...shelf, quantity: 2 }] });
    await office.post(`${pathOf(order)}/return`, { lines: [{ ...shelf, quantity: 1, disposition: "restock" }] });
    await shop.post(`${pathOf(order)}/release`);
    expectExceeded(await reserve(shop, shelf, 2, { customerId }), {
      sku: shelf.sku,
      limit: 3,
      alreadyTaken: 2,
      requested: 2,
    });
    expect((await reserve(shop, shelf, 1, { customerId })).status).toBe(201);
  });

  it("counts anew in each window of days", async () => {
    const shelf = await limitedShelf(20, { quantity: 1, windowDays: 7 });
    const customerId = unique("c");
    expect((await reserve(shop, shelf, 1, { customerId })).status).toBe(201);
    expectExceeded(await reserve(shop, shelf, 1, { customerId }), {
      sku: shelf.sku,
      limit: 1,
      alreadyTaken: 1,
      requested: 1,
    });
    // Windows of another length are other windows: nothing was bought in the present one of those.
    const purchaseLimit = { quantity: 1, windowDays: 30 };
    await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", purchaseLimit });
    expect((await reserve(shop, shelf, 1, { customerId })).status).toBe(201);
  });

  it("that is raised, lowered or taken away holds at once for what is bought from then on", async () => {
    const shelf = await limitedShelf(20, { quantity: 1 });
    const customerId = unique("c");
    const buy = () => reserve(shop, shelf, 1, { customerId });
    const put = (settings: Record<string, unknown>) =>
      office.put(`/v1/items/${shelf.sku}`, { name: "Thing", ...settings });
    expect([(await buy()).status, (await buy()).status]).toEqual([201, 409]);
    await put({ purchaseLimit: { quantity: 3 } });
    expect([(await buy()).status, (await buy()).status, (await buy()).status]).toEqual([201, 201, 409]);
    await put({ purchaseLimit: { quantity: 2 } });
    expectExceeded(await buy(), { sku: shelf.sku, limit: 2, alreadyTaken: 3, requested: 1 });
    await put({});
    expect((await buy()).status).toBe(201);
  });

  it("holds for a kit as it is ordered, whatever its components are sold for besides", async () => {
    const [part, locationId] = await Promise.all([listItem(office), openLocation(office)]);
    await receive(office, { sku: part, locationId }, 20);
    const kit = await listItem(office, {
      components: [{ sku: part, quantity: 2 }],
      purchaseLimit: { quantity: 1 },
    });
    const customerId = unique("c");
    const buy = (shelf: Shelf) => reserve(shop, shelf, 1, { customerId });
    expect((await buy({ sku: kit, locationId })).status).toBe(201);
    expectExceeded(await buy({ sku: kit, locationId }), { sku: kit, limit: 1, alreadyTaken: 1, requested: 1 });
    expect((await buy({ sku: part, locationId })).status).toBe(201);
  });

  it("that is exceeded by several lines is told for all of them at once", async () => {
    const [a, b] = [await limitedShelf(9, { quantity: 1 }), await limitedShelf(9, { quantity: 2 })];
    const customerId = unique("c");
    const lines = [
      { ...a, quantity: 2 },
      { ...b, quantity: 3 },
    ];
    const reply = await shop.post("/v1/reservations", { customerId, lines });
    expect([reply.status, reply.body.code]).toEqual([409, "purchase_limit_exceeded"]);
    expect(reply.body.errors).toEqual([
      { sku: a.sku, limit: 1, alreadyTaken: 0, requested: 2 },
      { sku: b.sku, limit: 2, alreadyTaken: 0, requested: 3 },
    ]);
    expect(await levelOf(office, a)).toMatchObject({ reserved: 0, version: 1 });
  });
});
