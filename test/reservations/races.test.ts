/**
 * Two things that meet. Each pair is tried in every order that one call of the one can fall between two calls of the
 * other, and then several times really side by side; each time on stock of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ItemDescription } from "../../functions/domain/catalogue.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { doneValue, Service } from "../support/service.ts";
import { clientWith, closeTheBooks, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;
let locationId: string;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
  locationId = shop.name("loc");
  await shop.location(locationId);
});

/** There are hundreds of levels to look at. */
const closingMs = 180_000;

afterAll(async () => {
  await closeTheBooks(service);
}, closingMs);

interface Meeting<A, B> {
  readonly one: (shop: ShopFloor) => Promise<A>;
  readonly other: (shop: ShopFloor) => Promise<B>;
  /** What must be true afterwards, whoever was first. */
  check(one: A, other: B): Promise<void>;
}

const parallelRounds = 3;

interface Round<A, B> {
  readonly first: (shop: ShopFloor) => Promise<A>;
  readonly second: (shop: ShopFloor) => Promise<B>;
  readonly check: (first: A, second: B) => Promise<void>;
}

/** Lets the second happen just before one call of the first; whether the first made so many calls. */
async function meetBefore<A, B>(call: number, { first, second, check }: Round<A, B>): Promise<boolean> {
  let calls = 0;
  let met: { readonly result: B } | null = null;
  const client = clientWith(service.client, async () => {
    calls += 1;
    if (calls === call) {
      met = { result: await second(shop.elsewhere()) };
    }
  });
  const result = await first(shop.elsewhere(client));
  const { result: answer } = (met as { readonly result: B } | null) ?? { result: await second(shop.elsewhere()) };
  await check(result, answer);
  return met !== null;
}

/** Lets the second happen before each call of the first, one after the other; how many calls those are. */
async function interleave<A, B>(prepare: () => Promise<Round<A, B>>): Promise<number> {
  let calls = 0;
  while (await meetBefore(calls + 1, await prepare())) {
    calls += 1;
  }
  return calls;
}

async function letMeet<A, B>(prepare: () => Promise<Meeting<A, B>>): Promise<void> {
  let areAlike = false;
  const oneFirst = async (): Promise<Round<A, B>> => {
    const { one, other, check } = await prepare();
    areAlike = (one as unknown) === other;
    return { first: one, second: other, check };
  };
  const otherFirst = async (): Promise<Round<B, A>> => {
    const { one, other, check } = await prepare();
    return { first: other, second: one, check: async (second, first) => await check(first, second) };
  };
  const calls = await interleave(oneFirst);
  const otherCalls = areAlike ? calls : await interleave(otherFirst);
  // Somebody who makes no call meets nobody.
  expect(Math.min(calls, otherCalls)).toBeGreaterThan(0);
  for (let round = 0; round < parallelRounds; round += 1) {
    const { one, other, check } = await prepare();
    const late = async () => await service.clock.sleep(service.clock.random() * 8);
    const [first, second] = await Promise.all([
      late().then(async () => await one(shop.elsewhere())),
      late().then(async () => await other(shop.elsewhere())),
    ]);
    await check(first, second);
  }
}

const shelfWith = async (units: number, description: Partial<ItemDescription> = {}) =>
  await shop.shelfAt(locationId, units, description);

const allowed = { backorder: { policy: "allow", limit: null } } as const;
const line = ({ sku }: LevelKey, quantity: number) => [[sku, quantity, locationId]] as const;
const refusedAs = (kind: string) => ({ kind: "refused", refusal: { kind } });

/** A hold that is past its deadline and not ended yet. */
async function overdue(shelf: LevelKey, quantity: number): Promise<Reservation> {
  const hold = await shop.held(line(shelf, quantity), { ttlSeconds: 1 });
  service.clock.advance(1_001);
  return hold;
}

