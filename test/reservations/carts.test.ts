import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usualTimes } from "../../functions/reservations/times.ts";
import { doneValue, Service } from "../support/service.ts";
import { closeTheBooks, legsOf, ShopFloor, shares } from "./shop-floor.ts";

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

describe("a cart that changes", () => {
  it("gets more of one line, gives back some of another, gains a line and loses one, and writes nothing else", async () => {
    const shelves = await Promise.all([10, 10, 10, 10, 10].map(async (units) => (await shop.stocked([units])).shelf));
    const [more, fewer, gained, lost, kept] = shelves.map(({ sku, locationId }) => ({ sku, locationId }));
    if (!(more && fewer && gained && lost && kept)) {
      throw new Error("There are not enough shelves.");
    }
    const line = ({ sku, locationId }: typeof more, quantity: number) => [sku, quantity, locationId] as const;
    const hold = await shop.held([line(more, 2), line(fewer, 5), line(lost, 3), line(kept, 1)]);
    const cart = [line(more, 4), line(fewer, 2), line(gained, 6), line(kept, 1)];
    const changed = doneValue(await shop.rearrange(hold.reservationId, cart));
    expect(shares(changed)).toEqual([
      [4, 0],
      [2, 0],
      [6, 0],
      [1, 0],
    ]);
    expect(await shop.get(hold.reservationId)).toEqual(changed);
    const levels = await Promise.all(shelves.map(async (shelf) => await service.level(shelf)));
    expect(levels.map(({ figures, version }) => [figures.reserved, version])).toEqual([
      [4, 3],
      [2, 3],
      [6, 2],
      [0, 3],
      [1, 2],
    ]);
    await service.settle();
    const last = await Promise.all(shelves.map(async (shelf) => (await service.movements(shelf)).at(-1)?.type));
    expect(last).toEqual(["reserved", "released", "reserved", "released", "reserved"]);
  });

  it("moves to another location, and only there must it fit", async () => {
    const { sku, shelves } = await shop.stocked([3, 2]);
    const [here, there] = shelves.map(({ locationId }) => locationId);
    const hold = await shop.held([[sku, 3, here]]);
    expect(await shop.rearrange(hold.reservationId, [[sku, 3, there]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku, locationId: there, requested: 3, available: 2 }] },
    });
    expect(legsOf(await shop.get(hold.reservationId))).toEqual([[[here, 3, 0]]]);
    const moved = doneValue(await shop.rearrange(hold.reservationId, [[sku, 2, there]]));
    expect(legsOf(moved)).toEqual([[[there, 2, 0]]]);
    expect(await Promise.all(shelves.map(async (shelf) => (await shop.figures(shelf)).reserved))).toEqual([0, 2]);
  });

  it("keeps what it has when a line names the location that the service had chosen", async () => {
    const { sku, shelf } = await shop.stocked([2, 5]);
    await service.settle();
    const hold = await shop.held([[sku, 2]]);
    const { version } = await service.level(shelf);
    const named = doneValue(await shop.rearrange(hold.reservationId, [[sku, 2, shelf.locationId]]));
    expect(legsOf(named)).toEqual([[[shelf.locationId, 2, 0]]]);
    expect((await service.level(shelf)).version).toBe(version);
  });

  it("grows where it already is, when that spares a second parcel", async () => {
    const { sku, shelves } = await shop.stocked([1, 5]);
    await service.settle();
    const hold = await shop.held([[sku, 2]]);
    const grown = doneValue(await shop.rearrange(hold.reservationId, [[sku, 3]]));
    expect(legsOf(grown)).toEqual([[[shelves[1]?.locationId, 3, 0]]]);
  });

  it("is not refused units that one of its own lines could take elsewhere", async () => {
    const { sku, shelves } = await shop.stocked([2, 2]);
    const [here, there] = shelves.map(({ locationId }) => locationId);
    await service.settle();
    const all = await shop.held([[sku, 4]]);
    const named = doneValue(
      await shop.rearrange(all.reservationId, [
        [sku, 2],
        [sku, 2, here],
      ]),
    );
    expect(legsOf(named)).toEqual([[[there, 2, 0]], [[here, 2, 0]]]);
    await shop.release(all.reservationId);

    const first = await shop.held([[sku, 2]]);
    expect(legsOf(first)).toEqual([[[here, 2, 0]]]);
    const both = doneValue(
      await shop.rearrange(first.reservationId, [
        [sku, 2],
        [sku, 2, here],
      ]),
    );
    expect(legsOf(both)).toEqual([[[there, 2, 0]], [[here, 2, 0]]]);
  });

  it("changes kits by their components, together with plain lines of the same SKU", async () => {
    const [{ sku: a, shelf }, { sku: b, shelf: other }] = [await shop.stocked([10]), await shop.stocked([10])];
    const kit = await shop.kit([
      [a, 2],
      [b, 1],
    ]);
    await service.settle();
    const reserved = async () => [(await shop.figures(shelf)).reserved, (await shop.figures(other)).reserved];
    const hold = await shop.held([
      [kit, 1],
      [a, 1],
    ]);
    expect(await reserved()).toEqual([3, 1]);
    const grown = doneValue(await shop.rearrange(hold.reservationId, [[kit, 3]]));
    expect(await reserved()).toEqual([6, 3]);
    expect(shares(grown)).toEqual([[3, 0]]);
    expect(await shop.rearrange(hold.reservationId, [[kit, 6]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku: kit, requested: 6, available: 5 }] },
    });
    doneValue(
      await shop.rearrange(hold.reservationId, [
        [kit, 1],
        [b, 2],
      ]),
    );
    expect(await reserved()).toEqual([2, 3]);
    doneValue(await shop.rearrange(hold.reservationId, [[a, 1]]));
    expect(await reserved()).toEqual([1, 0]);
  });

  it("keeps what it has of an archived item and of a location out of use, and gets no more", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const { reservationId } = await shop.held(line(3));
    const short = { refusal: { kind: "insufficient-stock", lines: [{ requested: 5, available: 3 }] } };
    await shop.item(sku, { active: false });
    expect(await shop.rearrange(reservationId, line(5))).toMatchObject(short);
    doneValue(await shop.rearrange(reservationId, line(3), { ttlSeconds: 900 }));
    await shop.item(sku);
    await shop.location(shelf.locationId, { active: false });
    // Which locations are in use is looked at every few seconds.
    service.clock.advance(6_000);
    expect(await shop.rearrange(reservationId, line(5))).toMatchObject(short);
    doneValue(await shop.rearrange(reservationId, line(2)));
    expect(await shop.commit(reservationId)).toMatchObject({ kind: "done" });
    expect(await shop.fulfil(reservationId)).toMatchObject({ value: { status: "fulfilled" } });
  });

  it("counts every unit of a SKU once, however its lines share it", async () => {
    const { sku, shelf } = await shop.stocked([6]);
    const hold = await shop.held([[sku, 4]]);
    doneValue(
      await shop.rearrange(hold.reservationId, [
        [sku, 1],
        [sku, 5, shelf.locationId],
      ]),
    );
    expect(await shop.figures(shelf)).toMatchObject({ reserved: 6, sellable: 0 });
    doneValue(await shop.rearrange(hold.reservationId, [[sku, 2, shelf.locationId]]));
    expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, sellable: 4 });
  });

  it("does not grow beyond what one transaction can give back again", async () => {
    const shelves = await Promise.all(Array.from({ length: 40 }, async () => (await shop.stocked([0], allowed)).shelf));
    const cart = (quantity: number) => shelves.map(({ sku, locationId }) => [sku, quantity, locationId] as const);
    const hold = await shop.held(cart(1));
    service.clock.advance(5);
    // Each of 40 lines rests on a level and would have a second entry of its queue: 120 writes to give it all back.
    expect(await shop.rearrange(hold.reservationId, cart(2))).toMatchObject({
      refusal: { kind: "reservation-too-large", writes: 120, most: 98 },
    });
    expect(doneValue(await shop.release(hold.reservationId)).status).toBe("released");
  });
});

