import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { ItemDescription } from "../../functions/domain/catalogue.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import { figuresOfLine } from "../../functions/domain/line.ts";
import { listReservations } from "../../functions/reservations/list-reservations.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { readItem } from "../../functions/storage/items.ts";
import { doneValue, Service } from "../support/service.ts";
import { type CartLine, closeTheBooks, legsOf, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

/** A kit of two of the first and one of the second; both are at each of the locations. */
async function kitOf(
  first: readonly number[],
  second: readonly number[],
  description: Partial<ItemDescription> = {},
): Promise<{ kit: string; a: string; b: string; places: string[]; at: (sku: string, place: number) => LevelKey }> {
  const { sku: a, shelves } = await shop.stocked(first);
  const places = shelves.map(({ locationId }) => locationId);
  const b = shop.name("sku");
  await shop.item(b);
  for (const [index, units] of second.entries()) {
    if (units > 0) {
      await service.adjust({ sku: b, locationId: places[index] ?? "" }, units);
    }
  }
  const kit = await shop.kit(
    [
      [a, 2],
      [b, 1],
    ],
    description,
  );
  await service.settle();
  return { kit, a, b, places, at: (sku, place) => ({ sku, locationId: places[place] ?? "" }) };
}

const reservedOf = async (...levels: LevelKey[]) =>
  await Promise.all(levels.map(async (level) => (await shop.figures(level)).reserved));

describe("a kit", () => {
  it("is reserved by its components, at a location that is named and where the service finds them", async () => {
    const { kit, a, b, places, at } = await kitOf([10, 10], [10, 10]);
    const named = await shop.held([[kit, 2, places[1]]]);
    expect(named.lines[0]?.legs.map(({ sku, locationId, allocated }) => [sku, locationId, allocated])).toEqual([
      [a, places[1], 4],
      [b, places[1], 2],
    ]);
    expect(shares(named)).toEqual([[2, 0]]);
    const found = await shop.held([[kit, 3]]);
    expect(legsOf(found)).toEqual([
      [
        [places[0], 6, 0],
        [places[0], 3, 0],
      ],
    ]);
    expect(await reservedOf(at(a, 0), at(b, 0), at(a, 1), at(b, 1))).toEqual([6, 3, 4, 2]);
  });

  it("shares its components' stock with plain lines of the same cart, and neither gets what the other has", async () => {
    const { kit, a, b, places, at } = await kitOf([7], [5]);
    const cart = (kits: number, plain: number) =>
      [
        [kit, kits],
        [a, plain],
        [a, 1, places[0]],
      ] as const;
    expect(await shop.reserve(cart(2, 3))).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: a, locationId: null, requested: 3, available: 2 }] },
    });
    const hold = await shop.held(cart(2, 2));
    expect(shares(hold)).toEqual([
      [2, 0],
      [2, 0],
      [1, 0],
    ]);
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([7, 2]);
    await service.settle();
    const { changes } = (await service.movements(at(a, 0))).at(-1) ?? {};
    expect(changes).toMatchObject({ reserved: 7 });
  });

  it("that is short says how many kits can be had, by its scarcest component", async () => {
    const { kit, places } = await kitOf([9], [3]);
    expect(await shop.reserve([[kit, 5, places[0]]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: kit, requested: 5, available: 3, backorderable: 0 }] },
    });
    const { kit: other } = await kitOf([5], [9]);
    expect(await shop.reserve([[other, 5]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: other, requested: 5, available: 2 }] },
    });
    expect(await shop.reserve([[shop.name("kit"), 1]])).toMatchObject({ refusal: { kind: "unknown-sku" } });
  });

  it("that is short or promised says when the last of its components that are wanting is expected", async () => {
    const [early, late] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    const component = async (restockAt: string | null, policy: "allow" | "deny" = "deny") => {
      const { sku } = await shop.stocked([], { restockAt, backorder: { policy, limit: null } });
      return sku;
    };
    const { sku: plenty, shelf } = await shop.stocked([9]);
    const [soon, later, sometime] = [await component(early), await component(late), await component(null)];
    const refusedUntil = async (...skus: readonly string[]) => {
      const reply = await shop.reserve([[await shop.kit(skus.map((sku) => [sku, 1])), 1]]);
      return reply.kind === "refused" && reply.refusal.kind === "insufficient-stock"
        ? reply.refusal.lines.map(({ restockAt }) => restockAt)
        : reply;
    };
    expect(await refusedUntil(plenty, soon)).toEqual([early]);
    expect(await refusedUntil(soon, plenty, later)).toEqual([late]);
    expect(await refusedUntil(later, soon)).toEqual([late]);
    expect(await refusedUntil(soon, sometime)).toEqual([null]);

    const [first, last] = [await component(early, "allow"), await component(late, "allow")];
    const kit = await shop.kit([first, plenty, last].map((sku) => [sku, 1]));
    const { lines } = await shop.held([[kit, 1, shelf.locationId]]);
    expect(lines.map(({ restockAt }) => restockAt)).toEqual([late]);
  });

  it("is refused in whatever quantities, also where those of several kits are more than a number can hold", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const kits = [];
    for (let count = 0; count < 5; count += 1) {
      kits.push(await shop.kit([[sku, 1_000_000]]));
    }
    for (const place of [shelf.locationId, undefined]) {
      const cart = kits.map((kit): CartLine => (place === undefined ? [kit, 2 ** 31 - 1] : [kit, 2 ** 31 - 1, place]));
      expect(await shop.reserve(cart)).toMatchObject({
        refusal: { kind: "insufficient-stock", lines: kits.map((kit) => ({ sku: kit, available: 0 })) },
      });
    }
  });

  it("is available as the smallest quotient of its components, exactly and by the summaries", async () => {
    const { kit, a, b, places } = await kitOf([3, 6], [4, 0]);
    expect(await shop.availability(kit)).toEqual({ exact: [4, 0], summed: [4, 0] });
    await shop.held([[a, 2, places[1]]]);
    await service.settle();
    expect(await shop.availability(kit)).toEqual({ exact: [3, 0], summed: [3, 0] });
    await shop.held([[kit, 3]]);
    await service.settle();
    expect(await shop.availability(kit)).toEqual({ exact: [0, 0], summed: [0, 0] });
    expect(await shop.availability(b)).toEqual({ exact: [1, 0], summed: [1, 0] });
    expect(await shop.reserve([[kit, 1]])).toMatchObject({ refusal: { lines: [{ available: 0 }] } });
  });

  it("takes in no stock of its own, neither its first nor beside what it had before it became one", async () => {
    const { sku: part, shelf: partShelf } = await shop.stocked([5]);
    const { sku, shelf } = await shop.stocked([3]);
    const receive = async (where: LevelKey, delta: number) =>
      await adjustStock(shop.services, {
        ...shop.command(),
        reason: "received",
        reference: null,
        atomic: true,
        changes: [{ ...where, state: "onHand", change: { kind: "delta", delta }, expected: null, force: false }],
        requestDigest: "",
        operationDigest: shop.name("receipt"),
      });
    await shop.item(sku, { components: [{ sku: part, quantity: 1 }] });
    await service.settle();
    for (const where of [shelf, { sku, locationId: partShelf.locationId }]) {
      expect(await receive(where, 2)).toEqual({ kind: "refused", refusal: { kind: "kit-has-no-stock", level: where } });
    }
    doneValue(await receive(shelf, -3));
    expect((await service.level(shelf)).figures.onHand).toBe(0);
  });

  it("is shipped whole or by component, and comes back whole or by component", async () => {
    const { kit, a, b, places, at } = await kitOf([10], [10]);
    const { reservationId } = await shop.held([[kit, 3, places[0]]]);
    await shop.commit(reservationId);
    const figures = async () => {
      const [line] = (await shop.get(reservationId)).lines;
      return line === undefined ? null : figuresOfLine(line, true);
    };
    doneValue(await shop.fulfil(reservationId, [[kit, 1]]));
    expect(await figures()).toMatchObject({ fulfilled: 1, allocated: 2 });
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([4, 2]);
    doneValue(await shop.fulfil(reservationId, [[a, 3]]));
    expect(await figures()).toMatchObject({ fulfilled: 1, allocated: 2 });
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([1, 2]);
    expect(await shop.fulfil(reservationId, [[a, 2]])).toMatchObject({ refusal: { kind: "invalid-transition" } });
    expect(await shop.fulfil(reservationId)).toMatchObject({ value: { status: "fulfilled" } });
    expect(await figures()).toMatchObject({ fulfilled: 3, allocated: 0 });
    expect((await shop.figures(at(a, 0))).onHand).toBe(4);
    expect((await shop.figures(at(b, 0))).onHand).toBe(7);

    const back = { locationId: places[0] ?? "", disposition: "restock" } as const;
    doneValue(await shop.giveBack(reservationId, [{ ...back, sku: kit, quantity: 1 }]));
    doneValue(await shop.giveBack(reservationId, [{ ...back, sku: b, quantity: 2 }]));
    expect(await figures()).toMatchObject({ returned: 1 });
    expect(await shop.giveBack(reservationId, [{ ...back, sku: kit, quantity: 1 }])).toMatchObject({
      refusal: { kind: "invalid-transition" },
    });
    doneValue(await shop.giveBack(reservationId, [{ ...back, sku: a, quantity: 4 }]));
    expect(await figures()).toMatchObject({ returned: 3 });
    expect((await shop.figures(at(a, 0))).onHand).toBe(10);
    expect((await shop.figures(at(b, 0))).onHand).toBe(10);
  });

  it("waits for a component that is short, and is whole when the queue has served it", async () => {
    const { shelf } = await shop.stocked([1], { backorder: { policy: "allow", limit: null } });
    const { sku: b } = await shop.stocked([0]);
    await service.adjust({ sku: b, locationId: shelf.locationId }, 9);
    const kit = await shop.kit([
      [shelf.sku, 2],
      [b, 1],
    ]);
    await service.settle();
    const cart = [[kit, 2, shelf.locationId]] as const;
    expect(await shop.reserve(cart, { terms: { ...usualTerms, mayBackorder: false } })).toMatchObject({
      refusal: { lines: [{ sku: kit, available: 0 }] },
    });
    const hold = await shop.held(cart);
    expect(shares(hold)).toEqual([[0, 2]]);
    expect(await shop.queueOf(shelf.sku)).toEqual([[hold.reservationId, 3]]);
    await shop.commit(hold.reservationId);
    await service.adjust(shelf, 1);
    await service.settle();
    expect(shares(await shop.get(hold.reservationId))).toEqual([[1, 1]]);
    expect(await shop.fulfil(hold.reservationId)).toMatchObject({ refusal: { kind: "invalid-transition" } });
    doneValue(await shop.fulfil(hold.reservationId, [[kit, 1]]));
    await service.adjust(shelf, 2);
    await service.settle();
    expect(shares(await shop.get(hold.reservationId))).toEqual([[1, 0]]);
    expect(await shop.fulfil(hold.reservationId)).toMatchObject({ value: { status: "fulfilled" } });
    expect(await shop.figures(shelf)).toEqual({ onHand: 0, reserved: 0, available: 0, backordered: 0, sellable: 0 });
  });
});

