import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, listItem, openLocation, receive } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;
/** Preferred, but far from the buyers below; and the next one, which is near. */
let lisbon: string;
let berlin: string;
let unmapped: string;

const buyerInPotsdam = { country: "DE", latitude: 52.39, longitude: 13.06 };

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
  lisbon = await openLocation(office, { priority: 1, country: "PT", latitude: 38.72, longitude: -9.14 });
  berlin = await openLocation(office, { priority: 2, country: "DE", latitude: 52.52, longitude: 13.4 });
  unmapped = await openLocation(office, { priority: 3 });
});

/** A SKU with these units at these locations, which the summaries know. */
async function spread(
  units: Readonly<Record<string, number>>,
  settings: Record<string, unknown> = {},
): Promise<string> {
  const sku = await listItem(office, settings);
  const stocked = Object.entries(units).filter(([, quantity]) => quantity > 0);
  await Promise.all(stocked.map(([locationId, quantity]) => receive(office, { sku, locationId }, quantity)));
  const all = stocked.reduce((sum, [, quantity]) => sum + quantity, 0);
  const { body } = await eventually(
    () => shop.get(`/v1/availability?sku=${sku}`),
    (reply) => reply.body.items[0].available === all,
  );
  expect(body.items).toMatchObject([{ available: all }]);
  return sku;
}

async function take(lines: readonly unknown[], settings: Record<string, unknown>): Promise<Reply> {
  const reply = await shop.post("/v1/reservations", { lines, ...settings });
  expect(reply.status).toBe(201);
  return reply;
}

/** Where the units of each line are taken from. */
async function placesOf(lines: readonly unknown[], settings: Record<string, unknown>) {
  const { body } = await take(lines, settings);
  return body.lines.map((line: Reply["body"]) =>
    line.allocations.map(({ locationId, quantity }: Reply["body"]) => [locationId, quantity]),
  );
}