describe("backordered lines", () => {
  it("keep their place with the first entry when they grow, and get a second for the growth", async () => {
    const { sku, shelf } = await shop.stocked([1], allowed);
    const hold = await shop.held([[sku, 3, shelf.locationId]]);
    service.clock.advance(5);
    const next = await shop.held([[sku, 1, shelf.locationId]]);
    service.clock.advance(5);
    const grown = doneValue(await shop.rearrange(hold.reservationId, [[sku, 5, shelf.locationId]]));
    expect(shares(grown)).toEqual([[1, 4]]);
    expect(await shop.queueOf(sku)).toEqual([
      [hold.reservationId, 2],
      [next.reservationId, 1],
      [hold.reservationId, 2],
    ]);
    await service.adjust(shelf, 3);
    await service.settle();
    expect(shares(await shop.get(hold.reservationId))).toEqual([[3, 2]]);
    expect(shares(await shop.get(next.reservationId))).toEqual([[1, 0]]);
  });

  it("give back the newest promise first when they shrink, and promises before units in hand", async () => {
    const { sku, shelf } = await shop.stocked([1], allowed);
    const hold = await shop.held([[sku, 3, shelf.locationId]]);
    service.clock.advance(5);
    doneValue(await shop.rearrange(hold.reservationId, [[sku, 6, shelf.locationId]]));
    const shrunk = doneValue(await shop.rearrange(hold.reservationId, [[sku, 4, shelf.locationId]]));
    expect(shares(shrunk)).toEqual([[1, 3]]);
    expect(await shop.queueOf(sku)).toEqual([
      [hold.reservationId, 2],
      [hold.reservationId, 1],
    ]);
    doneValue(await shop.rearrange(hold.reservationId, [[sku, 2, shelf.locationId]]));
    expect(await shop.queueOf(sku)).toEqual([[hold.reservationId, 1]]);
    const inHand = doneValue(await shop.rearrange(hold.reservationId, [[sku, 1, shelf.locationId]]));
    expect(shares(inHand)).toEqual([[1, 0]]);
    expect(inHand.lines[0]?.restockAt).toBeNull();
    expect(await shop.queueOf(sku)).toEqual([]);
    expect(await shop.figures(shelf)).toMatchObject({ reserved: 1, backordered: 0, sellable: 0 });
  });

  it("say when they are expected also as another line of the cart", async () => {
    const { sku, shelf } = await shop.stocked([0], allowed);
    await service.settle();
    const hold = await shop.held([[sku, 2, shelf.locationId]]);
    const named = doneValue(await shop.rearrange(hold.reservationId, [[sku, 2]]));
    expect(shares(named)).toEqual([[0, 2]]);
    expect(named.lines[0]?.restockAt).toBe(allowed.restockAt);
    expect(await shop.queueOf(sku)).toEqual([[hold.reservationId, 2]]);
  });

  it("hand what a smaller cart gives back to those who wait", async () => {
    const { sku, shelf } = await shop.stocked([2], allowed);
    const hold = await shop.held([[sku, 2, shelf.locationId]]);
    const waits = await shop.held([[sku, 1, shelf.locationId]]);
    doneValue(await shop.rearrange(hold.reservationId, [[sku, 1, shelf.locationId]]));
    await service.settle();
    expect(shares(await shop.get(waits.reservationId))).toEqual([[1, 0]]);
  });
});

