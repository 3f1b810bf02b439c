import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { ReturnedUnits } from "../../functions/domain/fulfilment.ts";
import { figuresOfLine } from "../../functions/domain/line.ts";
import { isOpen } from "../../functions/domain/reservation.ts";
import { doneValue, Service } from "../support/service.ts";
import { type CartLine, closeTheBooks, legsOf, nearTo, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

const allowed = { backorder: { policy: "allow", limit: null } } as const;

async function ordered(cart: readonly CartLine[]): Promise<string> {
  const { reservationId } = await shop.held(cart);
  doneValue(await shop.commit(reservationId));
  return reservationId;
}

/** Each line of a reservation as it is now: `[allocated, fulfilled, released, returned]`. */
async function standing(reservationId: string) {
  const reservation = await shop.get(reservationId);
  return reservation.lines.map((line) => {
    const { allocated, fulfilled, released, returned } = figuresOfLine(line, isOpen(reservation));
    return [allocated, fulfilled, released, returned];
  });
}

const notSoMany = { refusal: { kind: "invalid-transition", status: "committed" } };

describe("an order", () => {
  it("is shipped line by line, from where it is asked for and otherwise in the order of allocation", async () => {
    const { sku: a, shelves } = await shop.stocked([3, 4]);
    const { sku: b, shelf: other } = await shop.stocked([9]);
    await service.settle();
    const [here, there] = shelves.map(({ locationId }) => locationId);
    const id = await ordered([
      [a, 6],
      [b, 2],
    ]);
    expect(legsOf(await shop.get(id))).toEqual([
      [
        [here, 3, 0],
        [there, 3, 0],
      ],
      [[other.locationId, 2, 0]],
    ]);
    doneValue(await shop.fulfil(id, [[a, 2, there]]));
    expect(await standing(id)).toEqual([
      [4, 2, 0, 0],
      [2, 0, 0, 0],
    ]);
    expect(await Promise.all(shelves.map(async (shelf) => await shop.figures(shelf)))).toMatchObject([
      { onHand: 3, reserved: 3 },
      { onHand: 2, reserved: 1 },
    ]);
    for (const [sku, quantity, locationId] of [
      [a, 2, there],
      [a, 5],
      [b, 1, here],
      [shop.name("sku"), 1],
    ] as const) {
      expect(await shop.fulfil(id, [[sku, quantity, locationId]])).toMatchObject(notSoMany);
    }
    doneValue(await shop.fulfil(id, [[a, 3]]));
    expect((await shop.figures(shelves[0] ?? other)).reserved).toBe(0);
    doneValue(await shop.fulfil(id, [[b, 2]]));
    expect((await shop.get(id)).status).toBe("committed");
    expect(doneValue(await shop.fulfil(id, [[a, 1]])).status).toBe("fulfilled");
    expect(await standing(id)).toEqual([
      [0, 6, 0, 0],
      [0, 2, 0, 0],
    ]);
    expect((await shop.figures(other)).onHand).toBe(7);
  });

  it("is shipped only when it is placed, and all of it only when all of it is in hand", async () => {
    const { sku, shelf } = await shop.stocked([2], allowed);
    const { reservationId } = await shop.held([[sku, 3, shelf.locationId]]);
    expect(await shop.fulfil(reservationId)).toMatchObject({ refusal: { kind: "invalid-transition", status: "held" } });
    await shop.commit(reservationId);
    expect(await shop.fulfil(reservationId)).toMatchObject(notSoMany);
    doneValue(await shop.fulfil(reservationId, [[sku, 2]]));
    expect(await shop.fulfil(reservationId)).toMatchObject(notSoMany);
    await service.adjust(shelf, 1);
    await service.settle();
    expect(doneValue(await shop.fulfil(reservationId)).status).toBe("fulfilled");
    expect(doneValue(await shop.fulfil(reservationId)).status).toBe("fulfilled");
    expect(await shop.figures(shelf)).toEqual({ onHand: 0, reserved: 0, available: 0, backordered: 0, sellable: 0 });
  });

  it("is not shipped from a shelf that a forced count left too empty, and nothing of it is", async () => {
    const [{ sku: a, shelf }, { sku: b, shelf: other }] = [await shop.stocked([5]), await shop.stocked([5])];
    const id = await ordered([
      [a, 4, shelf.locationId],
      [b, 4, other.locationId],
    ]);
    await service.adjust(shelf, -2, true);
    expect(await shop.fulfil(id)).toMatchObject({
      refusal: { kind: "would-oversell", changes: [{ ...shelf, state: "onHand", delta: -4, available: 3 }] },
    });
    expect((await shop.figures(other)).onHand).toBe(5);
    doneValue(await shop.fulfil(id, [[a, 3]]));
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 0, reserved: 1, available: -1 });
    await service.adjust(shelf, 1);
    expect(doneValue(await shop.fulfil(id)).status).toBe("fulfilled");
  });

  it("whose rest is cancelled ends as fulfilled, gives the rest back and leaves the queue, once", async () => {
    const { sku, shelf } = await shop.stocked([3], allowed);
    const id = await ordered([[sku, 5, shelf.locationId]]);
    doneValue(await shop.fulfil(id, [[sku, 2]]));
    const ended = doneValue(await shop.release(id));
    expect(ended.status).toBe("fulfilled");
    expect(await standing(id)).toEqual([[0, 2, 3, 0]]);
    expect(doneValue(await shop.release(id))).toEqual(ended);
    expect(await shop.queueOf(sku)).toEqual([]);
    expect(await shop.figures(shelf)).toEqual({ onHand: 1, reserved: 0, available: 1, backordered: 0, sellable: 1 });
    expect(await shop.commit(id)).toMatchObject({ value: { status: "fulfilled" } });
    expect(await shop.fulfil(id, [[sku, 1]])).toMatchObject({ refusal: { kind: "invalid-transition" } });
    const whole = await ordered([[sku, 1, shelf.locationId]]);
    doneValue(await shop.fulfil(whole));
    expect(await shop.release(whole)).toMatchObject({ refusal: { kind: "invalid-transition", status: "fulfilled" } });
  });
});

