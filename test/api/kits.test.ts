import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, listItem, openLocation, pathOf, receive, reserve, type Shelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

interface Breakfast {
  readonly kit: Shelf;
  readonly mug: Shelf;
  readonly plate: Shelf;
}

/** A kit of one mug and two plates, at one location. */
async function breakfast(mugs: number, plates: number, settings: Record<string, unknown> = {}): Promise<Breakfast> {
  const [mug, plate, locationId] = await Promise.all([listItem(office), listItem(office), openLocation(office)]);
  const components = [
    { sku: mug, quantity: 1 },
    { sku: plate, quantity: 2 },
  ];
  const kit = await listItem(office, { components, ...settings });
  await receive(office, { sku: mug, locationId }, mugs);
  await receive(office, { sku: plate, locationId }, plates);
  return { kit: { sku: kit, locationId }, mug: { sku: mug, locationId }, plate: { sku: plate, locationId } };
}

const kitItem = async (components: unknown, sku = unique("kit")) =>
  await office.put(`/v1/items/${sku}`, { name: "Kit", components });

async function committed(order: Reply): Promise<Reply> {
  return await shop.post(`${pathOf(order)}/commit`, { orderId: "o-1" });
}

describe("a kit", () => {
  it("reserves its components, and has no stock of its own", async () => {
    const { kit, mug, plate } = await breakfast(5, 5);
    const reply = await reserve(shop, kit, 2);
    expect(reply.status).toBe(201);
    expect(reply.body.lines).toMatchObject([
      {
        sku: kit.sku,
        quantity: 2,
        allocated: 2,
        backordered: 0,
        allocations: [
          { ...mug, quantity: 2 },
          { ...plate, quantity: 4 },
        ],
      },
    ]);
    expect(await levelOf(office, mug)).toMatchObject({ reserved: 2, sellable: 3 });
    expect(await levelOf(office, plate)).toMatchObject({ reserved: 4, sellable: 1 });
    expect((await office.get(`/v1/levels?sku=${kit.sku}`)).body.items).toEqual([]);
  });

  it("is found by the service's own choice of a location too, and given back whole", async () => {
    const { kit, mug, plate } = await breakfast(5, 5);
    const reply = await shop.post("/v1/reservations", { lines: [{ sku: kit.sku, quantity: 1 }] });
    expect(reply.body.lines).toMatchObject([{ locationId: null, allocated: 1 }]);
    const released = await shop.post(`${pathOf(reply)}/release`);
    expect(released.body.lines).toMatchObject([{ allocated: 0, released: 1, allocations: [] }]);
    expect(await levelOf(office, mug)).toMatchObject({ reserved: 0 });
    expect(await levelOf(office, plate)).toMatchObject({ reserved: 0 });
  });

  it("shares the stock of its components with lines that name them", async () => {
    const { kit, mug, plate } = await breakfast(3, 5);
    const cart = (plates: number) => ({
      lines: [
        { ...plate, quantity: plates },
        { ...kit, quantity: 2 },
      ],
    });
    const tooMany = await shop.post("/v1/reservations", cart(2));
    expect([tooMany.status, tooMany.body.code]).toEqual([409, "insufficient_stock"]);
    // The earlier line gets stock first: two plates of five, which leaves enough for one kit.
    expect(tooMany.body.errors).toMatchObject([{ sku: kit.sku, requested: 2, available: 1 }]);
    const reply = await shop.post("/v1/reservations", cart(1));
    expect(reply.status).toBe(201);
    expect(await levelOf(office, plate)).toMatchObject({ reserved: 5, sellable: 0, version: 2 });
    expect(await levelOf(office, mug)).toMatchObject({ reserved: 2, sellable: 1 });
  });

  it("has as many as its scarcest component allows, in the summaries and exactly", async () => {
    const { kit, mug, plate } = await breakfast(5, 7);
    const path = `/v1/availability?sku=${kit.sku}`;
    const exact = await shop.get(`${path}&exact=true`);
    expect(exact.body.items).toMatchObject([
      {
        sku: kit.sku,
        tracked: true,
        available: 3,
        inStock: true,
        locations: [{ locationId: kit.locationId, available: 3 }],
      },
    ]);
    const summary = await eventually(
      () => shop.get(path),
      ({ body }) => body.items[0].available === 3,
    );
    expect(summary.body.items).toMatchObject([{ available: 3, inStock: true }]);
    await reserve(shop, mug, 4);
    expect((await shop.get(`${path}&exact=true`)).body.items).toMatchObject([{ available: 1 }]);
    await reserve(shop, plate, 6);
    const none = await shop.get(`${path}&exact=true`);
    expect(none.body.items).toMatchObject([{ available: 0, inStock: false }]);
    const refused = await reserve(shop, kit, 1);
    expect(refused.body.errors).toMatchObject([{ sku: kit.sku, requested: 1, available: 0 }]);
  });

  it("is sold exactly as often as its components allow by parallel buyers of it and of them", async () => {
    const { kit, mug, plate } = await breakfast(10, 20);
    const buyers = [
      ...Array.from({ length: 12 }, () => () => reserve(shop, kit, 1)),
      ...Array.from({ length: 12 }, () => () => reserve(shop, plate, 1)),
    ];
    const replies = await Promise.all(buyers.map((buy) => buy()));
    const sold = replies.filter(({ status }) => status === 201);
    const kits = sold.filter(({ body }) => body.lines[0].sku === kit.sku).length;
    const plates = sold.length - kits;
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(24 - sold.length);
    expect(await levelOf(office, mug)).toMatchObject({ reserved: kits });
    expect(await levelOf(office, plate)).toMatchObject({ reserved: 2 * kits + plates });
    // Nobody was refused while there was enough for him.
    const left = 20 - 2 * kits - plates;
    expect(left).toBeGreaterThanOrEqual(0);
    expect(plates === 12 || left < 1).toBe(true);
    expect(kits >= 10 || left < 2).toBe(true);
  });

  it("can wait for its components: it counts as in hand when all of them are", async () => {
    const [mug, plate, locationId] = await Promise.all([
      listItem(office),
      listItem(office, { backorder: { policy: "allow" }, restockAt: "2027-03-01T08:00:00.000Z" }),
      openLocation(office),
    ]);
    const sku = await listItem(office, {
      components: [
        { sku: mug, quantity: 1 },
        { sku: plate, quantity: 2 },
      ],
    });
    await receive(office, { sku: mug, locationId }, 2);
    await receive(office, { sku: plate, locationId }, 3);
    const order = await reserve(shop, { sku, locationId }, 2);
    expect(order.body.lines).toMatchObject([{ allocated: 1, backordered: 1, restockAt: "2027-03-01T08:00:00.000Z" }]);
    expect(await levelOf(office, { sku: plate, locationId })).toMatchObject({ reserved: 3, backordered: 1 });
    await receive(office, { sku: plate, locationId }, 1);
    const served = await eventually(
      () => shop.get(pathOf(order)),
      ({ body }) => body.lines[0].backordered === 0,
    );
    expect(served.body.lines).toMatchObject([{ allocated: 2, backordered: 0, restockAt: null }]);
  });

  it("is shipped whole or by component, and comes back as its components", async () => {
    const { kit, mug, plate } = await breakfast(5, 9);
    const order = await reserve(shop, kit, 3);
    await committed(order);
    const path = pathOf(order);
    const whole = await office.post(`${path}/fulfill`, { lines: [{ sku: kit.sku, quantity: 1 }] });
    expect(whole.body.lines).toMatchObject([{ allocated: 2, fulfilled: 1 }]);
    expect(await levelOf(office, mug)).toMatchObject({ onHand: 4, reserved: 2 });
    expect(await levelOf(office, plate)).toMatchObject({ onHand: 7, reserved: 4 });

    const mugsOnly = await office.post(`${path}/fulfill`, { lines: [{ sku: mug.sku, quantity: 1 }] });
    // A mug without its plates is no kit.
    expect(mugsOnly.body.lines).toMatchObject([{ allocated: 2, fulfilled: 1 }]);
    const plates = await office.post(`${path}/fulfill`, { lines: [{ sku: plate.sku, quantity: 2 }] });
    expect(plates.body).toMatchObject({ status: "committed", lines: [{ allocated: 1, fulfilled: 2 }] });
    const tooMany = await office.post(`${path}/fulfill`, { lines: [{ sku: kit.sku, quantity: 2 }] });
    expect([tooMany.status, tooMany.body.code]).toEqual([409, "invalid_transition"]);
    const rest = await office.post(`${path}/fulfill`);
    expect(rest.body).toMatchObject({ status: "fulfilled", lines: [{ fulfilled: 3 }] });
    expect(await levelOf(office, plate)).toMatchObject({ onHand: 3, reserved: 0 });

    const back = await office.post(`${path}/return`, {
      lines: [
        { ...kit, quantity: 1, disposition: "restock" },
        { ...plate, quantity: 1, disposition: "damaged" },
      ],
    });
    expect(back.status).toBe(200);
    expect(back.body.lines).toMatchObject([{ returned: 1 }]);
    expect(await levelOf(office, mug)).toMatchObject({ onHand: 3, available: 3 });
    expect(await levelOf(office, plate)).toMatchObject({ onHand: 6, damaged: 1, available: 5 });
  });

  it("stays what it was for those who have reserved it when its components change", async () => {
    const { kit, mug, plate } = await breakfast(9, 9);
    const order = await reserve(shop, kit, 2);
    expect((await kitItem([{ sku: mug.sku, quantity: 3 }], kit.sku)).status).toBe(200);
    const more = await shop.put(`${pathOf(order)}/lines`, { lines: [{ ...kit, quantity: 3 }] });
    expect(more.body.lines).toMatchObject([{ quantity: 3, allocated: 3 }]);
    expect(await levelOf(office, mug)).toMatchObject({ reserved: 3 });
    expect(await levelOf(office, plate)).toMatchObject({ reserved: 6 });
    await committed(order);
    const shipped = await office.post(`${pathOf(order)}/fulfill`);
    expect(shipped.body).toMatchObject({ status: "fulfilled", lines: [{ fulfilled: 3 }] });
    const next = await reserve(shop, kit, 1);
    expect(next.body.lines[0].allocations).toEqual([{ ...mug, quantity: 3 }]);
  });

  it("is not to be had when it is archived, and its promises are kept", async () => {
    const { kit, mug, plate } = await breakfast(5, 5);
    const order = await reserve(shop, kit, 1);
    const components = [
      { sku: mug.sku, quantity: 1 },
      { sku: plate.sku, quantity: 2 },
    ];
    await office.put(`/v1/items/${kit.sku}`, { name: "Kit", components, active: false });
    const refused = await reserve(shop, kit, 1);
    expect(refused.body).toMatchObject({ code: "insufficient_stock", errors: [{ sku: kit.sku, available: 0 }] });
    const availability = await shop.get(`/v1/availability?sku=${kit.sku}&exact=true`);
    expect(availability.body.items).toMatchObject([{ available: 0, inStock: false }]);
    expect((await committed(order)).status).toBe(200);
    expect((await office.post(`${pathOf(order)}/fulfill`)).status).toBe(200);
  });

  it("is made of items that are there and are no kits themselves, and is no component", async () => {
    const { kit, mug } = await breakfast(1, 1);
    const refusals: readonly [unknown, Reply, string][] = [
      ["unknown", await kitItem([{ sku: "no-such-sku", quantity: 1 }]), "no-such-sku"],
      ["a kit", await kitItem([{ sku: kit.sku, quantity: 1 }]), kit.sku],
      ["a component", await kitItem([{ sku: await listItem(office), quantity: 1 }], mug.sku), mug.sku],
    ];
    for (const [why, reply, sku] of refusals) {
      expect([why, reply.status, reply.body.code]).toEqual([why, 400, "validation_failed"]);
      expect(reply.body.errors).toMatchObject([{ path: "body.components", message: expect.stringContaining(sku) }]);
    }
    expect((await office.get(`/v1/items/${mug.sku}`)).body).toMatchObject({ components: [], revision: 1 });
  });

  it("cannot become a kit of kits when both of its halves are written at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const [inner, outer, plain] = await Promise.all([listItem(office), listItem(office), listItem(office)]);
      const replies = await Promise.all([
        kitItem([{ sku: plain, quantity: 1 }], inner),
        kitItem([{ sku: inner, quantity: 1 }], outer),
      ]);
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
    }
  });
});