describe("a refused change", () => {
  it("leaves the old cart whole, and names every short line with what it could have", async () => {
    const [{ shelf: a }, { shelf: b }, { shelf: c }] = [
      await shop.stocked([4]),
      await shop.stocked([2], { backorder: { policy: "allow", limit: 3 } }),
      await shop.stocked([9]),
    ];
    await shop.held([[a.sku, 1, a.locationId]]);
    const hold = await shop.held([
      [a.sku, 2, a.locationId],
      [b.sku, 1, b.locationId],
      [c.sku, 1, c.locationId],
    ]);
    const before = await Promise.all([a, b, c].map(async (shelf) => await service.level(shelf)));
    const outcome = await shop.rearrange(hold.reservationId, [
      [a.sku, 4, a.locationId],
      [b.sku, 6, b.locationId],
      [c.sku, 9, c.locationId],
    ]);
    expect(outcome).toMatchObject({
      kind: "refused",
      refusal: {
        kind: "insufficient-stock",
        lines: [
          { sku: a.sku, requested: 4, available: 3, backorderable: 0 },
          { sku: b.sku, requested: 6, available: 2, backorderable: 3 },
        ],
      },
    });
    expect(outcome).toHaveProperty("refusal.lines.length", 2);
    expect(await shop.get(hold.reservationId)).toEqual(hold);
    expect(await Promise.all([a, b, c].map(async (shelf) => await service.level(shelf)))).toEqual(before);
  });

  it("tells an unknown SKU and an unknown location", async () => {
    const { sku, shelf } = await shop.stocked([4]);
    const hold = await shop.held([[sku, 1, shelf.locationId]]);
    expect(
      await shop.rearrange(hold.reservationId, [
        [sku, 1, shelf.locationId],
        ["nothing", 1],
      ]),
    ).toMatchObject({ refusal: { kind: "unknown-sku", skus: ["nothing"] } });
    expect(await shop.rearrange(hold.reservationId, [[sku, 1, "nowhere"]])).toMatchObject({
      refusal: { kind: "unknown-location", locationIds: ["nowhere"] },
    });
    expect(await shop.get(hold.reservationId)).toEqual(hold);
  });

  it("comes past the deadline, from every status but held, and where there is no reservation", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const late = await shop.held(line(1), { ttlSeconds: 1 });
    const [ordered, given] = [await shop.held(line(1)), await shop.held(line(1))];
    await shop.commit(ordered.reservationId);
    await shop.release(given.reservationId);
    service.clock.advance(1_001);
    for (const [reservationId, status] of [
      [late.reservationId, "held"],
      [ordered.reservationId, "committed"],
      [given.reservationId, "released"],
    ] as const) {
      expect(await shop.rearrange(reservationId, line(2), { ttlSeconds: 600 })).toMatchObject({
        refusal: { kind: "invalid-transition", status },
      });
    }
    expect(await shop.rearrange("nobody", line(1))).toMatchObject({ refusal: { kind: "not-found" } });
    expect((await shop.figures(shelf)).reserved).toBe(2);
  });
});