async function ordered(shelf: LevelKey, quantity: number): Promise<string> {
  const { reservationId } = await shop.held(line(shelf, quantity));
  doneValue(await shop.commit(reservationId));
  return reservationId;
}

/** The first of them that the outcome is like; an outcome that is like none of them fails the test. */
function oneOf<const T extends readonly object[]>(outcome: unknown, ...expected: T): number {
  const found = expected.findIndex((each) => {
    try {
      expect(outcome).toMatchObject(each);
      return true;
    } catch {
      return false;
    }
  });
  expect(found, JSON.stringify(outcome)).toBeGreaterThanOrEqual(0);
  return found;
}

describe("commit and", () => {
  it("expiry: the order has its stock", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(3);
      const hold = await overdue(shelf, 2);
      return {
        one: async (at) => await at.commit(hold.reservationId),
        other: async (at) => await at.expire(hold),
        check: async (commit) => {
          expect(commit).toMatchObject({ kind: "done", value: { status: "committed" } });
          expect((await shop.get(hold.reservationId)).status).toBe("committed");
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 2, sellable: 1 });
        },
      };
    });
  });

  it("a change of the cart: what is ordered is what was paid for", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      const { reservationId } = await shop.held(line(shelf, 1));
      return {
        one: async (at) => await at.commit(reservationId, "order", 1),
        other: async (at) => await at.rearrange(reservationId, line(shelf, 3), { expectedRevision: 1 }),
        check: async (commit, change) => {
          const won = oneOf(commit, { kind: "done" }, refusedAs("version-conflict")) === 0;
          expect(change).toMatchObject(won ? refusedAs("invalid-transition") : { kind: "done" });
          const { status, lines } = await shop.get(reservationId);
          expect([status, lines[0]?.quantity]).toEqual(won ? ["committed", 1] : ["held", 3]);
          expect((await shop.figures(shelf)).reserved).toBe(won ? 1 : 3);
        },
      };
    });
  });

  it("another late commit of the same order: both are answered with it, which takes the last units once", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(2);
      const hold = await shop.held([[shelf.sku, 2]], { ttlSeconds: 1 });
      service.clock.advance(1_001);
      await shop.expire(hold);
      const commit = async (at: ShopFloor) => await at.commit(hold.reservationId);
      return {
        one: commit,
        other: commit,
        check: async (one, other) => {
          for (const outcome of [one, other]) {
            expect(outcome).toMatchObject({ kind: "done", value: { status: "committed", reacquired: true } });
          }
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, sellable: 0 });
        },
      };
    });
  });

  it("a late commit for another order: one of them has it", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const hold = await overdue(shelf, 2);
      await shop.expire(hold);
      return {
        one: async (at) => await at.commit(hold.reservationId, "one"),
        other: async (at) => await at.commit(hold.reservationId, "other"),
        check: async (one, other) => {
          const won = oneOf(one, { kind: "done" }, refusedAs("invalid-transition")) === 0;
          expect(other).toMatchObject(won ? refusedAs("invalid-transition") : { kind: "done" });
          expect(await shop.get(hold.reservationId)).toMatchObject({ orderId: won ? "one" : "other" });
          expect((await shop.figures(shelf)).reserved).toBe(2);
        },
      };
    });
  });

  it("a late commit of somebody else: only one has the last units", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(2);
      const [one, other] = [await overdue(shelf, 1), await overdue(shelf, 1)];
      await shop.expire(one);
      await shop.expire(other);
      await shop.held(line(shelf, 1));
      return {
        one: async (at) => await at.commit(one.reservationId),
        other: async (at) => await at.commit(other.reservationId),
        check: async (first, second) => {
          const won = oneOf(first, { kind: "done" }, refusedAs("reservation-expired")) === 0;
          expect(second).toMatchObject(won ? refusedAs("reservation-expired") : { kind: "done" });
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, sellable: 0 });
        },
      };
    });
  });

  it("the release of a deleted hold: the order has its stock, at the second try if need be", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(2);
      const hold = await overdue(shelf, 2);
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      return {
        one: async (at) => await at.commit(hold.reservationId),
        other: async (at) => await at.releaseDeleted(message),
        check: async (commit) => {
          oneOf(commit, { kind: "done", value: { reacquired: true } }, refusedAs("not-found"));
          expect(await shop.commit(hold.reservationId)).toMatchObject({ kind: "done", value: { reacquired: true } });
          expect((await shop.figures(shelf)).reserved).toBe(2);
        },
      };
    });
  });
});

