import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../functions/digest.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { doneValue, Service } from "../support/service.ts";
import { closeTheBooks, ShopFloor } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

const dayMs = 86_400_000;
const windowOf = (days: number) => Math.floor(service.clock.now() / (days * dayMs));

/** A shelf of a limited item, and somebody who has bought nothing of it yet. */
async function limited(quantity: number, windowDays: number | null = null, units = 50) {
  const { sku, shelf } = await shop.stocked([units], { purchaseLimit: { quantity, windowDays } });
  await service.settle();
  const customerId = shop.name("customer");
  const line = (wanted: number) => [[sku, wanted, shelf.locationId]] as const;
  return { sku, shelf, customerId, line };
}

/** Holds of a second are past their deadline then. */
const passDeadline = () => service.clock.advance(2_000);

describe("a purchase limit", () => {
  it("is asked for a customer, and counts all that he takes, by whatever lines", async () => {
    const { sku, shelf, customerId, line } = await limited(5);
    expect(await shop.reserve(line(1))).toMatchObject({ refusal: { kind: "customer-needed", skus: [sku] } });
    expect(await shop.reserve([[sku, 1]])).toMatchObject({ refusal: { kind: "customer-needed", skus: [sku] } });
    expect(await shop.reserve(line(6), { customerId })).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ sku, limit: 5, alreadyTaken: 0, requested: 6 }] },
    });
    await shop.held(line(2), { customerId });
    const both = [[sku, 2], ...line(2)] as const;
    expect(await shop.reserve(both, { customerId })).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ alreadyTaken: 2, requested: 4 }] },
    });
    await shop.held([[sku, 1], ...line(2)], { customerId });
    expect(await shop.taken(customerId, sku)).toBe(5);
    // Somebody else has a limit of his own.
    await shop.held(line(5), { customerId: shop.name("customer") });
    expect((await shop.figures(shelf)).reserved).toBe(10);
  });

  it("is not exceeded by requests that meet, none of which is told anything else", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { sku, shelf, customerId, line } = await limited(5);
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, async () => await shop.elsewhere().reserve(line(2), { customerId })),
      );
      expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(2);
      for (const outcome of outcomes.filter(({ kind }) => kind !== "done")) {
        expect(outcome).toMatchObject({ refusal: { kind: "purchase-limit-exceeded", limits: [{ limit: 5 }] } });
      }
      expect(await shop.taken(customerId, sku)).toBe(4);
      expect((await shop.figures(shelf)).reserved).toBe(4);
    }
  });

  it("takes nothing from the stock when it refuses, and counts nothing when the stock is short", async () => {
    const { sku, shelf, customerId, line } = await limited(9, null, 3);
    expect(await shop.reserve(line(4), { customerId })).toMatchObject({ refusal: { kind: "insufficient-stock" } });
    expect(await shop.taken(customerId, sku)).toBeNull();
    expect(await shop.reserve(line(10), { customerId })).toMatchObject({ kind: "refused" });
    expect((await service.level(shelf)).version).toBe(1);
  });

  it("counts anew in each window, and what is given back goes to the window that it was taken from", async () => {
    const { sku, shelf, customerId, line } = await limited(3, 7);
    const first = windowOf(7);
    const early = await shop.held(line(3), { customerId, ttlSeconds: 86_400 });
    expect(await shop.reserve(line(1), { customerId })).toMatchObject({ refusal: { limits: [{ alreadyTaken: 3 }] } });
    service.clock.advance(7 * dayMs);
    const later = await shop.held(line(2), { customerId });
    await shop.release(early.reservationId);
    expect(await shop.taken(customerId, sku, 7, first)).toBe(0);
    expect(await shop.taken(customerId, sku, 7, first + 1)).toBe(2);
    doneValue(await shop.rearrange(later.reservationId, line(3)));
    expect(await shop.taken(customerId, sku, 7, first + 1)).toBe(3);
    expect((await shop.figures(shelf)).reserved).toBe(3);
  });

  it("gives back what a cart that spans two windows has grown by last", async () => {
    const { sku, customerId, line } = await limited(4, 1);
    const first = windowOf(1);
    service.clock.advance((first + 1) * dayMs - service.clock.now() - 60_000);
    const { reservationId } = await shop.held(line(2), { customerId });
    service.clock.advance(120_000);
    doneValue(await shop.rearrange(reservationId, line(5)));
    const counts = async () => [
      await shop.taken(customerId, sku, 1, first),
      await shop.taken(customerId, sku, 1, first + 1),
    ];
    expect(await counts()).toEqual([2, 3]);
    doneValue(await shop.rearrange(reservationId, line(1)));
    expect(await counts()).toEqual([1, 0]);
  });

  it("is given back by release, expiry and the deletion of a hold, and not by what was shipped", async () => {
    const { sku, customerId, line } = await limited(10);
    const [released, expires, deleted, shipped] = [
      await shop.held(line(1), { customerId }),
      await shop.held(line(2), { customerId, ttlSeconds: 1 }),
      await shop.held(line(3), { customerId, ttlSeconds: 1 }),
      await shop.held(line(4), { customerId }),
    ];
    expect(await shop.taken(customerId, sku)).toBe(10);
    await shop.release(released.reservationId);
    expect(await shop.taken(customerId, sku)).toBe(9);
    passDeadline();
    await shop.expire(expires);
    await shop.expire(expires);
    expect(await shop.taken(customerId, sku)).toBe(7);
    service.clock.advance(3_600_000);
    const message = await shop.messageOfDeletion(deleted);
    await service.deliver("expired", [message, message]);
    expect(await shop.taken(customerId, sku)).toBe(4);
    await shop.commit(shipped.reservationId);
    doneValue(await shop.fulfil(shipped.reservationId, line(1)));
    await shop.release(shipped.reservationId);
    expect(await shop.taken(customerId, sku)).toBe(1);
  });

  it("does not keep a hold from ending when its counter is gone", async () => {
    const ends = [
      async (hold: Awaited<ReturnType<typeof shop.held>>) => {
        doneValue(await shop.release(hold.reservationId));
      },
      async (hold: Awaited<ReturnType<typeof shop.held>>) => await shop.expire(hold),
      async (hold: Awaited<ReturnType<typeof shop.held>>) =>
        await service.deliver("expired", [await shop.messageOfDeletion(hold)]),
      async (hold: Awaited<ReturnType<typeof shop.held>>) => {
        doneValue(await shop.fulfil(hold.reservationId));
      },
    ];
    for (const [index, end] of ends.entries()) {
      const { sku, shelf, customerId, line } = await limited(5);
      const hold = await shop.held(line(2), { customerId, ttlSeconds: 1 });
      await service.client.send(
        new DeleteCommand({
          TableName: service.tables.inventory,
          Key: inventoryKeys.purchases(digestOf(customerId), sku, null, 0),
        }),
      );
      if (index === 3) {
        await shop.commit(hold.reservationId);
      }
      service.clock.advance(3_700_000);
      await end(hold);
      expect((await shop.figures(shelf)).reserved).toBe(0);
      expect(await shop.taken(customerId, sku)).toBeNull();
    }
  });

  it("counts a late order again, in the window in which it is placed", async () => {
    const { sku, customerId, line } = await limited(2, 1);
    const first = windowOf(1);
    const late = await shop.held(line(2), { customerId, ttlSeconds: 1 });
    passDeadline();
    await shop.expire(late);
    const other = await shop.held(line(1), { customerId });
    const exceeded = { refusal: { kind: "purchase-limit-exceeded", limits: [{ alreadyTaken: 1, requested: 2 }] } };
    expect(await shop.commit(late.reservationId)).toMatchObject(exceeded);
    expect((await shop.get(late.reservationId)).status).toBe("expired");
    service.clock.advance(dayMs);
    expect(await shop.commit(late.reservationId)).toMatchObject({ value: { reacquired: true } });
    expect(await shop.taken(customerId, sku, 1, first)).toBe(1);
    expect(await shop.taken(customerId, sku, 1, first + 1)).toBe(2);
    await shop.release(other.reservationId);
    expect(await shop.taken(customerId, sku, 1, first)).toBe(0);
  });

  it("may be changed later: what was counted stays counted where it was", async () => {
    const { sku, shelf, customerId, line } = await limited(4);
    const hold = await shop.held(line(4), { customerId });
    await shop.item(sku, { purchaseLimit: { quantity: 2, windowDays: null } });
    expect(await shop.reserve(line(1), { customerId })).toMatchObject({
      refusal: { limits: [{ limit: 2, alreadyTaken: 4, requested: 1 }] },
    });
    await shop.item(sku, { purchaseLimit: { quantity: 3, windowDays: 1 } });
    const windowed = await shop.held(line(3), { customerId });
    expect(await shop.taken(customerId, sku, 1, windowOf(1))).toBe(3);
    await shop.item(sku);
    await shop.held(line(9), { customerId });
    await shop.release(hold.reservationId);
    expect(await shop.taken(customerId, sku)).toBe(0);
    await shop.release(windowed.reservationId);
    expect(await shop.taken(customerId, sku, 1, windowOf(1))).toBe(0);
    expect((await shop.figures(shelf)).reserved).toBe(9);
  });

  it("that is set later counts a cart's units when it grows, and needs its customer then", async () => {
    const { sku, shelf } = await shop.stocked([20]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const customerId = shop.name("customer");
    const [nobody, known] = [await shop.held(line(2)), await shop.held(line(2), { customerId })];
    await shop.item(sku, { purchaseLimit: { quantity: 3, windowDays: null } });
    expect(await shop.rearrange(nobody.reservationId, line(3))).toMatchObject({
      refusal: { kind: "customer-needed", skus: [sku], missingIn: "reservation" },
    });
    doneValue(await shop.rearrange(nobody.reservationId, line(1)));
    doneValue(await shop.rearrange(known.reservationId, line(3)));
    expect(await shop.taken(customerId, sku)).toBe(3);
    expect(await shop.rearrange(known.reservationId, line(4))).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ alreadyTaken: 3, requested: 1 }] },
    });
  });

  it("holds for units that a cart has for a kit already, and for a kit that is made of what it has", async () => {
    const { sku, shelf, customerId, line } = await limited(2);
    const pair = await shop.kit([[sku, 1]]);
    const pairs = (quantity: number) => [[pair, quantity, shelf.locationId]] as const;
    const cart = await shop.held(pairs(6), { customerId });
    expect(await shop.rearrange(cart.reservationId, line(6))).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ sku, limit: 2, alreadyTaken: 0, requested: 6 }] },
    });
    doneValue(await shop.rearrange(cart.reservationId, [...pairs(4), ...line(2)]));
    expect(await shop.taken(customerId, sku)).toBe(2);

    await shop.item(sku);
    await shop.item(pair, { components: [{ sku, quantity: 1 }], purchaseLimit: { quantity: 5, windowDays: null } });
    expect(await shop.rearrange(cart.reservationId, pairs(6))).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ sku: pair, limit: 5, requested: 6 }] },
    });
    doneValue(await shop.rearrange(cart.reservationId, [...pairs(5), ...line(1)]));
    expect(await shop.taken(customerId, pair)).toBe(5);
    expect((await shop.figures(shelf)).reserved).toBe(6);
  });

  it("holds for a level that is split, and for units that are promised beyond the stock", async () => {
    const { sku, shelf, customerId, line } = await limited(3);
    doneValue(await shop.split(shelf, 4));
    const environment = shop.elsewhere();
    doneValue(await environment.reserve(line(2), { customerId }));
    expect(await environment.reserve(line(2), { customerId })).toMatchObject({
      refusal: { limits: [{ alreadyTaken: 2 }] },
    });
    expect(await environment.reserve(line(1))).toMatchObject({ refusal: { kind: "customer-needed" } });
    expect(await shop.taken(customerId, sku)).toBe(2);

    const { shelf: empty } = await shop.stocked([0], {
      purchaseLimit: { quantity: 3, windowDays: null },
      backorder: { policy: "allow", limit: null },
    });
    await shop.held([[empty.sku, 2, empty.locationId]], { customerId });
    expect(await shop.reserve([[empty.sku, 2, empty.locationId]], { customerId })).toMatchObject({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ sku: empty.sku, alreadyTaken: 2 }] },
    });
  });
});