describe("a cart of a great many kits", () => {
  /** Kits of the same thirty parts. */
  async function greatCart(kits: number) {
    const place = shop.name("loc");
    await shop.location(place);
    const parts: (readonly [string, number])[] = [];
    for (let count = 0; count < 30; count += 1) {
      parts.push([(await shop.shelfAt(place, 2_000)).sku, 1]);
    }
    const cart: CartLine[] = [];
    for (let count = 0; count < kits; count += 1) {
      cart.push([await shop.kit(parts), 1, place]);
    }
    return { cart, part: { sku: parts[0]?.[0] ?? "", locationId: place } };
  }

  it("is taken as long as a message can carry its record when the table deletes it, and refused beyond", async () => {
    const { cart, part } = await greatCart(60);
    expect(await shop.reserve(cart)).toMatchObject({ refusal: { kind: "record-too-large", most: 240_000 } });
    const { reservationId } = await shop.held(cart.slice(0, 40), { ttlSeconds: 1 });
    expect(await shop.rearrange(reservationId, cart)).toMatchObject({ refusal: { kind: "record-too-large" } });
    service.clock.advance(3_700_000);
    const message = await shop.messageOfDeletion(await shop.get(reservationId));
    expect(Buffer.byteLength(message)).toBeLessThan(262_144);
    await service.deliver("expired", [message]);
    expect(await reservedOf(part)).toEqual([0]);
  });

  it("is taken again for its order, also where its hold was as large as one may be", async () => {
    const { cart } = await greatCart(45);
    const bytes = (reservation: object) => Buffer.byteLength(JSON.stringify(reservation));
    const customerId = "c".repeat(239_990 - bytes(await shop.held(cart)));
    const hold = await shop.held(cart, { customerId, ttlSeconds: 1 });
    expect(bytes(hold)).toBeGreaterThan(239_900);
    service.clock.advance(2_000);
    await shop.expire(hold);
    expect(await shop.commit(hold.reservationId, "o".repeat(128))).toMatchObject({ value: { status: "committed" } });
  });

  it("is listed with so many others as one answer takes, and the rest on the next page", async () => {
    const { cart } = await greatCart(45);
    const referenceId = shop.name("reference");
    const held: string[] = [];
    for (let count = 0; count < 24; count += 1) {
      held.push((await shop.held(cart, { referenceId })).reservationId);
    }
    await service.settle();
    const found: string[] = [];
    for (let cursor: string | null = "", pages = 1; cursor !== null; pages += 1) {
      const request = { name: { kind: "reference", id: referenceId } as const, limit: 200, cursor: cursor || null };
      const page = await listReservations(shop.services, request);
      if (page.kind === "bad-cursor") {
        throw new Error("The list did not take its own cursor.");
      }
      expect(JSON.stringify(page.items).length).toBeLessThan(4_300_000);
      found.push(...page.items.map(({ reservationId }) => reservationId));
      cursor = page.nextCursor;
      expect(pages).toBe(cursor === null ? 2 : 1);
    }
    expect(found).toEqual(held.toReversed());
  });
});