describe("the revision of a cart", () => {
  it("changes with its lines only, and a change for another one is refused", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const { reservationId } = await shop.held(line(1));
    const revisionAfter = async (...change: Parameters<ShopFloor["rearrange"]>) =>
      doneValue(await shop.rearrange(...change)).linesRevision;
    expect(await revisionAfter(reservationId, line(2), { expectedRevision: 1 })).toBe(2);
    expect(await shop.rearrange(reservationId, line(3), { expectedRevision: 1 })).toMatchObject({
      refusal: { kind: "version-conflict", revision: 2 },
    });
    expect(await revisionAfter(reservationId, line(2))).toBe(2);
    expect(await revisionAfter(reservationId, line(2), { ttlSeconds: 900 })).toBe(2);
    expect(await shop.commit(reservationId, "order", 1)).toMatchObject({ refusal: { kind: "version-conflict" } });
    expect(await shop.commit(reservationId, "order", 2)).toMatchObject({ value: { status: "committed" } });
  });

  it("may be the former one in the identical request, whose first answer was lost", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const { reservationId } = await shop.held(line(1));
    const change = [reservationId, line(2), { expectedRevision: 1, ttlSeconds: 900 }] as const;
    const first = doneValue(await shop.rearrange(...change));
    const { version } = await service.level(shelf);
    expect(doneValue(await shop.rearrange(...change))).toEqual(first);
    expect((await service.level(shelf)).version).toBe(version);
    // There and back again: the same lines as before, two revisions later.
    doneValue(await shop.rearrange(reservationId, line(1), { expectedRevision: 2 }));
    expect(await shop.rearrange(...change)).toMatchObject({ refusal: { kind: "version-conflict", revision: 3 } });
    expect((await shop.figures(shelf)).reserved).toBe(1);
  });

  it("lets one of two parallel changes through, and the other one see what it did not know", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    for (let round = 0; round < 5; round += 1) {
      const { reservationId } = await shop.held([[sku, 1, shelf.locationId]]);
      const outcomes = await Promise.all(
        [2, 3].map(async (quantity) => {
          const cart = [[sku, quantity, shelf.locationId]] as const;
          return await shop.elsewhere().rearrange(reservationId, cart, { expectedRevision: 1 });
        }),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["done", "refused"]);
      const { lines, linesRevision } = await shop.get(reservationId);
      expect(linesRevision).toBe(2);
      expect((await shop.figures(shelf)).reserved).toBe(lines[0]?.quantity);
      await shop.release(reservationId);
    }
  });
});