describe("a cart that changes and", () => {
  it("expiry: it has all of its new lines or has ended", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      const hold = await shop.held(line(shelf, 2), { ttlSeconds: 30 });
      return {
        one: async (at) => await at.rearrange(hold.reservationId, line(shelf, 5), { ttlSeconds: 30 }),
        other: async (at) => {
          service.clock.advance(30_001);
          return await at.expire(hold);
        },
        check: async (change) => {
          const { status, lines } = await shop.get(hold.reservationId);
          const grew = oneOf(change, { kind: "done" }, refusedAs("invalid-transition")) === 0;
          expect(lines[0]?.quantity).toBe(grew ? 5 : 2);
          const reserved = status === "held" ? lines[0]?.quantity : 0;
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 9, reserved });
        },
      };
    });
  });

  it("the same change: both are answered with it when it takes the last units", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const { reservationId } = await shop.held([[shelf.sku, 2]]);
      const change = async (at: ShopFloor) => await at.rearrange(reservationId, [[shelf.sku, 5]]);
      return {
        one: change,
        other: change,
        check: async (one, other) => {
          expect([one, other]).toMatchObject([
            { kind: "done", value: { linesRevision: 2 } },
            { kind: "done", value: { linesRevision: 2 } },
          ]);
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 5, sellable: 0 });
        },
      };
    });
  });

  it("its release: nothing is left", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(3, allowed);
      const { reservationId } = await shop.held(line(shelf, 2));
      return {
        one: async (at) => await at.rearrange(reservationId, line(shelf, 5)),
        other: async (at) => await at.release(reservationId),
        check: async (change, release) => {
          oneOf(change, { kind: "done" }, refusedAs("invalid-transition"));
          expect(release).toMatchObject({ kind: "done" });
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 0, backordered: 0, sellable: 3 });
          expect(await shop.queueOf(shelf.sku)).toEqual([]);
        },
      };
    });
  });

  it.each([
    ["a larger", 6],
    ["a smaller", 2],
    ["an already served", 1],
  ])("an allocation: %s cart and its queue agree", async (_name, quantity) => {
    await letMeet(async () => {
      const shelf = await shelfWith(1, allowed);
      const { reservationId } = await shop.held(line(shelf, 4));
      service.clock.advance(2);
      const next = await shop.held(line(shelf, 2));
      await service.adjust(shelf, 2);
      return {
        one: async (at) => await at.rearrange(reservationId, line(shelf, quantity)),
        other: async (at) => await at.allocate(shelf),
        check: async (change, allocation) => {
          expect(change).toMatchObject({ kind: "done" });
          oneOf(allocation, { kind: "done" }, { kind: "discard" });
          await shop.allocate(shelf);
          // Three units: the older promise first, and what it does not need is for the next.
          const mine = Math.min(quantity, 3);
          expect(shares(await shop.get(reservationId))).toEqual([[mine, quantity - mine]]);
          const theirs = Math.min(2, 3 - mine);
          expect(shares(await shop.get(next.reservationId))).toEqual([[theirs, 2 - theirs]]);
        },
      };
    });
  });
});

