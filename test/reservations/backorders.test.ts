import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { configureLevel } from "../../functions/stock/configure-level.ts";
import { doneValue, Service } from "../support/service.ts";
import { closeTheBooks, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

const allowed = { backorder: { policy: "allow", limit: null }, restockAt: "2027-03-01T00:00:00.000Z" } as const;

describe("a backorder", () => {
  it("takes what is in stock and promises the rest, and says when it is expected", async () => {
    const { shelf } = await shop.stocked([3], allowed);
    const hold = await shop.held([[shelf.sku, 5, shelf.locationId]]);
    expect(shares(hold)).toEqual([[3, 2]]);
    expect(hold.lines[0]?.restockAt).toBe(allowed.restockAt);
    expect(await shop.figures(shelf)).toEqual({ onHand: 3, reserved: 3, available: 0, backordered: 2, sellable: -2 });
  });

  it("is refused by an item that denies it, by a request that does, and above its limit", async () => {
    const { shelf: denied } = await shop.stocked([1]);
    expect(await shop.reserve([[denied.sku, 2, denied.locationId]])).toMatchObject({
      kind: "refused",
      refusal: { kind: "insufficient-stock", lines: [{ available: 1, backorderable: 0 }] },
    });
    const { shelf } = await shop.stocked([1], { backorder: { policy: "allow", limit: 3 } });
    const terms = { ...usualTerms, mayBackorder: false };
    expect(await shop.reserve([[shelf.sku, 2, shelf.locationId]], { terms })).toMatchObject({ kind: "refused" });
    expect(await shop.reserve([[shelf.sku, 5, shelf.locationId]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ available: 1, backorderable: 3 }] },
    });
    expect(shares(await shop.held([[shelf.sku, 4, shelf.locationId]]))).toEqual([[1, 3]]);
  });

  it("makes the level where the SKU never was", async () => {
    const { sku, shelves } = await shop.stocked([0], allowed);
    const hold = await shop.held([[sku, 2]]);
    expect(shares(hold)).toEqual([[0, 2]]);
    const [leg] = hold.lines[0]?.legs ?? [];
    expect(leg).toMatchObject({ backordered: 2 });
    expect(await shop.figures({ sku, locationId: leg?.locationId ?? "" })).toMatchObject({ backordered: 2, onHand: 0 });
    expect(shelves).toHaveLength(1);
  });
});

describe("the queue", () => {
  it("serves the oldest promise first, partly if need be, and nobody who comes later", async () => {
    const { shelf } = await shop.stocked([1], allowed);
    const line = (quantity: number) => [[shelf.sku, quantity, shelf.locationId]] as const;
    const first = await shop.held(line(3));
    service.clock.advance(5);
    const second = await shop.held(line(2));
    expect(await shop.queueOf(shelf.sku)).toEqual([
      [first.reservationId, 2],
      [second.reservationId, 2],
    ]);

    await service.adjust(shelf, 1);
    // Before the queue is served, what came in is nobody else's.
    expect(await shop.figures(shelf)).toMatchObject({ available: 1, backordered: 4, sellable: -3 });
    expect(await shop.reserve(line(1), { terms: { ...usualTerms, mayBackorder: false } })).toMatchObject({
      kind: "refused",
    });
    await service.settle("twice-and-reversed");
    expect(shares(await shop.get(first.reservationId))).toEqual([[2, 1]]);
    expect(shares(await shop.get(second.reservationId))).toEqual([[0, 2]]);

    await service.adjust(shelf, 5);
    await service.settle();
    expect(shares(await shop.get(first.reservationId))).toEqual([[3, 0]]);
    expect(shares(await shop.get(second.reservationId))).toEqual([[2, 0]]);
    expect(await shop.queueOf(shelf.sku)).toEqual([]);
    expect(await shop.figures(shelf)).toEqual({ onHand: 7, reserved: 5, available: 2, backordered: 0, sellable: 2 });
  });

  it("is served to its end, however many wait and whatever one message can do", async () => {
    const { shelf } = await shop.stocked([0], allowed);
    const waiting = 53;
    const holds: Reservation[] = [];
    while (holds.length < waiting) {
      holds.push(await shop.held([[shelf.sku, 1, shelf.locationId]]));
    }
    await service.adjust(shelf, waiting);
    service.waiting.length = 0;
    await shop.allocate(shelf);
    const left = await shop.queueOf(shelf.sku);
    expect(left.length).toBe(waiting - 50);
    const [again, ...others] = service.waiting.map(({ body }) => body);
    expect(others).toEqual([]);
    await service.deliver("backorders", [again ?? ""]);
    expect(await shop.queueOf(shelf.sku)).toEqual([]);
    const allocated = await Promise.all(holds.map(async (hold) => shares(await shop.get(hold.reservationId))[0]));
    expect(allocated).toEqual(Array(waiting).fill([1, 0]));
  });

  it("is left by who is released or expires, and gets what they give back", async () => {
    const { shelf } = await shop.stocked([2], allowed);
    const line = (quantity: number) => [[shelf.sku, quantity, shelf.locationId]] as const;
    const buyer = await shop.held(line(2));
    service.clock.advance(5);
    const leaves = await shop.held(line(1));
    service.clock.advance(5);
    const waits = await shop.held(line(2));
    await shop.release(leaves.reservationId);
    await shop.release(buyer.reservationId);
    await service.settle();
    expect(shares(await shop.get(waits.reservationId))).toEqual([[2, 0]]);
    expect(await shop.figures(shelf)).toEqual({ onHand: 2, reserved: 2, available: 0, backordered: 0, sellable: 0 });
  });

  it("serves a committed order, and its ETag stays what it was", async () => {
    const { shelf } = await shop.stocked([0], allowed);
    const hold = await shop.held([[shelf.sku, 2]]);
    await shop.commit(hold.reservationId);
    const [leg] = hold.lines[0]?.legs ?? [];
    await service.adjust({ sku: shelf.sku, locationId: leg?.locationId ?? "" }, 2);
    await service.settle();
    const order = await shop.get(hold.reservationId);
    expect(order).toMatchObject({ status: "committed", linesRevision: 1 });
    expect(shares(order)).toEqual([[2, 0]]);
    expect(await shop.fulfil(hold.reservationId)).toMatchObject({ value: { status: "fulfilled" } });
  });
});

