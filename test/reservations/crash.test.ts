import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Destination } from "../../functions/changes/forwards.ts";
import type { ItemDescription } from "../../functions/domain/catalogue.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { doneValue, Service } from "../support/service.ts";
import { closeTheBooks, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;
let locationId: string;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
  locationId = shop.name("loc");
  await shop.location(locationId);
});

afterAll(async () => {
  await closeTheBooks(service);
});

/** The client of a function that is gone once it has made so many calls: it never sees the answer to the last one. */
function clientOfDying(calls: number): DynamoDBDocumentClient {
  const { client } = service;
  const dying = Object.create(client) as DynamoDBDocumentClient;
  let left = calls;
  dying.send = async (command: object): Promise<never> => {
    if (left > 0) {
      left -= 1;
      const answer = await client.send(command as Parameters<typeof client.send>[0]);
      if (left > 0) {
        return answer as never;
      }
    }
    throw new Error("died");
  };
  return dying;
}

/** Nothing of these tests makes more calls than this. */
const mostCalls = 60;

interface Work {
  readonly act: (shop: ShopFloor) => Promise<unknown>;
  readonly check: () => Promise<void>;
}

/**
 * Does some work with a function that dies after its first call, and then again with one that lives; all of it anew
 * with one that dies after two calls, and so on until it comes to its end. How often it died.
 */
async function dieAndRepeat(prepare: () => Promise<Work>): Promise<number> {
  for (let calls = 1; calls <= mostCalls; calls += 1) {
    const { act, check } = await prepare();
    const end = await act(shop.elsewhere(clientOfDying(calls))).then(
      () => "lived",
      (error: Error) => error.message,
    );
    await act(shop.elsewhere());
    await check();
    await act(shop.elsewhere());
    await check();
    if (end !== "died") {
      expect(end).toBe("lived");
      return calls - 1;
    }
  }
  throw new Error("It never comes to its end.");
}

const shelfWith = async (units: number, description: Partial<ItemDescription> = {}) =>
  await shop.shelfAt(locationId, units, description);

const waitingFor = { backorder: { policy: "allow", limit: null } } as const;
const rare = { ...waitingFor, purchaseLimit: { quantity: 9, windowDays: null } } as const;
const line = ({ sku }: LevelKey, quantity: number) => [[sku, quantity, locationId]] as const;

/** A hold of five units of which two are there, of an item that is limited, and who has it. */
async function rareHold(ttlSeconds = 600) {
  const shelf = await shelfWith(2, rare);
  const customerId = shop.name("customer");
  const hold = await shop.held(line(shelf, 5), { customerId, ttlSeconds });
  return { shelf, customerId, hold };
}

async function isGivenBack(shelf: LevelKey, customerId: string): Promise<void> {
  expect(await shop.figures(shelf)).toEqual({ onHand: 2, reserved: 0, available: 2, backordered: 0, sellable: 2 });
  expect(await shop.queueOf(shelf.sku)).toEqual([]);
  expect(await shop.taken(customerId, shelf.sku)).toBe(0);
}

describe("messages that come twice, and in the reverse order", () => {
  it("end in the same stock, the same queue and the same trail", async () => {
    const shelf = await shelfWith(4, waitingFor);
    const hold = async (quantity: number, ttlSeconds: number) => {
      service.clock.advance(2);
      return await shop.held(line(shelf, quantity), { ttlSeconds });
    };
    const [expires, deleted] = [await hold(2, 1), await hold(3, 1)];
    const [ordered, waits] = [await hold(2, 86_400), await hold(2, 86_400)];
    doneValue(await shop.commit(ordered.reservationId));
    service.clock.advance(3_700_000);
    await shop.deleteRecord(deleted.reservationId);
    const later = new Map<Destination, readonly string[]>();
    for (let round = 0; round < 6; round += 1) {
      const messages = await service.forward(await service.records());
      const queues: readonly Destination[] = ["backorders", "expired", "deadlines", "alerts", "views", "audit"];
      for (const queue of queues) {
        const bodies = [...(messages.get(queue) ?? [])].reverse();
        await service.deliver(queue, [...bodies, ...bodies, ...(later.get(queue) ?? [])]);
        later.set(queue, bodies);
      }
    }
    for (const { reservationId } of [expires, deleted]) {
      expect((await shop.get(reservationId)).status).toBe("expired");
    }
    expect(shares(await shop.get(ordered.reservationId))).toEqual([[2, 0]]);
    expect(shares(await shop.get(waits.reservationId))).toEqual([[2, 0]]);
    expect(await shop.figures(shelf)).toEqual({ onHand: 4, reserved: 4, available: 0, backordered: 0, sellable: 0 });
    const movements = await service.movements(shelf);
    expect(movements.map(({ version }) => version)).toEqual(movements.map((_, index) => index + 1));
    const counts = movements.map(({ type }) => type).filter((type) => type === "expired" || type === "allocated");
    expect(counts.filter((type) => type === "expired")).toHaveLength(2);
    expect(counts.filter((type) => type === "allocated").length).toBeGreaterThanOrEqual(2);
  });
});