describe("the components of a kit", () => {
  it("may change without touching what is reserved, also when such a cart grows, ships and expires", async () => {
    const { kit, a, b, places, at } = await kitOf([20], [20]);
    const hold = await shop.held([[kit, 2, places[0]]], { ttlSeconds: 60 });
    const late = await shop.held([[kit, 1, places[0]]], { ttlSeconds: 60 });
    await shop.item(kit, { components: [{ sku: b, quantity: 3 }] });
    await service.settle();
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([6, 3]);
    doneValue(await shop.rearrange(hold.reservationId, [[kit, 3, places[0]]]));
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([8, 4]);
    const fresh = await shop.held([[kit, 1, places[0]]]);
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([8, 7]);
    await shop.commit(hold.reservationId);
    expect(await shop.fulfil(hold.reservationId)).toMatchObject({ value: { status: "fulfilled" } });
    await shop.release(fresh.reservationId);
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([2, 1]);
    service.clock.advance(60_001);
    await shop.expire(late);
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([0, 0]);
    expect(await shop.commit(late.reservationId)).toMatchObject({ value: { reacquired: true } });
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([2, 1]);
  });

  it("are no kits, however requests meet", async () => {
    for (let round = 0; round < 10; round += 1) {
      const [a, b, c] = [shop.name("sku"), shop.name("sku"), shop.name("sku")];
      for (const sku of [a, b, c]) {
        await shop.item(sku);
      }
      const of = (sku: string) => ({ components: [{ sku, quantity: 1 }] });
      const outcomes = await Promise.all([shop.describe(a, of(b)), shop.describe(b, of(c)), shop.describe(c, of(a))]);
      const made = outcomes.filter(({ kind }) => kind === "done");
      expect(made.length).toBeGreaterThan(0);
      for (const outcome of outcomes) {
        expect(outcome.kind === "refused" ? outcome.refusal.kind : "bad-components").toBe("bad-components");
      }
      const { inventory } = service.tables;
      const kits = new Map<string, string>();
      for (const sku of [a, b, c]) {
        const item = await readItem(service.client, inventory, sku);
        for (const component of item?.components ?? []) {
          kits.set(sku, component.sku);
        }
      }
      expect(kits.size).toBe(made.length);
      expect([...kits.values()].filter((component) => kits.has(component))).toEqual([]);
    }
  });

  it("must be known and no kits, and an item that is a component becomes no kit until no kit has it", async () => {
    const { kit, a, b } = await kitOf([1], [1]);
    const refusal = { refusal: { kind: "bad-components" } };
    const of = (sku: string) => ({ components: [{ sku, quantity: 1 }] });
    expect(await shop.describe(shop.name("kit"), of("nothing"))).toMatchObject(refusal);
    expect(await shop.describe(shop.name("kit"), of(kit))).toMatchObject(refusal);
    expect(await shop.describe(a, of(b))).toMatchObject(refusal);
    expect(await shop.describe(kit, of(kit))).toMatchObject(refusal);
    await shop.item(kit, of(b));
    expect(await shop.describe(a, of(b))).toMatchObject({ kind: "done" });
  });
});