describe("an allocation and", () => {
  it("the release of the first who waits: the units go to the next", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const { reservationId } = await shop.held(line(shelf, 2));
      service.clock.advance(2);
      const next = await shop.held(line(shelf, 2));
      await service.adjust(shelf, 1);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.release(reservationId),
        check: async (_allocation, release) => {
          expect(release).toMatchObject({ kind: "done" });
          await shop.allocate(shelf);
          expect(shares(await shop.get(next.reservationId))).toEqual([[1, 1]]);
          expect(await shop.queueOf(shelf.sku)).toEqual([[next.reservationId, 1]]);
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 1, backordered: 1, available: 0 });
        },
      };
    });
  });

  it("another one of the same message: each unit is given once, the oldest promise first", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const holds: Reservation[] = [];
      for (const quantity of [2, 1, 3]) {
        holds.push(await shop.held(line(shelf, quantity)));
        service.clock.advance(2);
      }
      await service.adjust(shelf, 4);
      const allocate = async (at: ShopFloor) => await at.allocate(shelf);
      return {
        one: allocate,
        other: allocate,
        check: async () => {
          const given = await Promise.all(holds.map(async (hold) => shares(await shop.get(hold.reservationId))[0]));
          expect(given).toEqual([
            [2, 0],
            [1, 0],
            [1, 2],
          ]);
        },
      };
    });
  });

  it("a new buyer: he has what the queue does not need, and no more", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const waits = await shop.held(line(shelf, 2));
      service.clock.advance(2);
      await service.adjust(shelf, 3);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.reserve(line(shelf, 2)),
        check: async (_allocation, outcome) => {
          await shop.allocate(shelf);
          expect(shares(await shop.get(waits.reservationId))).toEqual([[2, 0]]);
          expect(shares(doneValue(outcome).reservation)).toEqual([[1, 1]]);
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 3, backordered: 1, available: 0 });
        },
      };
    });
  });

  it("a forced count that takes the units away: nobody is given what is not there", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const waits = await shop.held(line(shelf, 2));
      await service.adjust(shelf, 2);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.adjust(shelf, -1, true),
        check: async (_allocation, count) => {
          expect(count.kind).toBe("done");
          await shop.allocate(shelf);
          const [[allocated = 0] = []] = shares(await shop.get(waits.reservationId));
          const { onHand, reserved, available } = await shop.figures(shelf);
          expect({ onHand, reserved, available }).toEqual({ onHand: 1, reserved: allocated, available: 1 - allocated });
          await service.settle();
          const given = (await service.movements(shelf)).filter(({ type }) => type === "allocated");
          expect(given.filter(({ after }) => after.available < 0)).toEqual([]);
        },
      };
    });
  });

  it("the release of a deleted hold: the units go to the next", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const hold = await overdue(shelf, 2);
      const next = await shop.held(line(shelf, 2), { ttlSeconds: 86_400 });
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      await service.adjust(shelf, 2);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.releaseDeleted(message),
        check: async () => {
          await shop.allocate(shelf);
          expect((await shop.get(hold.reservationId)).status).toBe("expired");
          expect(shares(await shop.get(next.reservationId))).toEqual([[2, 0]]);
          expect(await shop.queueOf(shelf.sku)).toEqual([]);
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, backordered: 0, available: 0 });
        },
      };
    });
  });

  it("the return of a record that was deleted before its time: it keeps its place", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      const hold = await shop.held(line(shelf, 2));
      doneValue(await shop.commit(hold.reservationId));
      const message = await shop.messageOfDeletion(hold);
      await service.adjust(shelf, 1);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.releaseDeleted(message),
        check: async () => {
          await shop.allocate(shelf);
          expect(shares(await shop.get(hold.reservationId))).toEqual([[1, 1]]);
          expect(await shop.queueOf(shelf.sku)).toEqual([[hold.reservationId, 1]]);
        },
      };
    });
  });

  it("the shipment of a part: what is in hand is shipped once, and what comes in is added", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(2, allowed);
      const id = await ordered(shelf, 4);
      await service.adjust(shelf, 1);
      return {
        one: async (at) => await at.allocate(shelf),
        other: async (at) => await at.fulfil(id, line(shelf, 2)),
        check: async (_allocation, shipment) => {
          expect(shipment).toMatchObject({ kind: "done" });
          await shop.allocate(shelf);
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 1, reserved: 1, backordered: 1, available: 0 });
          expect(await shop.queueOf(shelf.sku)).toEqual([[id, 1]]);
        },
      };
    });
  });
});