describe("a command that dies after any of its calls, and is repeated", () => {
  it("reserves once: units, promises, counts and the place among the open holds", async () => {
    const deaths = await dieAndRepeat(async () => {
      const shelf = await shelfWith(2, rare);
      const [reservationId, customerId] = [shop.name("r"), shop.name("customer")];
      return {
        act: async ({ services }) => {
          const strict = new ShopFloor(service, { ...services, mostOpenHolds: 1 });
          return doneValue(
            await strict.reserve(line(shelf, 5), { reservationId, customerId, requestDigest: reservationId }),
          );
        },
        check: async () => {
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, backordered: 3 });
          expect(await shop.queueOf(shelf.sku)).toEqual([[reservationId, 3]]);
          expect(await shop.taken(customerId, shelf.sku)).toBe(5);
        },
      };
    });
    // The limit is learnt from a refused try.
    expect(deaths).toBeGreaterThanOrEqual(2);
  });

  it("changes a cart once", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold();
      const other = await shelfWith(3);
      service.clock.advance(2);
      const cart = [...line(shelf, 7), ...line(other, 2)];
      return {
        act: async (at) => doneValue(await at.rearrange(hold.reservationId, cart, { expectedRevision: 1 })),
        check: async () => {
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, backordered: 5 });
          expect((await shop.figures(other)).reserved).toBe(2);
          expect((await shop.queueOf(shelf.sku)).map(([, quantity]) => quantity)).toEqual([3, 2]);
          expect(await shop.taken(customerId, shelf.sku)).toBe(7);
          expect((await shop.get(hold.reservationId)).linesRevision).toBe(2);
        },
      };
    });
    expect(deaths).toBeGreaterThanOrEqual(3);
  });

  it("takes the stock of a late order once", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold(1);
      service.clock.advance(1_001);
      await shop.expire(hold);
      return {
        act: async (at) => doneValue(await at.commit(hold.reservationId)),
        check: async () => {
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 2, backordered: 3 });
          expect(await shop.queueOf(shelf.sku)).toEqual([[hold.reservationId, 3]]);
          expect(await shop.taken(customerId, shelf.sku)).toBe(5);
          expect(await shop.get(hold.reservationId)).toMatchObject({ status: "committed", reacquired: true });
        },
      };
    });
    expect(deaths).toBeGreaterThanOrEqual(3);
  });

  it("gives back once what a reservation has", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold();
      return {
        act: async (at) => doneValue(await at.release(hold.reservationId)),
        check: async () => await isGivenBack(shelf, customerId),
      };
    });
    expect(deaths).toBe(2);
  });

  it("ships a part once, and takes it back once, also where there is no level yet", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, hold } = await rareHold();
      doneValue(await shop.commit(hold.reservationId));
      const elsewhere = { sku: shelf.sku, locationId: shop.name("loc") };
      await shop.location(elsewhere.locationId);
      return {
        act: async (at) => {
          doneValue(await at.fulfil(hold.reservationId, line(shelf, 2), "ship"));
          const units = [
            { ...elsewhere, quantity: 1, disposition: "damaged" },
            { ...shelf, quantity: 1, disposition: "qualityControl" },
          ] as const;
          doneValue(await at.giveBack(hold.reservationId, units, "back"));
        },
        check: async () => {
          expect(await shop.figures(shelf)).toMatchObject({ onHand: 1, reserved: 0, backordered: 3 });
          expect((await service.level(elsewhere)).figures).toMatchObject({ onHand: 1, damaged: 1, sellable: 0 });
        },
      };
    });
    // Two reads and two writes, and the level that is missing: a try, two reads and another try.
    expect(deaths).toBeGreaterThanOrEqual(6);
  });

  it("splits and merges without making or losing a unit", async () => {
    for (const cells of [4, 1]) {
      const deaths = await dieAndRepeat(async () => {
        const shelf = await shelfWith(12);
        if (cells === 1) {
          doneValue(await shop.split(shelf, 4));
        }
        const { reservationId } = await shop.held(line(shelf, 3));
        return {
          act: async (at) => doneValue(await at.split(shelf, cells)),
          check: async () => {
            const whole = await shop.whole(shelf);
            expect(whole).toMatchObject({ onHand: 12, reserved: 3, sellable: 9, cells: cells === 1 ? 0 : cells });
            expect((await shop.get(reservationId)).status).toBe("held");
          },
        };
      });
      expect(deaths).toBeGreaterThanOrEqual(4);
    }
  });

  it("counts the kits that have a component once", async () => {
    const deaths = await dieAndRepeat(async () => {
      const [kit, component, other] = [shop.name("kit"), shop.name("sku"), shop.name("sku")];
      for (const sku of [component, other]) {
        await shop.item(sku);
      }
      const of = (sku: string) => ({ components: [{ sku, quantity: 1 }] });
      return {
        act: async (at) => doneValue(await at.describe(kit, of(component))),
        check: async () => {
          expect(await shop.describe(component, of(other))).toMatchObject({ refusal: { kind: "bad-components" } });
          await shop.item(kit);
          await shop.item(component, of(other));
          await shop.item(component);
          await shop.item(kit, of(component));
        },
      };
    });
    expect(deaths).toBeGreaterThanOrEqual(2);
  });
});