describe("an archived kit", () => {
  it("takes no new reservations, gives no more to a cart that grows and nothing to a late order", async () => {
    const { kit, a, b, places, at } = await kitOf([20], [20]);
    const kept = await shop.held([[kit, 2, places[0]]]);
    const late = await shop.held([[kit, 1, places[0]]], { ttlSeconds: 1 });
    service.clock.advance(1_001);
    await shop.expire(late);
    await shop.item(kit, {
      active: false,
      components: [
        { sku: a, quantity: 2 },
        { sku: b, quantity: 1 },
      ],
    });
    await service.settle();
    expect(await shop.availability(kit)).toEqual({ exact: [0, 0], summed: [0, 0] });
    const none = { refusal: { kind: "insufficient-stock", lines: [{ sku: kit, available: 0 }] } };
    for (const place of [undefined, places[0]]) {
      expect(await shop.reserve([[kit, 1, place]])).toMatchObject(none);
    }
    expect(await shop.rearrange(kept.reservationId, [[kit, 3, places[0]]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: kit, requested: 3, available: 2 }] },
    });
    expect(await shop.commit(late.reservationId)).toMatchObject({ refusal: { kind: "reservation-expired" } });
    // Nor is it made of what the cart has for other lines.
    const mixed = [[kit, 2, places[0]] as const, [a, 6, places[0]] as const, [b, 3, places[0]] as const];
    doneValue(await shop.rearrange(kept.reservationId, mixed));
    expect(await shop.rearrange(kept.reservationId, [[kit, 5, places[0]]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: kit, requested: 5, available: 2 }] },
    });
    doneValue(await shop.rearrange(kept.reservationId, [[kit, 2, places[0]]]));
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([4, 2]);
    doneValue(await shop.rearrange(kept.reservationId, [[kit, 1, places[0]]]));
    expect(await shop.commit(kept.reservationId)).toMatchObject({ value: { status: "committed" } });
    expect(await shop.fulfil(kept.reservationId)).toMatchObject({ value: { status: "fulfilled" } });
    expect(await reservedOf(at(a, 0), at(b, 0))).toEqual([0, 0]);
  });
});