describe("goods that come back", () => {
  it("are for sale again, damaged or inspected, at any location, also where the SKU never was", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const elsewhere = { sku, locationId: shop.name("loc") };
    await shop.location(elsewhere.locationId);
    const id = await ordered([[sku, 6, shelf.locationId]]);
    doneValue(await shop.fulfil(id));
    const back = (quantity: number, disposition: ReturnedUnits["disposition"], at = shelf): ReturnedUnits => ({
      ...at,
      quantity,
      disposition,
    });
    const returned = doneValue(
      await shop.giveBack(id, [back(1, "restock"), back(1, "damaged"), back(1, "qualityControl", elsewhere)]),
    );
    expect(returned.status).toBe("fulfilled");
    doneValue(await shop.giveBack(id, [back(2, "damaged", elsewhere)]));
    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 5, damaged: 1, sellable: 4 });
    expect((await service.level(elsewhere)).figures).toMatchObject({
      onHand: 3,
      damaged: 2,
      qualityControl: 1,
      sellable: 0,
    });
    expect(await standing(id)).toEqual([[0, 6, 0, 5]]);
    for (const units of [[back(2, "restock")], [back(1, "restock"), back(1, "damaged", elsewhere)]]) {
      expect(await shop.giveBack(id, units)).toMatchObject({ refusal: { kind: "invalid-transition" } });
    }
    expect(await shop.giveBack(id, [back(1, "restock", { sku, locationId: "nowhere" })])).toMatchObject({
      refusal: { kind: "unknown-location" },
    });
    expect(await standing(id)).toEqual([[0, 6, 0, 5]]);
    await service.settle();
    expect((await service.movements(elsewhere)).map(({ type, version }) => [type, version])).toEqual([
      ["returned", 1],
      ["returned", 2],
    ]);
  });

  it("of an order that is not wholly shipped are taken too, and never more than was shipped", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const id = await ordered([[sku, 5, shelf.locationId]]);
    const back = (quantity: number) => [{ ...shelf, quantity, disposition: "restock" } as const];
    expect(await shop.giveBack(id, back(1))).toMatchObject(notSoMany);
    doneValue(await shop.fulfil(id, [[sku, 3]]));
    expect(await shop.giveBack(id, back(4))).toMatchObject(notSoMany);
    doneValue(await shop.giveBack(id, back(2)));
    doneValue(await shop.release(id));
    expect(await standing(id)).toEqual([[0, 3, 2, 2]]);
    doneValue(await shop.giveBack(id, back(1)));
    expect(await shop.giveBack(id, back(1))).toMatchObject({ refusal: { kind: "invalid-transition" } });
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 9, reserved: 0 });
  });

  it("belong to those who wait before they are anybody else's", async () => {
    const { sku, shelf } = await shop.stocked([2], allowed);
    const id = await ordered([[sku, 2, shelf.locationId]]);
    doneValue(await shop.fulfil(id));
    const waits = await shop.held([[sku, 1, shelf.locationId]]);
    doneValue(await shop.giveBack(id, [{ ...shelf, quantity: 2, disposition: "restock" }]));
    expect(await shop.figures(shelf)).toMatchObject({ available: 2, sellable: 1 });
    await service.settle();
    expect(shares(await shop.get(waits.reservationId))).toEqual([[1, 0]]);
  });

  it("are not taken twice when all requests meet", async () => {
    const { sku, shelf } = await shop.stocked([6]);
    const id = await ordered([[sku, 5, shelf.locationId]]);
    doneValue(await shop.fulfil(id));
    const outcomes = await Promise.all(
      Array.from(
        { length: 8 },
        async () => await shop.giveBack(id, [{ ...shelf, quantity: 1, disposition: "restock" }]),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(5);
    expect(await standing(id)).toEqual([[0, 5, 0, 5]]);
    expect((await shop.figures(shelf)).onHand).toBe(6);
  });
});