describe("a shipment and", () => {
  it("the release of the order: all of it is shipped, or nothing", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const id = await ordered(shelf, 3);
      return {
        one: async (at) => await at.fulfil(id),
        other: async (at) => await at.release(id),
        check: async (shipment, release) => {
          const isShipped = oneOf(shipment, { kind: "done" }, refusedAs("invalid-transition")) === 0;
          expect(release).toMatchObject(isShipped ? refusedAs("invalid-transition") : { kind: "done" });
          expect((await shop.get(id)).status).toBe(isShipped ? "fulfilled" : "released");
          expect(await shop.figures(shelf)).toMatchObject({ onHand: isShipped ? 2 : 5, reserved: 0 });
        },
      };
    });
  });

  it("the cancelling of the rest: a part is shipped and the rest is free, or all is free", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const id = await ordered(shelf, 3);
      return {
        one: async (at) => await at.fulfil(id, line(shelf, 1)),
        other: async (at) => await at.release(id),
        check: async (shipment, release) => {
          const isShipped = oneOf(shipment, { kind: "done" }, refusedAs("invalid-transition")) === 0;
          expect(release).toMatchObject({ kind: "done" });
          expect((await shop.get(id)).status).toBe(isShipped ? "fulfilled" : "released");
          expect(await shop.figures(shelf)).toMatchObject({ onHand: isShipped ? 4 : 5, reserved: 0 });
        },
      };
    });
  });

  it("another one: no unit leaves twice, and no more than there are", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const id = await ordered(shelf, 3);
      return {
        one: async (at) => await at.fulfil(id, line(shelf, 2), "one"),
        other: async (at) => await at.fulfil(id, line(shelf, 2), "other"),
        check: async (one, other) => {
          const won = oneOf(one, { kind: "done" }, refusedAs("invalid-transition")) === 0;
          expect(other).toMatchObject(won ? refusedAs("invalid-transition") : { kind: "done" });
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 1 });
        },
      };
    });
  });

  it("a return of what was shipped before: each counts by itself", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(5);
      const id = await ordered(shelf, 3);
      doneValue(await shop.fulfil(id, line(shelf, 1)));
      const units = [{ ...shelf, quantity: 1, disposition: "restock" } as const];
      return {
        one: async (at) => await at.fulfil(id),
        other: async (at) => await at.giveBack(id, units),
        check: async (shipment, back) => {
          expect([shipment.kind, back.kind]).toEqual(["done", "done"]);
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 0, sellable: 3 });
        },
      };
    });
  });

  it("a forced count: what leaves was there", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(3);
      const id = await ordered(shelf, 3);
      return {
        one: async (at) => await at.fulfil(id),
        other: async (at) => await at.adjust(shelf, -1, true),
        check: async (shipment, count) => {
          const isShipped = oneOf(shipment, { kind: "done" }, refusedAs("would-oversell")) === 0;
          expect(count).toMatchObject(isShipped ? refusedAs("would-oversell") : { kind: "done" });
          expect(await shop.figures(shelf)).toMatchObject(
            isShipped ? { onHand: 0, reserved: 0 } : { onHand: 2, reserved: 3, available: -1 },
          );
        },
      };
    });
  });
});