describe("a kit that is announced", () => {
  it("is not sold before its day, and the day is told", async () => {
    const at = service.clock.now() + 60_000;
    const availableFrom = new Date(at).toISOString();
    const { kit, places } = await kitOf([9], [9], { availableFrom });
    const none = { refusal: { lines: [{ sku: kit, available: 0, backorderable: 0, restockAt: availableFrom }] } };
    for (const place of [undefined, places[0]]) {
      expect(await shop.reserve([[kit, 1, place]])).toMatchObject(none);
    }
    expect(await shop.availability(kit)).toEqual({ exact: [0, 0], summed: [0, 0] });
    service.clock.advance(60_001);
    expect(await shop.availability(kit)).toEqual({ exact: [4, 0], summed: [4, 0] });
    expect(shares(await shop.held([[kit, 1, places[0]]]))).toEqual([[1, 0]]);
  });
});

describe("the date of a kit that is short", () => {
  const [march, april] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
  const item = (restockAt: string, policy: "allow" | "deny") => ({ backorder: { policy, limit: null }, restockAt });

  it.each(["allow", "deny"] as const)("is that of the component that comes last (%s)", async (policy) => {
    const { sku: there } = await shop.stocked([0], item(march, policy));
    const { sku: early } = await shop.stocked([0], item(march, policy));
    const { sku: late, shelf } = await shop.stocked([0], item(april, policy));
    await service.adjust({ sku: there, locationId: shelf.locationId }, 9);
    const parts = (...skus: string[]) => skus.map((sku) => [sku, 1] as const);
    for (const [components, restockAt] of [
      [parts(there, early), march],
      [parts(there, early, late), april],
      [parts(late, early), april],
    ] as const) {
      const outcome = await shop.reserve([[await shop.kit(components), 1, shelf.locationId]]);
      expect(outcome).toMatchObject(
        policy === "allow"
          ? { value: { reservation: { lines: [{ restockAt }] } } }
          : { refusal: { lines: [{ restockAt }] } },
      );
    }
  });
});