describe("the deadline of a cart", () => {
  it("stays unless it is asked for, counts from now then, and never lies beyond a day from the cart's beginning", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const hold = await shop.held(line(1), { ttlSeconds: 600 });
    service.clock.advance(100_000);
    const kept = doneValue(await shop.rearrange(hold.reservationId, line(2)));
    expect(kept).toMatchObject({ expiresAtMs: hold.expiresAtMs });
    const before = service.clock.now();
    const { expiresAtMs } = doneValue(await shop.rearrange(hold.reservationId, line(2), { ttlSeconds: 600 }));
    expect(expiresAtMs).toBeGreaterThanOrEqual(before + 600_000);
    expect(expiresAtMs).toBeLessThan(before + 605_000);
    const capped = doneValue(await shop.rearrange(hold.reservationId, line(3), { ttlSeconds: 86_400 }));
    expect(capped).toMatchObject({ expiresAtMs: hold.createdAtMs + usualTimes.longestHoldSeconds * 1000, version: 4 });
  });

  it("ends the cart also when a change has brought it forward", async () => {
    const { sku, shelf } = await shop.stocked([9]);
    const hold = await shop.held([[sku, 1, shelf.locationId]], { ttlSeconds: 7_200 });
    await service.settle();
    doneValue(await shop.rearrange(hold.reservationId, [[sku, 2, shelf.locationId]], { ttlSeconds: 10 }));
    const messages = await service.forward(await service.records());
    await service.deliver("audit", messages.get("audit") ?? []);
    service.clock.advance(10_001);
    const deadlines = (messages.get("deadlines") ?? []).filter((body) => body.includes(hold.uid));
    expect(deadlines).toHaveLength(1);
    await service.deliver("deadlines", deadlines);
    expect((await shop.get(hold.reservationId)).status).toBe("expired");
    expect((await shop.figures(shelf)).reserved).toBe(0);
  });
});

describe("a purchase limit", () => {
  it("is counted for what a cart grows by, and given back for what it shrinks by or loses", async () => {
    const { sku, shelf } = await shop.stocked([99], { purchaseLimit: { quantity: 5, windowDays: null } });
    const { sku: free } = await shop.stocked([9]);
    const customerId = shop.name("customer");
    const line = (quantity: number) => [[sku, quantity, shelf.locationId]] as const;
    const left = async () => {
      const outcome = await shop.reserve(line(6), { customerId });
      const taken = outcome.kind === "refused" ? outcome.refusal : null;
      return taken?.kind === "purchase-limit-exceeded" ? 5 - (taken.limits[0]?.alreadyTaken ?? 0) : null;
    };
    const { reservationId } = await shop.held(line(2), { customerId });
    expect(await left()).toBe(3);
    doneValue(await shop.rearrange(reservationId, line(5)));
    expect(await left()).toBe(0);
    expect(await shop.rearrange(reservationId, line(6))).toMatchObject({
      refusal: {
        kind: "purchase-limit-exceeded",
        limits: [{ sku, limit: 5, alreadyTaken: 5, requested: 1 }],
      },
    });
    doneValue(await shop.rearrange(reservationId, line(1)));
    expect(await left()).toBe(4);
    doneValue(await shop.rearrange(reservationId, [[free, 1]]));
    expect(await left()).toBe(5);
    doneValue(await shop.rearrange(reservationId, line(5)));
    expect(await left()).toBe(0);
  });

  it("is counted still when the same units come to be other lines of the cart", async () => {
    const { sku, shelf } = await shop.stocked([9], { purchaseLimit: { quantity: 2, windowDays: null } });
    await service.settle();
    const customerId = shop.name("customer");
    const { reservationId } = await shop.held([[sku, 2]], { customerId });
    const isExhausted = async () => {
      expect(await shop.reserve([[sku, 1, shelf.locationId]], { customerId })).toMatchObject({
        refusal: { kind: "purchase-limit-exceeded", limits: [{ alreadyTaken: 2 }] },
      });
    };
    await isExhausted();
    doneValue(await shop.elsewhere().rearrange(reservationId, [[sku, 2, shelf.locationId]]));
    await isExhausted();
    doneValue(
      await shop.elsewhere().rearrange(reservationId, [
        [sku, 1],
        [sku, 1, shelf.locationId],
      ]),
    );
    await isExhausted();
    await shop.release(reservationId);
    await shop.held([[sku, 2]], { customerId });
  });
});