describe("a purchase limit and", () => {
  const limit = { purchaseLimit: { quantity: 2, windowDays: null } } as const;

  it.each([
    ["the release", async (hold: Reservation, at: ShopFloor) => await at.release(hold.reservationId)],
    ["the expiry", async (hold: Reservation, at: ShopFloor) => await at.expire(hold)],
  ])("%s of what was bought: the next purchase waits for it or has its place", async (_name, end) => {
    await letMeet(async () => {
      const shelf = await shelfWith(9, limit);
      const customerId = shop.name("customer");
      const hold = await shop.held(line(shelf, 2), { customerId, ttlSeconds: 1 });
      service.clock.advance(1_001);
      return {
        one: async (at) => await at.reserve(line(shelf, 1), { customerId }),
        other: async (at) => await end(hold, at),
        check: async (purchase) => {
          const isBought = oneOf(purchase, { kind: "done" }, refusedAs("purchase-limit-exceeded")) === 0;
          expect(await shop.taken(customerId, shelf.sku)).toBe(isBought ? 1 : 0);
          expect((await shop.figures(shelf)).reserved).toBe(isBought ? 1 : 0);
        },
      };
    });
  });

  it("the release of a deleted hold: its place is given back once", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9, limit);
      const customerId = shop.name("customer");
      const hold = await shop.held(line(shelf, 2), { customerId, ttlSeconds: 1 });
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      return {
        one: async (at) => await at.reserve(line(shelf, 2), { customerId }),
        other: async (at) => await at.releaseDeleted(message),
        check: async (purchase) => {
          await shop.releaseDeleted(message);
          const isBought = oneOf(purchase, { kind: "done" }, refusedAs("purchase-limit-exceeded")) === 0;
          expect(await shop.taken(customerId, shelf.sku)).toBe(isBought ? 2 : 0);
        },
      };
    });
  });

  it("its lowering: a purchase fits the limit that was in force when it was written", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9, { purchaseLimit: { quantity: 4, windowDays: null } });
      const customerId = shop.name("customer");
      await shop.held(line(shelf, 1), { customerId });
      return {
        one: async (at) => await at.reserve(line(shelf, 3), { customerId }),
        other: async (at) => await at.describe(shelf.sku, limit),
        check: async (purchase, description) => {
          expect(description).toMatchObject({ kind: "done" });
          const isBought = oneOf(purchase, { kind: "done" }, refusedAs("purchase-limit-exceeded")) === 0;
          expect(await shop.taken(customerId, shelf.sku)).toBe(isBought ? 4 : 1);
          if (!isBought) {
            expect(purchase).toMatchObject({ refusal: { limits: [{ limit: 2, alreadyTaken: 1, requested: 3 }] } });
          }
        },
      };
    });
  });
});