describe("a shipment and a return with a key", () => {
  it("are counted once, also after the order has gone on, and another body with the key is refused", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const id = await ordered([[sku, 4, shelf.locationId]]);
    const back = (quantity: number) => [{ ...shelf, quantity, disposition: "restock" } as const];
    const shipTwo = async (key: string, quantity = 2) => await shop.fulfil(id, [[sku, quantity]], key);
    doneValue(await shipTwo("one"));
    doneValue(await shipTwo("one"));
    expect(await standing(id)).toEqual([[2, 2, 0, 0]]);
    expect(await shipTwo("one", 1)).toMatchObject({ refusal: { kind: "idempotency-key-reused" } });
    expect(await shop.giveBack(id, back(1), "one")).toMatchObject({ refusal: { kind: "idempotency-key-reused" } });
    doneValue(await shipTwo("two"));
    expect(doneValue(await shipTwo("one")).status).toBe("fulfilled");
    doneValue(await shop.giveBack(id, back(2), "three"));
    doneValue(await shop.giveBack(id, back(2), "three"));
    expect(await shop.giveBack(id, back(1), "three")).toMatchObject({ refusal: { kind: "idempotency-key-reused" } });
    expect(await standing(id)).toEqual([[0, 4, 0, 2]]);
    expect((await shop.figures(shelf)).onHand).toBe(7);
  });

  it("are counted once also when the same request comes many times at once", async () => {
    const { sku, shelf } = await shop.stocked([20]);
    for (let round = 0; round < 4; round += 1) {
      const id = await ordered([[sku, 4, shelf.locationId]]);
      const shipped = await Promise.all(
        Array.from({ length: 4 }, async () => await shop.elsewhere().fulfil(id, [[sku, 2]], "ship")),
      );
      expect(shipped.map(({ kind }) => kind)).toEqual(Array(4).fill("done"));
      expect(await standing(id)).toEqual([[2, 2, 0, 0]]);
      const units = [{ ...shelf, quantity: 1, disposition: "restock" } as const];
      const returned = await Promise.all(
        Array.from({ length: 4 }, async () => await shop.elsewhere().giveBack(id, units, "back")),
      );
      expect(returned.map(({ kind }) => kind)).toEqual(Array(4).fill("done"));
      expect(await standing(id)).toEqual([[2, 2, 0, 1]]);
      doneValue(await shop.fulfil(id));
    }
  });
});

