import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import {
  alertsOf,
  levelOf,
  listItem,
  movementsOf,
  openLocation,
  pathOf,
  receive,
  reserve,
  type Shelf,
  split,
  stockedShelf,
} from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

async function splitShelf(quantity: number, cells: number, settings: Record<string, unknown> = {}): Promise<Shelf> {
  const shelf = await stockedShelf(office, quantity, settings);
  const reply = await split(office, shelf, cells);
  expect([reply.status, reply.body.cells]).toEqual([200, cells]);
  return shelf;
}

async function merged(shelf: Shelf): Promise<Reply["body"]> {
  const reply = await split(office, shelf, 1);
  expect([reply.status, reply.body.cells]).toEqual([200, 1]);
  return reply.body;
}

async function sold(shelf: Shelf, quantity: number, settings: Record<string, unknown> = {}): Promise<Reply> {
  const reply = await reserve(shop, shelf, quantity, settings);
  expect(reply.status).toBe(201);
  return reply;
}

const adjust = async (...changes: readonly unknown[]) =>
  await office.post("/v1/adjustments", { reason: "correction", changes });

describe("a level that is split", () => {
  it("shows the sum of its cells everywhere, and is the same when it is whole again", async () => {
    const shelf = await stockedShelf(office, 21);
    await sold(shelf, 3);
    await adjust({ ...shelf, state: "damaged", delta: 1 });
    const whole = await levelOf(office, shelf);
    const figures = { onHand: 21, reserved: 3, damaged: 1, available: 17, sellable: 17, backordered: 0 };
    expect(whole).toMatchObject({ ...figures, cells: 1 });

    const reply = await split(office, shelf, 8);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("etag")).toBe(`"${whole.settingsRevision}"`);
    expect(reply.body).toMatchObject({ ...shelf, ...figures, cells: 8 });
    expect(await levelOf(office, shelf)).toMatchObject({ ...figures, cells: 8 });
    for (const _attempt of ["changed", "unchanged"]) {
      const configured = await office.patch(`/v1/levels/${shelf.sku}/${shelf.locationId}`, { lowStockThreshold: 2 });
      expect(configured.body).toMatchObject({ ...figures, cells: 8, lowStockThreshold: 2 });
    }
    const listed = await office.get(`/v1/levels?sku=${shelf.sku}`);
    expect(listed.body.items).toMatchObject([{ ...shelf, ...figures, cells: 8 }]);
    const exact = await shop.get(`/v1/availability?sku=${shelf.sku}&exact=true`);
    expect(exact.body.items).toMatchObject([{ available: 17, locations: [{ available: 17 }] }]);
    await sold(shelf, 5);
    const summary = await eventually(
      () => shop.get(`/v1/availability?sku=${shelf.sku}`),
      ({ body }) => body.items[0].available === 12,
    );
    expect(summary.body.items).toMatchObject([{ available: 12, inStock: true }]);
    expect(await merged(shelf)).toMatchObject({ ...figures, reserved: 8, available: 12, sellable: 12 });
  });

  it("is sold exactly: every unit, and none twice", async () => {
    const shelf = await splitShelf(40, 16);
    const replies = await Promise.all(Array.from({ length: 80 }, () => reserve(shop, shelf, 1)));
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect({ created: count(201), refused: count(409) }).toEqual({ created: 40, refused: 40 });
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 40, reserved: 40, sellable: 0 });
    expect(await merged(shelf)).toMatchObject({ onHand: 40, reserved: 40, sellable: 0 });
  });

  it("serves a buyer who wants more than any cell has, and never refuses while there is enough", async () => {
    const shelf = await splitShelf(16, 8);
    const reply = await sold(shelf, 9);
    expect(reply.body.lines).toMatchObject([{ allocated: 9, allocations: [{ ...shelf, quantity: 9 }] }]);
    const tooMany = await reserve(shop, shelf, 8);
    expect(tooMany.body).toMatchObject({
      code: "insufficient_stock",
      errors: [{ ...shelf, requested: 8, available: 7 }],
    });
    await sold(shelf, 7);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 16, sellable: 0 });
  });

  it("serves several lines of one cart from different cells", async () => {
    const shelf = await splitShelf(2, 2);
    const lines = [
      { ...shelf, quantity: 1 },
      { sku: shelf.sku, quantity: 1 },
    ];
    const reply = await shop.post("/v1/reservations", { lines });
    expect(reply.status).toBe(201);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 2, sellable: 0 });
    const none = await shop.post("/v1/reservations", { lines });
    expect([none.status, none.body.code]).toEqual([409, "insufficient_stock"]);
  });

  it("may have more cells than units", async () => {
    const shelf = await splitShelf(3, 32);
    const replies = await Promise.all(Array.from({ length: 6 }, () => reserve(shop, shelf, 1)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await merged(shelf)).toMatchObject({ onHand: 3, reserved: 3 });
  });

  it("may have more cells than one transaction makes or merges", async () => {
    const shelf = await splitShelf(400, 200);
    await sold(shelf, 5);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 400, reserved: 5, sellable: 395, cells: 200 });
    expect(await merged(shelf)).toMatchObject({ onHand: 400, reserved: 5, sellable: 395 });
  });

  it("gives units back from wherever they were taken, before it is merged and after", async () => {
    const shelf = await splitShelf(20, 4);
    const [released, kept] = [await sold(shelf, 7), await sold(shelf, 4)];
    await shop.post(`${pathOf(released)}/release`);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 4, sellable: 16 });
    const expiring = await sold(shelf, 1, { ttlSeconds: 2 });
    await merged(shelf);
    const level = await eventually(
      () => levelOf(office, shelf),
      ({ reserved }) => reserved === 4,
    );
    expect(level).toMatchObject({ onHand: 20, reserved: 4, sellable: 16 });
    expect((await shop.get(pathOf(expiring))).body.status).toBe("expired");
    await shop.post(`${pathOf(kept)}/release`);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 20, reserved: 0, sellable: 20 });
  });

  it("is shipped from and returned to, before it is merged and after", async () => {
    const shelf = await splitShelf(20, 4);
    const order = await sold(shelf, 9);
    await shop.post(`${pathOf(order)}/commit`, { orderId: "o-1" });
    const part = await office.post(`${pathOf(order)}/fulfill`, { lines: [{ ...shelf, quantity: 6 }] });
    expect(part.body.lines).toMatchObject([{ allocated: 3, fulfilled: 6 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 14, reserved: 3, cells: 4 });
    const back = { lines: [{ ...shelf, quantity: 1, disposition: "restock" }] };
    expect((await office.post(`${pathOf(order)}/return`, back)).status).toBe(200);
    await merged(shelf);
    expect((await office.post(`${pathOf(order)}/fulfill`)).body.status).toBe("fulfilled");
    expect((await office.post(`${pathOf(order)}/return`, back)).body.lines).toMatchObject([{ returned: 2 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 13, reserved: 0, sellable: 13 });
  });

  it("lets carts grow and shrink, before it is merged and after, and when it is split again", async () => {
    const shelf = await splitShelf(20, 4);
    const cart = await sold(shelf, 7);
    const put = async (quantity: number) => {
      const reply = await shop.put(`${pathOf(cart)}/lines`, { lines: [{ ...shelf, quantity }] });
      expect([reply.status, reply.body.lines?.[0]?.allocated]).toEqual([200, quantity]);
      expect(await levelOf(office, shelf)).toMatchObject({ onHand: 20, reserved: quantity, sellable: 20 - quantity });
    };
    await put(12);
    await put(6);
    await merged(shelf);
    await put(3);
    await put(9);
    await split(office, shelf, 8);
    await put(2);
    await put(20);
  });

  it("sells what is received meanwhile, and what is corrected away as long as no cell has it", async () => {
    const shelf = await splitShelf(4, 4);
    await receive(office, shelf, 6);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 10, sellable: 10 });
    expect((await adjust({ ...shelf, delta: -5 })).status).toBe(200);
    for (const change of [
      { delta: -2 },
      { delta: -2, force: true },
      { set: 3 },
      { delta: 1, expected: 5 },
      { state: "damaged", delta: 2 },
    ]) {
      const refused = await adjust({ ...shelf, ...change });
      expect([change, refused.status, refused.body.code]).toEqual([change, 409, "merge_first"]);
      expect(refused.body).toMatchObject(shelf);
    }
    const replies = await Promise.all(Array.from({ length: 7 }, () => reserve(shop, shelf, 1)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
    await merged(shelf);
    expect((await adjust({ ...shelf, delta: 1, expected: 5 })).status).toBe(200);
  });

  it("sells units again that came back after it was sold out", async () => {
    const shelf = await splitShelf(4, 4);
    const [first] = await Promise.all(Array.from({ length: 4 }, () => sold(shelf, 1)));
    expect((await reserve(shop, shelf, 1)).status).toBe(409);
    await shop.post(`${pathOf(first as Reply)}/release`);
    const next = await eventually(
      () => reserve(shop, shelf, 1),
      ({ status }) => status === 201,
    );
    expect(next.status).toBe(201);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 4, sellable: 0 });
  });

  it("keeps its number of cells until it is merged, and the same number again is the same", async () => {
    const shelf = await splitShelf(10, 4);
    const { version } = await levelOf(office, shelf);
    expect((await split(office, shelf, 4)).status).toBe(200);
    expect(await levelOf(office, shelf)).toMatchObject({ cells: 4, version });
    const other = await split(office, shelf, 8);
    expect([other.status, other.body.code]).toEqual([409, "merge_first"]);
    expect(other.body).toMatchObject(shelf);
    await merged(shelf);
    const whole = await merged(shelf);
    expect((await split(office, shelf, 8)).body).toMatchObject({ cells: 8, onHand: 10 });
    expect(whole).toMatchObject({ cells: 1, onHand: 10 });
    const missing = await split(office, { ...shelf, locationId: "no-such-place" }, 2);
    expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
  });

  it("takes no backorders, and a level that takes them is not split", async () => {
    const item = { name: "Thing", backorder: { policy: "allow" } };
    const shelf = await splitShelf(4, 2);
    const path = `/v1/levels/${shelf.sku}/${shelf.locationId}`;
    for (const refused of [
      await office.put(`/v1/items/${shelf.sku}`, item),
      await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", availableFrom: "2028-01-01T00:00:00Z" }),
      await office.patch(path, { backorder: { policy: "allow", limit: 1 } }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, "cells_and_backorders"]);
      expect(refused.body).toMatchObject(shelf);
    }
    expect(await levelOf(office, shelf)).toMatchObject({ backorderable: 0 });
    await merged(shelf);
    expect((await office.put(`/v1/items/${shelf.sku}`, item)).status).toBe(200);
    const allowed = await split(office, shelf, 2);
    expect([allowed.status, allowed.body.code]).toEqual([409, "cells_and_backorders"]);
    const owed = await sold(shelf, 5);
    await office.put(`/v1/items/${shelf.sku}`, { name: "Thing" });
    expect((await split(office, shelf, 2)).body.code).toBe("cells_and_backorders");
    await shop.post(`${pathOf(owed)}/release`);
    expect((await split(office, shelf, 2)).status).toBe(200);
  });

  it("of an item that has been on sale for a while can be described anew", async () => {
    const availableFrom = "2026-01-01T00:00:00.000Z";
    const shelf = await splitShelf(4, 2, { availableFrom });
    const renamed = await office.put(`/v1/items/${shelf.sku}`, { name: "Better thing", availableFrom });
    expect([renamed.status, renamed.body.name]).toEqual([200, "Better thing"]);
  });

  it("has every change of every cell in its audit trail, which adds up", async () => {
    const shelf = await splitShelf(12, 3);
    const buyers = await Promise.all(Array.from({ length: 6 }, () => sold(shelf, 1)));
    await merged(shelf);
    const movements = await eventually(
      () => movementsOf(office, shelf),
      (found) => found.filter(({ type }) => type === "reserved").length === 6 && found.some(isOfMergedLevel),
    );
    const ofCells = movements.filter(({ cell }) => cell > 0);
    const ofLevel = movements.filter(({ cell }) => cell === 0);
    expect(ofLevel.map(({ type }) => type)).toEqual(expect.arrayContaining(["received", "split", "merged"]));
    expect(new Set(ofCells.map(({ cell, generation }) => `${generation}/${cell}`))).toEqual(
      new Set(["1/1", "1/2", "1/3"]),
    );
    const reserved = movements.filter(({ type }) => type === "reserved");
    expect(new Set(reserved.map(({ reservationId }) => reservationId))).toEqual(
      new Set(buyers.map(({ body }) => body.reservationId)),
    );
    const sum = (figure: string) => movements.reduce((total, { changes }) => total + (changes[figure] ?? 0), 0);
    expect([sum("onHand"), sum("reserved"), sum("sellable")]).toEqual([12, 6, 6]);
  });

  it("is told as it was at a time, cells and all", async () => {
    const shelf = await splitShelf(12, 3);
    await sold(shelf, 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const then = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sold(shelf, 2);
    await merged(shelf);
    await eventually(
      () => movementsOf(office, shelf),
      (found) => found.some(isOfMergedLevel),
    );
    const before = await office.get(`/v1/levels/${shelf.sku}/${shelf.locationId}?asOf=${then}`);
    expect(before.body).toMatchObject({ onHand: 12, reserved: 5, sellable: 7 });
    const now = await office.get(`/v1/levels/${shelf.sku}/${shelf.locationId}?asOf=${new Date().toISOString()}`);
    expect(now.body).toMatchObject({ onHand: 12, reserved: 7, sellable: 5 });
  });

  it("raises an alert once when its sum crosses a threshold, and ends it", async () => {
    const shelf = await splitShelf(12, 6, { lowStockThreshold: 4 });
    const [first] = await Promise.all(Array.from({ length: 3 }, () => sold(shelf, 2)));
    // Cells run empty while there is plenty in all: so it is judged five seconds later.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(await alertsOf(office, shelf)).toEqual([]);
    await Promise.all(Array.from({ length: 3 }, () => sold(shelf, 2)));
    const raised = await eventually(
      () => alertsOf(office, shelf),
      (found) => found.length === 2,
    );
    expect(raised.map(({ type, status, available }) => [type, status, available]).sort()).toEqual([
      ["low_stock", "open", 0],
      ["out_of_stock", "open", 0],
    ]);
    await shop.post(`${pathOf(first as Reply)}/release`);
    const ended = await eventually(
      () => alertsOf(office, shelf),
      (found) => found.filter(({ status }) => status === "resolved").length === 2,
    );
    expect(ended.map(({ type, status }) => [type, status]).sort()).toEqual([
      ["back_in_stock", "resolved"],
      ["low_stock", "open"],
      ["out_of_stock", "resolved"],
    ]);
  });

  it("has a purchase limit as any other", async () => {
    const shelf = await splitShelf(12, 4, { purchaseLimit: { quantity: 2 } });
    const buy = (customerId?: string) => reserve(shop, shelf, 1, customerId === undefined ? {} : { customerId });
    const customer = `c-${shelf.sku}`;
    const replies = await Promise.all(Array.from({ length: 5 }, () => buy(customer)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(replies.filter(({ body }) => body.code === "purchase_limit_exceeded")).toHaveLength(3);
    expect([(await buy()).status, (await buy(`other-${customer}`)).status]).toEqual([400, 201]);
  });

  it("is one of several locations to a line that names none", async () => {
    const [sku, hot, cool] = await Promise.all([listItem(office), openLocation(office), openLocation(office)]);
    await receive(office, { sku, locationId: hot }, 6);
    await receive(office, { sku, locationId: cool }, 4);
    await split(office, { sku, locationId: hot }, 3);
    const replies = await Promise.all(
      Array.from({ length: 14 }, () => shop.post("/v1/reservations", { lines: [{ sku, quantity: 1 }] })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(replies.filter(({ body }) => body.code === "insufficient_stock")).toHaveLength(4);
    expect(await levelOf(office, { sku, locationId: hot })).toMatchObject({ reserved: 6, sellable: 0 });
    expect(await levelOf(office, { sku, locationId: cool })).toMatchObject({ reserved: 4, sellable: 0 });
  });
});

/** The movement with which the units came back to the level. */
function isOfMergedLevel({ type, cell }: Reply["body"]): boolean {
  return type === "merged" && cell === 0;
}

describe("splitting and merging while people buy", () => {
  it("makes no unit and loses none, and refuses nobody while units are free", async () => {
    const shelf = await stockedShelf(office, 60);
    let isOver = false;
    const bought: Reply[] = [];
    const buyer = async () => {
      for (let time = 0; time < 12; time += 1) {
        bought.push(await reserve(shop, shelf, 1));
      }
    };
    const keeper = async () => {
      for (let round = 0; round < 20 && !isOver; round += 1) {
        for (const cells of [4, 1]) {
          const reply = await split(office, shelf, cells);
          expect([200, 503]).toContain(reply.status);
        }
      }
    };
    const keeping = keeper();
    await Promise.all(Array.from({ length: 6 }, buyer));
    isOver = true;
    await keeping;
    const count = (status: number) => bought.filter((reply) => reply.status === status).length;
    expect({ created: count(201), refused: count(409) }).toEqual({ created: 60, refused: 12 });
    await merged(shelf);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 60, reserved: 60, sellable: 0 });
    const paths = bought.filter(({ status }) => status === 201).map(pathOf);
    await Promise.all(paths.map((path) => shop.post(`${path}/release`)));
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 60, reserved: 0, sellable: 60 });
  });
});