describe("a split and", () => {
  it("a buyer: he has his units, from the level or from its cells", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      return {
        one: async (at) => await at.split(shelf, 3),
        other: async (at) => await at.reserve(line(shelf, 4)),
        check: async (split, purchase) => {
          expect([split.kind, purchase.kind]).toEqual(["done", "done"]);
          expect(await shop.whole(shelf)).toMatchObject({ onHand: 9, reserved: 4, sellable: 5, cells: 3 });
        },
      };
    });
  });

  it("a buyer who knew it as it was split before: he has his units", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(8);
      doneValue(await shop.split(shelf, 2));
      return {
        one: async (at) => [await at.split(shelf, 1), await at.split(shelf, 4)],
        other: async (at) => [await at.reserve(line(shelf, 1)), await at.reserve(line(shelf, 5))],
        check: async (splits, purchases) => {
          expect([...splits, ...purchases].map(({ kind }) => kind)).toEqual(["done", "done", "done", "done"]);
          expect(await shop.whole(shelf)).toMatchObject({ onHand: 8, reserved: 6, sellable: 2, cells: 4 });
        },
      };
    });
  });

  it.each([
    ["a release", async (at: ShopFloor, id: string) => await at.release(id), 0],
    ["a smaller cart", async (at: ShopFloor, id: string, shelf: LevelKey) => await at.rearrange(id, line(shelf, 1)), 1],
    ["a larger cart", async (at: ShopFloor, id: string, shelf: LevelKey) => await at.rearrange(id, line(shelf, 7)), 7],
  ])("%s during the merge: the sum is what it must be", async (_name, change, reserved) => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      doneValue(await shop.split(shelf, 3));
      const { reservationId } = await shop.elsewhere().held(line(shelf, 4));
      return {
        one: async (at) => await at.split(shelf, 1),
        other: async (at) => await change(at, reservationId, shelf),
        check: async (merge, changed) => {
          expect([merge.kind, changed.kind]).toEqual(["done", "done"]);
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 9, reserved, sellable: 9 - reserved });
        },
      };
    });
  });

  it("its merge: the level ends as the one or the other, with all of its units", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      return {
        one: async (at) => await at.split(shelf, 3),
        other: async (at) => await at.split(shelf, 1),
        check: async (split, merge) => {
          expect([split.kind, merge.kind]).toEqual(["done", "done"]);
          const { cells, ...whole } = await shop.whole(shelf);
          expect([0, 3]).toContain(cells);
          expect(whole).toEqual({ onHand: 9, reserved: 0, available: 9, sellable: 9 });
        },
      };
    });
  });

  it("a promise beyond the stock: where the one is, the other is not", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(2);
      return {
        one: async (at) => await at.split(shelf, 3),
        other: async (at) => [await at.describe(shelf.sku, allowed), await at.reserve(line(shelf, 5))],
        check: async () => {
          const { backordered, cells } = { ...(await shop.figures(shelf)), ...(await shop.whole(shelf)) };
          expect(Math.min(backordered, cells)).toBe(0);
        },
      };
    });
  });

  it("a correction: units are taken once, or the level must be merged first", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(9);
      return {
        one: async (at) => await at.split(shelf, 3),
        other: async (at) => await at.adjust(shelf, -5),
        check: async (split, correction) => {
          expect(split.kind).toBe("done");
          const isCorrected = oneOf(correction, { kind: "done" }, refusedAs("merge-first")) === 0;
          const left = isCorrected ? 4 : 9;
          expect(await shop.whole(shelf)).toMatchObject({ onHand: left, sellable: left, cells: 3 });
        },
      };
    });
  });
});

describe("a preorder and", () => {
  it("its day, which has come sooner: nobody waits for what is there", async () => {
    await letMeet(async () => {
      const availableFrom = new Date(service.clock.now() + 3_600_000).toISOString();
      const shelf = await shelfWith(5, { ...allowed, availableFrom });
      return {
        one: async (at) => await at.reserve(line(shelf, 2)),
        other: async (at) => await at.describe(shelf.sku, { ...allowed, availableFrom: null }),
        check: async (purchase, description) => {
          expect(description).toMatchObject({ kind: "done" });
          // What was promised before the day came is served now.
          await shop.allocate(shelf);
          const { reservationId } = doneValue(purchase).reservation;
          expect(shares(await shop.get(reservationId))).toEqual([[2, 0]]);
          await service.settle();
          const types = (await service.movements(shelf)).map(({ type }) => type);
          const wasDescribed = types.lastIndexOf("configured");
          expect(types.slice(wasDescribed)).not.toContain("backordered");
        },
      };
    });
  });
});

describe("the first stock of a SKU and", () => {
  it("the promise that makes its level: both are there", async () => {
    await letMeet(async () => {
      const shelf = await shelfWith(0, allowed);
      return {
        one: async (at) => await at.adjust(shelf, 1),
        other: async (at) => await at.reserve(line(shelf, 2)),
        check: async (receipt, purchase) => {
          expect(receipt.kind).toBe("done");
          const { reservationId } = doneValue(purchase).reservation;
          await shop.allocate(shelf);
          expect(shares(await shop.get(reservationId))).toEqual([[1, 1]]);
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 1, reserved: 1, backordered: 1 });
        },
      };
    });
  });
});