describe("a limited kit", () => {
  it("counts as a kit, for what is reserved, for what a cart grows by and for a late order", async () => {
    const { kit, a, places } = await kitOf([50], [50], { purchaseLimit: { quantity: 3, windowDays: null } });
    const customerId = shop.name("customer");
    const at = places[0];
    const exceeded = (alreadyTaken: number) => ({
      refusal: { kind: "purchase-limit-exceeded", limits: [{ sku: kit, limit: 3, alreadyTaken }] },
    });
    expect(await shop.reserve([[kit, 1, at]])).toMatchObject({ refusal: { kind: "customer-needed", skus: [kit] } });
    const hold = await shop.held([[kit, 2, at]], { customerId, ttlSeconds: 1 });
    // The components themselves are not limited.
    await shop.held([[a, 9, at]], { customerId });
    expect(await shop.reserve([[kit, 2]], { customerId })).toMatchObject(exceeded(2));
    expect(await shop.elsewhere().rearrange(hold.reservationId, [[kit, 4, at]])).toMatchObject(exceeded(2));
    doneValue(await shop.elsewhere().rearrange(hold.reservationId, [[kit, 3, at]]));
    expect(await shop.reserve([[kit, 1]], { customerId })).toMatchObject(exceeded(3));
    service.clock.advance(1_001);
    await shop.expire(hold);
    const other = await shop.held([[kit, 1]], { customerId });
    expect(await shop.elsewhere().commit(hold.reservationId)).toMatchObject(exceeded(1));
    await shop.release(other.reservationId);
    expect(await shop.elsewhere().commit(hold.reservationId)).toMatchObject({ value: { reacquired: true } });
    expect(await shop.reserve([[kit, 1]], { customerId })).toMatchObject(exceeded(3));
  });
});