describe("the limit on open holds", () => {
  const strict = () => new ShopFloor(service, { mostOpenHolds: 2 });
  const exceeded = { refusal: { kind: "hold-limit-exceeded", most: 2 } };

  it("counts the holds of one customer, and a hold that ended or became an order no more", async () => {
    const { sku, shelf } = await shop.stocked([50]);
    const line = [[sku, 1, shelf.locationId]] as const;
    const customerId = shop.name("customer");
    const hold = async (ttlSeconds = 86_400) => await strict().held(line, { customerId, ttlSeconds });
    const isFull = async () => {
      expect(await strict().reserve(line, { customerId })).toMatchObject(exceeded);
    };
    const [ordered, released] = [await hold(), await hold()];
    await isFull();
    await strict().held(line, { customerId: shop.name("customer") });
    await strict().held(line);
    await strict().held(line);
    await strict().held(line);
    await shop.commit(ordered.reservationId);
    const expires = await hold(1);
    await isFull();
    await shop.release(released.reservationId);
    const deleted = await hold(1);
    passDeadline();
    // A hold that nobody has ended yet still has its stock.
    await isFull();
    await shop.expire(expires);
    await hold();
    await isFull();
    service.clock.advance(3_600_000);
    const message = await shop.messageOfDeletion(deleted);
    await hold();
    await isFull();
    await service.deliver("expired", [message]);
    await isFull();
  });

  it("counts a hold that goes on under its uid, since its id is in use again", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = [[sku, 1, shelf.locationId]] as const;
    const customerId = shop.name("customer");
    const hold = async () => await strict().held(line, { customerId, ttlSeconds: 86_400 });
    const [moved] = [await hold(), await hold()];
    const message = await shop.messageOfDeletion(moved);
    await shop.held(line, { reservationId: moved.reservationId });
    await service.deliver("expired", [message]);
    service.errors.length = 0;
    expect(await strict().reserve(line, { customerId })).toMatchObject(exceeded);
    await shop.release(moved.uid);
    await hold();
  });

  it("is not exceeded by requests that meet, and counts the same request once", async () => {
    const { sku, shelf } = await shop.stocked([50]);
    const line = [[sku, 1, shelf.locationId]] as const;
    const customerId = shop.name("customer");
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async () => await strict().elsewhere().reserve(line, { customerId })),
    );
    expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(2);
    for (const outcome of outcomes.filter(({ kind }) => kind !== "done")) {
      expect(outcome).toMatchObject(exceeded);
    }
    expect((await shop.figures(shelf)).reserved).toBe(2);

    const once = { reservationId: shop.name("r"), customerId: shop.name("customer"), requestDigest: "once" };
    for (const created of [true, false, false]) {
      expect(doneValue(await strict().reserve(line, once)).created).toBe(created);
    }
    const { customerId: again } = once;
    await strict().held(line, { customerId: again });
    expect(await strict().reserve(line, { customerId: again })).toMatchObject(exceeded);
    expect(doneValue(await strict().reserve(line, once)).created).toBe(false);
  });
});
