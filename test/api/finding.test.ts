import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { everyItem, pathOf, reserve, type Shelf, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;
let shelf: Shelf;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
  shelf = await stockedShelf(office, 100);
});

/** The ids that a list has once it has as many as there are. */
async function found(query: string, count: number): Promise<Reply["body"][]> {
  const { body } = await eventually(
    () => shop.get(`/v1/reservations?${query}`),
    (reply) => reply.body.items?.length === count,
  );
  expect(body.nextCursor).toBeNull();
  return body.items;
}

describe("a reservation is found", () => {
  it("by its caller's reference, newest first, each as it is now", async () => {
    const referenceId = unique("cart");
    const first = await reserve(shop, shelf, 1, { referenceId });
    const second = await reserve(shop, shelf, 2, { referenceId });
    await reserve(shop, shelf, 1, { referenceId: `${referenceId}-other` });
    const held = await found(`referenceId=${referenceId}`, 2);
    expect(held).toEqual([second.body, first.body]);
    const released = await shop.post(`${pathOf(first)}/release`);
    const changed = await shop.put(`${pathOf(second)}/lines`, { lines: [{ ...shelf, quantity: 3 }] });
    expect(await found(`referenceId=${referenceId}`, 2)).toEqual([changed.body, released.body]);
  });

  it("by a storefront that lost the answer, and goes on from there", async () => {
    const referenceId = unique("cart");
    await reserve(shop, shelf, 1, { referenceId });
    const [lost] = await found(`referenceId=${referenceId}`, 1);
    const paid = await shop.post(`/v1/reservations/${lost.reservationId}/commit`, { orderId: unique("o") });
    expect(paid.status).toBe(200);
  });

  it("by names in any characters, those that no queue takes as they are among them", async () => {
    const [referenceId, orderId] = [unique("cart \ufffe&=é"), unique("order \uffff 😀")];
    const { body } = await reserve(shop, shelf, 1, { referenceId });
    await shop.post(`/v1/reservations/${body.reservationId}/commit`, { orderId });
    const query = (name: string, value: string) => `${name}=${encodeURIComponent(value)}`;
    const [byReference] = await found(query("referenceId", referenceId), 1);
    expect(await found(query("orderId", orderId), 1)).toEqual([byReference]);
    expect(byReference).toMatchObject({ reservationId: body.reservationId, referenceId, orderId });
  });

  it("by its order from the commit on, whatever becomes of it", async () => {
    const orderId = unique("order");
    const [first, second] = [await reserve(shop, shelf, 1), await reserve(shop, shelf, 1)];
    for (const reservation of [first, second]) {
      await shop.post(`${pathOf(reservation)}/commit`, { orderId });
    }
    const ids = [second, first].map(({ body }) => body.reservationId);
    const committed = await found(`orderId=${orderId}`, 2);
    expect(committed.map(({ reservationId }) => reservationId)).toEqual(ids);
    expect(committed).toMatchObject([
      { status: "committed", orderId },
      { status: "committed", orderId },
    ]);
    await office.post(`${pathOf(first)}/fulfill`);
    await shop.post(`${pathOf(second)}/release`);
    expect(await found(`orderId=${orderId}`, 2)).toMatchObject([{ status: "released" }, { status: "fulfilled" }]);
  });

  it("by a late commit's order as well, and under its reference still", async () => {
    const [referenceId, orderId] = [unique("cart"), unique("order")];
    const late = await reserve(shop, shelf, 1, { referenceId, ttlSeconds: 1 });
    await eventually(
      () => shop.get(pathOf(late)),
      ({ body }) => body.status === "expired",
    );
    expect(await found(`referenceId=${referenceId}`, 1)).toMatchObject([{ status: "expired" }]);
    await shop.post(`${pathOf(late)}/commit`, { orderId });
    expect(await found(`orderId=${orderId}`, 1)).toMatchObject([{ status: "committed", referenceId }]);
  });

  it("with any printable text as its name, page by page, by support as well", async () => {
    const referenceId = `${unique("Korb")} #1 / Größe 42 & mehr`;
    const made = [];
    for (let cart = 0; cart < 3; cart += 1) {
      made.unshift((await reserve(shop, shelf, 1, { referenceId })).body.reservationId);
    }
    await found(`referenceId=${encodeURIComponent(referenceId)}`, 3);
    const pages = await everyItem(office, "/v1/reservations", { referenceId, limit: "1" });
    expect(pages.map(({ reservationId }) => reservationId)).toEqual(made);
  });

  it("under no name that it does not have", async () => {
    expect(await found(`referenceId=${unique("none")}`, 0)).toEqual([]);
    expect(await found(`orderId=${unique("none")}`, 0)).toEqual([]);
  });
});