describe("stock is chosen as the request says", () => {
  it("priority takes from the preferred location that has all of a line", async () => {
    const sku = await spread({ [lisbon]: 2, [berlin]: 9, [unmapped]: 9 });
    const settings = { allocation: "priority" };
    expect(await placesOf([{ sku, quantity: 2 }], settings)).toEqual([[[lisbon, 2]]]);
    expect(await placesOf([{ sku, quantity: 3 }], settings)).toEqual([[[berlin, 3]]]);
  });

  it("fewest-splits takes a whole cart from one location if one can, and else from as few as it can", async () => {
    const [a, b] = [await spread({ [lisbon]: 5, [berlin]: 5 }), await spread({ [berlin]: 5, [unmapped]: 5 })];
    const cart = [
      { sku: a, quantity: 2 },
      { sku: b, quantity: 2 },
    ];
    expect(await placesOf(cart, { allocation: "fewest-splits" })).toEqual([[[berlin, 2]], [[berlin, 2]]]);
    expect(await placesOf(cart, { allocation: "priority" })).toEqual([[[lisbon, 2]], [[berlin, 2]]]);
    const scattered = await spread({ [lisbon]: 1, [berlin]: 2, [unmapped]: 2 });
    expect(await placesOf([{ sku: scattered, quantity: 4 }], { allocation: "fewest-splits" })).toEqual([
      [
        [berlin, 2],
        [unmapped, 2],
      ],
    ]);
  });

  it("fewest-splits is what a request gets that does not say", async () => {
    const [a, b] = [await spread({ [lisbon]: 5, [berlin]: 5 }), await spread({ [berlin]: 5 })];
    const cart = [
      { sku: a, quantity: 1 },
      { sku: b, quantity: 1 },
    ];
    expect(await placesOf(cart, {})).toEqual([[[berlin, 1]], [[berlin, 1]]]);
  });

  it("nearest takes from the location that is closest to where the goods go, and last from one without coordinates", async () => {
    const sku = await spread({ [lisbon]: 2, [berlin]: 2, [unmapped]: 9 });
    const nearest = { allocation: "nearest", shipTo: buyerInPotsdam };
    expect(await placesOf([{ sku, quantity: 1 }], nearest)).toEqual([[[berlin, 1]]]);
    const inPorto = { country: "PT", latitude: 41.15, longitude: -8.61 };
    expect(await placesOf([{ sku, quantity: 1 }], { ...nearest, shipTo: inPorto })).toEqual([[[lisbon, 1]]]);
    expect(await placesOf([{ sku, quantity: 1 }], nearest)).toEqual([[[berlin, 1]]]);
    expect(await placesOf([{ sku, quantity: 1 }], nearest)).toEqual([[[lisbon, 1]]]);
    expect(await placesOf([{ sku, quantity: 1 }], nearest)).toEqual([[[unmapped, 1]]]);
  });

  it("balance takes from the location that has most", async () => {
    const sku = await spread({ [lisbon]: 3, [berlin]: 7, [unmapped]: 5 });
    expect(await placesOf([{ sku, quantity: 1 }], { allocation: "balance" })).toEqual([[[berlin, 1]]]);
    const other = await spread({ [lisbon]: 2, [berlin]: 3, [unmapped]: 4 });
    expect(await placesOf([{ sku: other, quantity: 6 }], { allocation: "balance" })).toEqual([
      [
        [unmapped, 4],
        [berlin, 2],
      ],
    ]);
  });

  it.each(["priority", "fewest-splits", "nearest", "balance"])(
    "%s never refuses what the locations have together, and never takes more",
    async (allocation) => {
      const sku = await spread({ [lisbon]: 4, [berlin]: 4, [unmapped]: 4 });
      const send = () =>
        shop.post("/v1/reservations", { allocation, shipTo: buyerInPotsdam, lines: [{ sku, quantity: 1 }] });
      const replies = await Promise.all(Array.from({ length: 20 }, send));
      expect(replies.filter(({ status }) => status === 201)).toHaveLength(12);
      expect(replies.filter(({ body }) => body.code === "insufficient_stock")).toHaveLength(8);
      for (const locationId of [lisbon, berlin, unmapped]) {
        expect(await levelOf(office, { sku, locationId })).toMatchObject({ reserved: 4, sellable: 0 });
      }
    },
  );

  it("promises what is missing at the first location by the same strategy that allows it", async () => {
    const sku = await spread({ [lisbon]: 1, [berlin]: 1 });
    const override = async (locationId: string, policy: string) =>
      expect((await office.patch(`/v1/levels/${sku}/${locationId}`, { backorder: { policy } })).status).toBe(200);
    await override(lisbon, "allow");
    await override(berlin, "allow");
    const near = await take([{ sku, quantity: 3 }], { allocation: "nearest", shipTo: buyerInPotsdam });
    expect(near.body.lines).toMatchObject([{ allocated: 2, backordered: 1 }]);
    expect(await levelOf(office, { sku, locationId: berlin })).toMatchObject({ reserved: 1, backordered: 1 });
    await take([{ sku, quantity: 1 }], { allocation: "priority" });
    expect(await levelOf(office, { sku, locationId: lisbon })).toMatchObject({ reserved: 1, backordered: 1 });
    await override(lisbon, "deny");
    await take([{ sku, quantity: 1 }], { allocation: "priority" });
    expect(await levelOf(office, { sku, locationId: berlin })).toMatchObject({ backordered: 2 });
  });

  it("also when a cart changes: it keeps what it has, and takes more in the way it began", async () => {
    const sku = await spread({ [lisbon]: 5, [berlin]: 2 });
    const cart = await take([{ sku, quantity: 1 }], { allocation: "nearest", shipTo: buyerInPotsdam });
    const path = `/v1/reservations/${cart.body.reservationId}/lines`;
    const more = await shop.put(path, { lines: [{ sku, quantity: 2 }] });
    expect(more.body.lines[0].allocations).toEqual([{ sku, locationId: berlin, quantity: 2 }]);
    const most = await shop.put(path, { lines: [{ sku, quantity: 3 }] });
    expect(most.body.lines[0].allocations).toEqual([
      { sku, locationId: berlin, quantity: 2 },
      { sku, locationId: lisbon, quantity: 1 },
    ]);
  });

  it("nearest without coordinates of where the goods go is a bad request", async () => {
    const sku = await spread({ [lisbon]: 1 });
    for (const shipTo of [undefined, {}, { country: "DE" }]) {
      const reply = await shop.post("/v1/reservations", {
        allocation: "nearest",
        shipTo,
        lines: [{ sku, quantity: 1 }],
      });
      expect([reply.status, reply.body.code]).toEqual([400, "validation_failed"]);
      expect(reply.body.errors).toMatchObject([{ path: "body.shipTo" }]);
    }
    expect(await levelOf(office, { sku, locationId: lisbon })).toMatchObject({ reserved: 0, version: 1 });
  });
});