describe("a consumer that dies after any of its calls, and whose message comes again", () => {
  it("gives each unit that came in to those who wait, in their order, once", async () => {
    const deaths = await dieAndRepeat(async () => {
      const shelf = await shelfWith(0, waitingFor);
      const holds: Reservation[] = [];
      for (const quantity of [2, 1, 3]) {
        holds.push(await shop.held(line(shelf, quantity)));
        service.clock.advance(2);
      }
      const [gone] = holds.splice(1, 1);
      await shop.deleteRecord(gone?.reservationId ?? "");
      await service.adjust(shelf, 4);
      return {
        act: async (at) => await at.allocate(shelf),
        check: async () => {
          const given = await Promise.all(holds.map(async (hold) => shares(await shop.get(hold.reservationId))[0]));
          expect(given).toEqual([
            [2, 0],
            [2, 1],
          ]);
          expect(await shop.queueOf(shelf.sku)).toEqual([[holds[1]?.reservationId, 1]]);
          // The deletion is told later: until then the units of the one who is gone are nobody else's.
          const message = JSON.stringify({ reservation: gone, ttlSeconds: 0 });
          await service.deliver("expired", [message, message]);
          expect(await shop.figures(shelf)).toMatchObject({ reserved: 4, backordered: 1, available: 0 });
        },
      };
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  it("ends a hold once: units, promises and counts", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold(1);
      service.clock.advance(1_001);
      return {
        act: async (at) => await at.expire(hold),
        check: async () => await isGivenBack(shelf, customerId),
      };
    });
    expect(deaths).toBe(2);
  });

  it("gives back once what a deleted hold had, also on cells that were merged, and leaves its record", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold(1);
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      return {
        act: async (at) => await at.releaseDeleted(message),
        check: async () => {
          await isGivenBack(shelf, customerId);
          expect((await shop.get(hold.reservationId)).status).toBe("expired");
        },
      };
    });
    expect(deaths).toBe(1);
    const onCells = await dieAndRepeat(async () => {
      const shelf = await shelfWith(6);
      doneValue(await shop.split(shelf, 3));
      const hold = await shop.elsewhere().held(line(shelf, 5), { ttlSeconds: 1 });
      doneValue(await shop.split(shelf, 1));
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      return {
        act: async (at) => await at.releaseDeleted(message),
        check: async () => expect(await shop.figures(shelf)).toMatchObject({ onHand: 6, reserved: 0, sellable: 6 }),
      };
    });
    expect(onCells).toBeGreaterThanOrEqual(2);
  });

  it("puts a record back once that was deleted before its time, with its places", async () => {
    const deaths = await dieAndRepeat(async () => {
      const { shelf, customerId, hold } = await rareHold();
      const message = await shop.messageOfDeletion(hold);
      return {
        act: async (at) => {
          await at.allocate(shelf);
          await at.releaseDeleted(message);
        },
        check: async () => {
          expect(await shop.get(hold.reservationId)).toMatchObject({ status: "held", uid: hold.uid });
          expect(await shop.queueOf(shelf.sku)).toEqual([[hold.reservationId, 3]]);
          expect(await shop.taken(customerId, shelf.sku)).toBe(5);
        },
      };
    });
    expect(deaths).toBeGreaterThanOrEqual(2);
  });
});