describe("a late order", () => {
  const lateHold = async (cart: readonly CartLine[], more: Parameters<ShopFloor["held"]>[1] = {}) => {
    const hold = await shop.held(cart, { ...more, ttlSeconds: 1 });
    service.clock.advance(1_001);
    await shop.expire(hold);
    return hold;
  };

  it("takes its stock again by the choice that it was made with", async () => {
    const { sku, shelves } = await shop.stocked([9, 9]);
    await shop.location(shelves[1]?.locationId ?? "", { priority: 1, latitude: 52, longitude: 13 });
    await service.settle();
    service.clock.advance(6_000);
    const hold = await lateHold([[sku, 3]], { terms: nearTo(52.5, 13.4) });
    expect(legsOf(hold)).toEqual([[[shelves[1]?.locationId, 3, 0]]]);
    const order = doneValue(await shop.commit(hold.reservationId, "late"));
    expect(order).toMatchObject({ status: "committed", reacquired: true, linesRevision: 1 });
    expect(legsOf(order)).toEqual([[[shelves[1]?.locationId, 3, 0]]]);
    expect(doneValue(await shop.commit(hold.reservationId, "late"))).toEqual(order);
    expect(await shop.commit(hold.reservationId, "another")).toMatchObject(notSoMany);
    await service.settle();
    const types = (await service.movements(shelves[1] ?? { sku, locationId: "" })).map(({ type }) => type);
    expect(types).toEqual(["received", "reserved", "expired", "reacquired"]);
  });

  it("is gone when its stock is, says what there is, and stays as it was", async () => {
    const { sku, shelf } = await shop.stocked([3]);
    const { sku: b, shelf: other } = await shop.stocked([3]);
    const hold = await lateHold([
      [sku, 2, shelf.locationId],
      [b, 1, other.locationId],
    ]);
    const buyer = await shop.held([[sku, 2, shelf.locationId]]);
    expect(await shop.commit(hold.reservationId)).toMatchObject({
      refusal: { kind: "reservation-expired", lines: [{ sku, requested: 2, available: 1 }] },
    });
    expect((await shop.get(hold.reservationId)).status).toBe("expired");
    expect((await shop.figures(other)).reserved).toBe(0);
    await shop.release(buyer.reservationId);
    expect(doneValue(await shop.commit(hold.reservationId))).toMatchObject({ reacquired: true });
  });

  it("waits at the end of the queue where its buyer would wait, and is gone where he would not", async () => {
    const { sku, shelf } = await shop.stocked([2], allowed);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const [patient, impatient] = [
      await lateHold(line(2)),
      await lateHold(line(2), { terms: { ...usualTerms, mayBackorder: false } }),
    ];
    await shop.held(line(2));
    const first = await shop.held(line(1));
    service.clock.advance(5);
    expect(await shop.commit(impatient.reservationId)).toMatchObject({ refusal: { kind: "reservation-expired" } });
    const order = doneValue(await shop.commit(patient.reservationId));
    expect(shares(order)).toEqual([[0, 2]]);
    expect(await shop.queueOf(sku)).toEqual([
      [first.reservationId, 1],
      [patient.reservationId, 2],
    ]);
  });

  it("of a released hold, or for a cart that was changed meanwhile, is refused", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const { reservationId } = await shop.held([[sku, 1, shelf.locationId]]);
    await shop.release(reservationId);
    expect(await shop.commit(reservationId)).toMatchObject({ refusal: { kind: "invalid-transition" } });
    const changed = await shop.held([[sku, 1, shelf.locationId]], { ttlSeconds: 1 });
    doneValue(await shop.rearrange(changed.reservationId, [[sku, 2, shelf.locationId]]));
    service.clock.advance(1_001);
    await shop.expire(changed);
    expect(await shop.commit(changed.reservationId, "order", 1)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 2 },
    });
    expect(doneValue(await shop.commit(changed.reservationId, "order", 2))).toMatchObject({ reacquired: true });
    expect((await shop.figures(shelf)).reserved).toBe(2);
  });
});