describe("the date that is set for a location alone", () => {
  it("is told by its availability, and the earliest of several where no location is named", async () => {
    const { sku, shelves } = await shop.stocked([1, 1], { restockAt: "2027-05-01T00:00:00.000Z" });
    const [april, march] = ["2027-04-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z"];
    for (const [index, value] of [april, march].entries()) {
      const wishes = { restockAt: { kind: "own", value } } as const;
      const shelf = shelves[index] ?? { sku, locationId: "" };
      doneValue(await configureLevel(shop.services, { ...shop.command(), ...shelf, wishes, expectedRevision: null }));
    }
    await service.settle();
    const [first, second] = shelves.map(({ locationId }) => locationId);
    for (const [locationId, restockAt] of [
      [first, april],
      [second, march],
      [undefined, march],
    ] as const) {
      for (const exact of [true, false]) {
        const question = { skus: [sku], locationId: locationId ?? null, exact };
        expect(await readAvailability(shop.services, question)).toMatchObject([{ restockAt }]);
      }
      expect(await shop.reserve([[sku, 5, locationId]])).toMatchObject({ refusal: { lines: [{ sku, restockAt }] } });
    }
  });
});

describe("an order that waits in a great many places", () => {
  it("goes on under its uid when its record was deleted and its id is in use again, and is served there", async () => {
    const { shelf } = await shop.stocked([0], allowed);
    const { shelf: other } = await shop.stocked([1]);
    const line = (quantity: number) => [[shelf.sku, quantity, shelf.locationId]] as const;
    const places = 60;
    const { reservationId, uid } = await shop.held(line(1), { ttlSeconds: 86_400 });
    for (let quantity = 2; quantity <= places; quantity += 1) {
      service.clock.advance(1);
      doneValue(await shop.rearrange(reservationId, line(quantity)));
    }
    await shop.commit(reservationId);
    const message = await shop.messageOfDeletion(await shop.get(reservationId));
    await shop.held([[other.sku, 1, other.locationId]], { reservationId });
    await service.deliver("expired", [message, message]);
    expect(service.errors).toMatchObject([{ fields: { reservationId, uid } }]);
    service.errors.length = 0;
    await service.adjust(shelf, places);
    await service.settle();
    // Each message serves fifty places, and sends another one for the rest.
    await service.deliver(
      "backorders",
      service.waiting.splice(0).map(({ body }) => body),
    );
    await service.settle();
    expect(shares(await shop.get(uid))).toEqual([[places, 0]]);
    expect(await shop.queueOf(shelf.sku)).toEqual([]);
  });
});

describe("a preorder", () => {
  it("is sold against its headroom only, and served from its day on", async () => {
    const availableFrom = new Date(service.clock.now() + 3_600_000).toISOString();
    const { shelf } = await shop.stocked([5], { availableFrom, backorder: { policy: "allow", limit: 4 } });
    const line = (quantity: number) => [[shelf.sku, quantity, shelf.locationId]] as const;
    expect(await shop.reserve(line(5))).toMatchObject({ refusal: { kind: "insufficient-stock" } });
    const hold = await shop.held(line(4), { ttlSeconds: 7_200 });
    expect(shares(hold)).toEqual([[0, 4]]);
    await service.settle();
    expect(shares(await shop.get(hold.reservationId))).toEqual([[0, 4]]);
    const waiting = service.waiting.filter(({ body }) => JSON.parse(body).sku === shelf.sku);
    expect(waiting.length).toBeGreaterThan(0);

    service.clock.advance(3_600_001);
    await service.deliver("backorders", [waiting[0]?.body ?? ""]);
    expect(shares(await shop.get(hold.reservationId))).toEqual([[4, 0]]);
    await service.settle();
  });
});
