import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAlerts } from "../../functions/alerts/list-alerts.ts";
import { listMovements } from "../../functions/audit/list-movements.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { configureLevel } from "../../functions/stock/configure-level.ts";
import { levelAsOf, listLevelsOfSku } from "../../functions/stock/read-levels.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { readCells } from "../../functions/storage/cells.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { doneValue, Service } from "../support/service.ts";
import { clientWith, closeTheBooks, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

/** A shelf with units in so many cells. */
async function split(units: number, cells: number): Promise<LevelKey> {
  const { shelf } = await shop.stocked([units]);
  doneValue(await shop.split(shelf, cells));
  return shelf;
}

const merge = async (shelf: LevelKey) => doneValue(await shop.split(shelf, 1));

const line = ({ sku, locationId }: LevelKey, quantity: number) => [[sku, quantity, locationId]] as const;

/** What the cells of a split level hold: `[on hand, reserved]`, in order. */
async function cellsOf(shelf: LevelKey) {
  const level = await service.level(shelf);
  const cells = await readCells(service.client, service.tables.inventory, level, level);
  return [...cells]
    .sort((a, b) => a.cell.index - b.cell.index)
    .map(({ figures }) => [figures.onHand, figures.reserved] as const);
}

async function adjust(shelf: LevelKey, change: { delta: number } | { set: number }, force = false) {
  const state = "onHand" as const;
  return await adjustStock(shop.services, {
    ...shop.command(),
    reason: "correction",
    reference: null,
    atomic: true,
    changes: [
      {
        ...shelf,
        state,
        change: "delta" in change ? { kind: "delta", ...change } : { kind: "set", quantity: change.set },
        expected: null,
        force,
      },
    ],
    requestDigest: "d",
    operationDigest: service.clock.newId(),
  });
}

describe("splitting and merging", () => {
  it("move what is free, as evenly as whole units allow, and neither make nor lose any", async () => {
    const { shelf } = await shop.stocked([12]);
    await shop.held(line(shelf, 3));
    const before = await shop.whole(shelf);
    expect(doneValue(await shop.split(shelf, 4))).toMatchObject({ cells: 4, figures: { onHand: 12, sellable: 9 } });
    expect(await cellsOf(shelf)).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 3, sellable: 0 });
    expect(await shop.whole(shelf)).toEqual({ ...before, cells: 4 });
    const { version } = await service.level(shelf);
    doneValue(await shop.split(shelf, 4));
    expect((await service.level(shelf)).version).toBe(version);
    expect(await shop.split(shelf, 5)).toMatchObject({ refusal: { kind: "merge-first" } });
    expect(await merge(shelf)).toMatchObject({ cells: 0, figures: { onHand: 12, reserved: 3 } });
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 12, reserved: 3, sellable: 9 });
    const whole = await service.level(shelf);
    expect(await merge(shelf)).toEqual(whole);
    expect(await shop.split({ ...shelf, locationId: "nowhere" }, 2)).toMatchObject({ refusal: { kind: "not-found" } });
  });

  it("exclude backorders and preorders, and these exclude cells", async () => {
    const backorder = { policy: "allow", limit: 5 } as const;
    const availableFrom = new Date(service.clock.now() + 3_600_000).toISOString();
    for (const description of [{ backorder }, { availableFrom }]) {
      const { shelf } = await shop.stocked([5], description);
      expect(await shop.split(shelf, 2)).toMatchObject({ refusal: { kind: "cells-and-backorders" } });
    }
    const shelf = await split(5, 2);
    const refusal = { refusal: { kind: "cells-and-backorders" } };
    expect(await shop.describe(shelf.sku, { backorder })).toMatchObject(refusal);
    expect(await shop.describe(shelf.sku, { availableFrom })).toMatchObject(refusal);
    const wishes = { backorderLimit: { kind: "own", value: 3 } } as const;
    const wish = { ...shop.command(), ...shelf, expectedRevision: null, wishes };
    expect(await configureLevel(shop.services, wish)).toMatchObject(refusal);
    await merge(shelf);
    expect(await configureLevel(shop.services, wish)).toMatchObject({ kind: "done" });
  });

  it("take up, at the same request, what was broken off after any of its calls", async () => {
    const { shelf } = await shop.stocked([250]);
    await shop.held(line(shelf, 10));
    const deaths = { split: 0, merge: 0 };
    for (const [cells, of] of [
      [200, "split"],
      [1, "merge"],
    ] as const) {
      for (let calls = 0; ; calls += 1) {
        const dying = shop.elsewhere(service.clientThatDiesAfter(calls));
        const outcome = await dying.split(shelf, cells).catch((error: Error) => error.message);
        expect(await shop.whole(shelf)).toMatchObject({ onHand: 250, reserved: 10, sellable: 240 });
        if (outcome !== "died") {
          expect(outcome).toMatchObject({ kind: "done" });
          break;
        }
        deaths[of] += 1;
      }
      expect((await service.level(shelf)).cells).toBe(cells === 1 ? 0 : cells);
    }
    // Every step reads and writes: 200 cells take three of them.
    expect(deaths.split).toBeGreaterThan(6);
    expect(deaths.merge).toBeGreaterThan(4);
  });

  it("can be turned back half way, and what is half merged is merged first", async () => {
    const { shelf } = await shop.stocked([200]);
    const once = async (cells: number) =>
      await splitLevel(shop.services, { ...shop.command(), ...shelf, cells, budgetEndsAtMs: 0 });
    // The flag, and one step of cells.
    expect(await once(150)).toEqual({ kind: "contention" });
    expect(await cellsOf(shelf)).toEqual([]);
    expect(await once(150)).toEqual({ kind: "contention" });
    expect((await cellsOf(shelf)).length).toBe(90);
    await merge(shelf);
    expect(await shop.whole(shelf)).toEqual({ onHand: 200, reserved: 0, available: 200, sellable: 200, cells: 0 });

    doneValue(await shop.split(shelf, 150));
    expect(await once(1)).toEqual({ kind: "contention" });
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 200, sellable: 200, cells: 150 });
    expect(await shop.split(shelf, 150)).toMatchObject({ refusal: { kind: "merge-first" } });
    await merge(shelf);
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 200, sellable: 200, cells: 0 });
  });

  it("are not begun anew where a merge was broken off so long ago that its cells are deleted", async () => {
    const { shelf } = await shop.stocked([300]);
    doneValue(await shop.split(shelf, 100));
    const order = await shop.held(line(shelf, 250));
    await shop.commit(order.reservationId);
    const half = { ...shop.command(), ...shelf, cells: 1, budgetEndsAtMs: 0 };
    expect(await splitLevel(shop.services, half)).toEqual({ kind: "contention" });
    const level = await service.level(shelf);
    const cells = await readCells(service.client, service.tables.inventory, level, level);
    const monthMs = 30 * 86_400_000;
    service.clock.advance(monthMs);
    for (const cell of cells.filter(({ isMerged }) => isMerged)) {
      const Key = inventoryKeys.stock(cell);
      await service.client.send(new DeleteCommand({ TableName: service.tables.inventory, Key }));
    }
    expect(await shop.split(shelf, 100)).toMatchObject({ refusal: { kind: "merge-first" } });
    await merge(shelf);
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 300, reserved: 250, cells: 0 });
    doneValue(await shop.split(shelf, 100));
    expect(await shop.release(order.reservationId)).toMatchObject({ value: { status: "released" } });
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 300, reserved: 0, sellable: 300, cells: 100 });
  });

  it("conserve the sum while buyers buy, give back, ship and receive", async () => {
    const { shelf } = await shop.stocked([400]);
    let isOpen = true;
    let [received, shipped] = [0, 0];
    const refused: unknown[] = [];
    const open = new Map<string, number>();
    const buyer = async (environment: ShopFloor, turn: number): Promise<void> => {
      const mine: Reservation[] = [];
      while (isOpen) {
        const quantity = 1 + (turn % 3);
        const outcome = await environment.reserve(line(shelf, quantity));
        if (outcome.kind === "done") {
          mine.push(outcome.value.reservation);
          open.set(outcome.value.reservation.reservationId, quantity);
        } else {
          refused.push(outcome);
        }
        const [oldest] = mine;
        if (mine.length > 2 && oldest !== undefined) {
          const { reservationId } = oldest;
          mine.shift();
          if (turn % 2 === 0) {
            doneValue(await environment.release(reservationId));
          } else {
            doneValue(await environment.commit(reservationId));
            doneValue(await environment.fulfil(reservationId));
            shipped += quantity;
          }
          open.delete(reservationId);
        }
        await service.clock.sleep(40);
      }
    };
    const receiver = async (): Promise<void> => {
      while (isOpen) {
        await service.adjust(shelf, 1);
        received += 1;
        await service.clock.sleep(50);
      }
    };
    /** Until units have come in and gone out once more. */
    const trade = async (): Promise<void> => {
      const [receivedBefore, shippedBefore] = [received, shipped];
      while (isOpen && (received === receivedBefore || shipped === shippedBefore)) {
        await service.clock.sleep(10);
      }
    };
    const crowd = [0, 1, 2, 3].map(async (turn) => await buyer(shop.elsewhere(), turn));
    const work = Promise.all([...crowd, receiver()]).finally(() => {
      isOpen = false;
    });
    const sizes: number[] = [];
    for (const cells of [6, 1, 12, 1, 3, 1]) {
      let outcome = await shop.split(shelf, cells);
      for (let tries = 0; outcome.kind === "contention" && tries < 3; tries += 1) {
        outcome = await shop.split(shelf, cells);
      }
      sizes.push(doneValue(outcome).cells);
      await trade();
    }
    isOpen = false;
    await work;
    expect(sizes).toEqual([6, 0, 12, 0, 3, 0]);
    expect(refused).toEqual([]);
    const reserved = [...open.values()].reduce((sum, units) => sum + units, 0);
    const onHand = 400 + received - shipped;
    expect(await shop.whole(shelf)).toMatchObject({ onHand, reserved, sellable: onHand - reserved, cells: 0 });
  });

  it("end with the level whole although somebody buys from the same cell all the time", async () => {
    const shelf = await split(30, 2);
    const environment = shop.elsewhere();
    let steps = 0;
    const client = clientWith(service.client, async (name) => {
      if (name === "TransactWriteCommand" && steps < 6) {
        steps += 1;
        doneValue(await environment.reserve(line(shelf, 1)));
      }
    });
    expect(await shop.elsewhere(client).split(shelf, 1)).toMatchObject({ value: { cells: 0 } });
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 30, reserved: 6, sellable: 24 });
  });
});

describe("a level that is split", () => {
  it("is sold to the last unit by parallel buyers of several environments, and not beyond", async () => {
    const shelf = await split(90, 12);
    let sold = 0;
    const refusals: unknown[] = [];
    const buyers = [1, 2, 3, 1, 2, 1].map(async (quantity) => {
      const environment = shop.elsewhere();
      for (let wanted = quantity; wanted > 0; ) {
        const outcome = await environment.reserve(line(shelf, wanted));
        if (outcome.kind === "done") {
          sold += wanted;
        } else {
          refusals.push(outcome);
          wanted -= 1;
        }
      }
    });
    await Promise.all(buyers);
    expect(sold).toBe(90);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ refusal: { kind: "insufficient-stock" } });
    }
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 90, reserved: 90, sellable: 0 });
  });

  it("gives several cells' units to a buyer of more than any cell has", async () => {
    const shelf = await split(10, 5);
    const hold = await shop.elsewhere().held(line(shelf, 7));
    expect(shares(hold)).toEqual([[7, 0]]);
    expect((await cellsOf(shelf)).filter(([, reserved]) => reserved > 0).length).toBeGreaterThanOrEqual(4);
    expect(await shop.elsewhere().reserve(line(shelf, 4))).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ requested: 4, available: 3 }] },
    });
    expect(await shop.elsewhere().reserve(line(shelf, 3))).toMatchObject({ kind: "done" });
    doneValue(await shop.release(hold.reservationId));
    expect(await shop.whole(shelf)).toMatchObject({ reserved: 3, sellable: 7 });
  });

  it("serves all lines of one cart, also when no cell has enough for both", async () => {
    for (let round = 0; round < 6; round += 1) {
      const shelf = await split(8, 2);
      const kit = await shop.kit([[shelf.sku, 2]]);
      const cart = [
        [kit, 2, shelf.locationId],
        [shelf.sku, 3, shelf.locationId],
      ] as const;
      const environment = shop.elsewhere();
      const hold = await environment.held(cart);
      expect(shares(hold)).toEqual([
        [2, 0],
        [3, 0],
      ]);
      expect(await environment.reserve(line(shelf, 2))).toMatchObject({ refusal: { lines: [{ available: 1 }] } });
      doneValue(await environment.reserve(line(shelf, 1)));
      expect(await shop.whole(shelf)).toMatchObject({ reserved: 8, sellable: 0 });
    }
  });

  it("takes what comes in, and what goes out as far as it is in no cell", async () => {
    const shelf = await split(10, 5);
    await service.adjust(shelf, 4);
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 14, sellable: 14 });
    expect(await adjust(shelf, { delta: -3 })).toMatchObject({ kind: "done" });
    for (const change of [{ delta: -2 }, { set: 5 }]) {
      for (const force of [false, true]) {
        expect(await adjust(shelf, change, force)).toMatchObject({ refusal: { kind: "merge-first" } });
      }
    }
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 11, sellable: 11 });
    await merge(shelf);
    expect(await adjust(shelf, { set: 5 })).toMatchObject({ kind: "done" });
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 5 });
  });

  it("is named among all lines that are short, when several such levels are", async () => {
    const shelves = [await split(4, 2), await split(5, 2), await split(6, 2)];
    const cart = shelves.flatMap((shelf) => line(shelf, 7));
    expect(await shop.elsewhere().reserve(cart)).toMatchObject({
      refusal: { lines: shelves.map(({ sku }, index) => ({ sku, requested: 7, available: 4 + index })) },
    });
  });

  it("gives its units together with a great many others of the same SKU, and is refused with them", async () => {
    const { sku, shelves } = await shop.stocked(Array.from({ length: 24 }, () => 1));
    for (const shelf of shelves) {
      doneValue(await shop.split(shelf, 2));
    }
    await service.settle();
    expect(await shop.elsewhere().reserve([[sku, 25]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku, requested: 25, available: 24 }] },
    });
    const stale = shop.elsewhere();
    const { lines } = await shop.elsewhere().held([[sku, 24]]);
    expect(lines[0]?.legs.map(({ allocated }) => allocated)).toEqual(shelves.map(() => 1));
    expect(await stale.reserve([[sku, 1]])).toMatchObject({
      refusal: { kind: "insufficient-stock", lines: [{ sku, requested: 1, available: 0 }] },
    });
  });

  it("that is sold out costs a loser no write, and nothing at all within a second", async () => {
    const shelf = await split(4, 4);
    const calls: string[] = [];
    const finder = shop.elsewhere();
    const loser = shop.elsewhere(clientWith(service.client, (name) => void calls.push(name)));
    doneValue(await loser.reserve(line(shelf, 1)));
    doneValue(await finder.reserve(line(shelf, 3)));
    const none = { refusal: { kind: "insufficient-stock", lines: [{ available: 0 }] } };
    const callsOf = async (buyer: ShopFloor): Promise<readonly string[]> => {
      calls.length = 0;
      expect(await buyer.reserve(line(shelf, 1), { isIdMadeUp: true })).toMatchObject(none);
      return [...calls];
    };
    expect(await finder.reserve(line(shelf, 1))).toMatchObject(none);
    await callsOf(loser);
    expect(await callsOf(loser)).toEqual([]);

    // Later somebody else has found it anew: the loser reads that, and nothing else.
    service.clock.advance(1_500);
    expect(await finder.reserve(line(shelf, 1))).toMatchObject(none);
    expect(await callsOf(loser)).toEqual(["GetCommand"]);
    expect(await callsOf(loser)).toEqual([]);

    // And nobody has: then one of them reads all cells twice, for all the others.
    service.clock.advance(1_500);
    expect(await callsOf(loser)).not.toContain("TransactWriteCommand");
    const newcomer = shop.elsewhere(clientWith(service.client, (name) => void calls.push(name)));
    expect((await callsOf(newcomer)).filter((name) => name === "BatchGetCommand")).toEqual([]);
  });

  it("can be sold again a second after it was found sold out, when units came back or came in", async () => {
    for (const comeBack of [
      async (shelf: LevelKey, hold: Reservation) => {
        doneValue(await shop.release(hold.reservationId));
        return shelf;
      },
      async (shelf: LevelKey) => {
        await service.adjust(shelf, 2);
        return shelf;
      },
    ]) {
      const shelf = await split(4, 2);
      const environment = shop.elsewhere();
      const hold = await environment.held(line(shelf, 2));
      await environment.held(line(shelf, 2));
      expect(await environment.reserve(line(shelf, 1))).toMatchObject({ kind: "refused" });
      await comeBack(shelf, hold);
      service.clock.advance(1_001);
      doneValue(await environment.reserve(line(shelf, 2)));
      service.clock.advance(1_001);
      expect(await environment.reserve(line(shelf, 1))).toMatchObject({ kind: "refused" });
    }
  });

  it("is not sold by what was known of it before it was sold out, when others find that some came back", async () => {
    const { sku, shelf } = await shop.stocked([2]);
    doneValue(await shop.split(shelf, 2));
    const [asleep, awake] = [shop.elsewhere(), shop.elsewhere()];
    const hold = await asleep.held(line(shelf, 2));
    const soldOut = { refusal: { kind: "insufficient-stock" } };
    expect(await asleep.reserve(line(shelf, 1))).toMatchObject(soldOut);
    await shop.item(sku, { purchaseLimit: { quantity: 1, windowDays: null } });
    service.clock.advance(1_500);
    expect(await awake.reserve(line(shelf, 1))).toMatchObject(soldOut);
    expect(await asleep.reserve(line(shelf, 1))).toMatchObject(soldOut);
    await shop.release(hold.reservationId);
    service.clock.advance(1_500);
    expect(await awake.reserve(line(shelf, 3))).toMatchObject(soldOut);
    expect(await asleep.reserve(line(shelf, 2))).toMatchObject({ refusal: { kind: "customer-needed", skus: [sku] } });
  });

  it("is not marked as sold out by what was found of the split before, be it in the same moment", async () => {
    const shelf = await split(2, 2);
    const finder = shop.elsewhere();
    await finder.held(line(shelf, 2));
    const foundAtMs = service.clock.now();
    expect(await finder.reserve(line(shelf, 1))).toMatchObject({ kind: "refused" });
    await merge(shelf);
    await service.adjust(shelf, 2);
    doneValue(await shop.split(shelf, 2));
    service.clock.advance(foundAtMs - service.clock.now());
    await shop.elsewhere().held(line(shelf, 1));
  });

  it("is not found sold out because its units were on their way", async () => {
    const shelf = await split(10, 182);
    const step = async () => {
      await splitLevel(shop.services, { ...shop.command(), ...shelf, cells: 1, budgetEndsAtMs: 0 });
    };
    const environment = shop.elsewhere(
      clientWith(service.client, async (name) => {
        if (name === "BatchGetCommand") {
          await step();
        }
      }),
    );
    doneValue(await environment.reserve(line(shelf, 10)));
    await merge(shelf);
    expect(await shop.figures(shelf)).toMatchObject({ reserved: 10, sellable: 0 });
  });

  it("is seen as the sum of its cells by everybody who looks", async () => {
    const { sku, shelf } = await shop.stocked([20], { lowStockThreshold: 8 });
    await shop.held(line(shelf, 2));
    doneValue(await shop.split(shelf, 6));
    const environment = shop.elsewhere();
    const hold = await environment.held(line(shelf, 9));
    await service.adjust(shelf, 1);
    const seen = { onHand: 21, reserved: 11, available: 10, sellable: 10, cells: 6 };
    expect(await shop.whole(shelf)).toEqual(seen);
    const levels = await listLevelsOfSku(shop.services, { sku, limit: 10, cursor: null });
    expect(levels).toMatchObject({ items: [{ cells: 6, figures: { onHand: 21, reserved: 11, sellable: 10 } }] });
    service.clock.advance(3_000);
    await service.settle();
    expect(await shop.availability(sku)).toEqual({ exact: [10, 0], summed: [10, 0] });

    const openAlerts = async () => {
      const page = await listAlerts(shop.services, { status: "open", limit: 50, cursor: null });
      return page.kind === "page" ? page.items.filter((alert) => alert.sku === sku) : [];
    };
    expect(await openAlerts()).toEqual([]);
    await environment.held(line(shelf, 2));
    service.clock.advance(3_000);
    await service.settle();
    expect(await openAlerts()).toMatchObject([{ type: "low_stock", available: 8 }]);
    doneValue(await environment.release(hold.reservationId));
    service.clock.advance(3_000);
    await service.settle();
    expect(await openAlerts()).toEqual([]);
    expect(await shop.availability(sku)).toEqual({ exact: [17, 0], summed: [17, 0] });

    const of = { reservationId: hold.reservationId, sku: null, locationId: null };
    const trail = await listMovements(shop.services, { of, limit: 50, cursor: null, fromMs: null, toMs: null });
    const units = trail.kind === "page" ? trail.items.map(({ type, changes }) => [type, changes.reserved ?? 0]) : [];
    const sumOf = (wanted: string) =>
      units.reduce((sum, [type, change]) => sum + (type === wanted ? Number(change) : 0), 0);
    expect([sumOf("reserved"), sumOf("released")]).toEqual([9, -9]);
    const ofSku = { reservationId: null, sku, locationId: shelf.locationId };
    const all = await listMovements(shop.services, { of: ofSku, limit: 200, cursor: null, fromMs: null, toMs: null });
    const reserved =
      all.kind === "page" ? all.items.reduce((sum, { changes }) => sum + (changes.reserved ?? 0), 0) : null;
    expect(reserved).toBe(4);
    await merge(shelf);
    service.clock.advance(3_000);
    await service.settle();
    expect(await shop.availability(sku)).toEqual({ exact: [17, 0], summed: [17, 0] });
  });
});

describe("a reservation that rests on cells", () => {
  /** Each gives back or ships all that a hold of 5 units has; how many have left the house. */
  const ends: Readonly<Record<string, (hold: Reservation) => Promise<number>>> = {
    "its release": async ({ reservationId }) => {
      doneValue(await shop.release(reservationId));
      return 0;
    },
    "its fulfilment": async ({ reservationId, lines }) => {
      doneValue(await shop.commit(reservationId));
      doneValue(await shop.fulfil(reservationId, [[lines[0]?.sku ?? "", 2]]));
      doneValue(await shop.fulfil(reservationId));
      return 5;
    },
    "its expiry": async (hold) => {
      service.clock.advance(30_001);
      await shop.expire(hold);
      return 0;
    },
    "the deletion of its record": async (hold) => {
      service.clock.advance(3_700_000);
      const message = await shop.messageOfDeletion(hold);
      await service.deliver("expired", [message, message]);
      return 0;
    },
    "a smaller cart, and its release": async ({ reservationId, lines }) => {
      const { sku = "", locationId } = lines[0] ?? {};
      doneValue(await shop.elsewhere().rearrange(reservationId, [[sku, 1, locationId ?? undefined]]));
      doneValue(await shop.release(reservationId));
      return 0;
    },
    "a larger cart, and its release": async ({ reservationId, lines }) => {
      const { sku = "", locationId } = lines[0] ?? {};
      doneValue(await shop.elsewhere().rearrange(reservationId, [[sku, 9, locationId ?? undefined]]));
      doneValue(await shop.release(reservationId));
      return 0;
    },
    "a cart of something else, and a late order": async (hold) => {
      const { shelf } = await shop.stocked([1]);
      doneValue(await shop.elsewhere().rearrange(hold.reservationId, line(shelf, 1)));
      service.clock.advance(30_001);
      await shop.expire(hold);
      doneValue(await shop.elsewhere().commit(hold.reservationId));
      return 0;
    },
  };

  const places: Readonly<Record<string, (shelf: LevelKey) => Promise<unknown>>> = {
    "while the level is split": async () => undefined,
    "once the cells are merged": merge,
    "once the level is split anew": async (shelf) => {
      await merge(shelf);
      doneValue(await shop.split(shelf, 2));
    },
    "once the merged cells' records are gone": async (shelf) => {
      const level = await service.level(shelf);
      await merge(shelf);
      await service.settle();
      for (let index = 1; index <= level.cells; index += 1) {
        const key = inventoryKeys.stock({ ...shelf, cell: { generation: level.generation, index } });
        await service.client.send(new DeleteCommand({ TableName: service.tables.inventory, Key: key }));
      }
    },
  };

  it.each(Object.keys(ends).flatMap((end) => Object.keys(places).map((place) => [end, place] as const)))(
    "gives back by %s what it took, %s",
    async (end, place) => {
      const shelf = await split(12, 4);
      const environment = shop.elsewhere();
      const hold = await environment.held(line(shelf, 5), { ttlSeconds: 30 });
      const other = await environment.held(line(shelf, 2));
      expect(hold.lines[0]?.legs.every(({ cell }) => cell !== null)).toBe(true);
      await places[place]?.(shelf);
      const shipped = await ends[end]?.(hold);
      const onHand = 12 - (shipped ?? 0);
      expect(await shop.whole(shelf)).toMatchObject({ onHand, reserved: 2, sellable: onHand - 2 });
      doneValue(await shop.release(other.reservationId));
      await merge(shelf);
      expect(await shop.figures(shelf)).toMatchObject({ onHand, reserved: 0, sellable: onHand });
    },
  );

  it("of one split is not taken for one of the next, which has the same cells", async () => {
    const shelf = await split(4, 2);
    const first = await shop.elsewhere().held(line(shelf, 3));
    await merge(shelf);
    doneValue(await shop.split(shelf, 2));
    const second = await shop.elsewhere().held(line(shelf, 1));
    const generations = [first, second].map(({ lines }) => lines[0]?.legs.map(({ cell }) => cell?.generation));
    expect([...new Set(generations.flat())]).toEqual([1, 2]);
    doneValue(await shop.release(second.reservationId));
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 3 });
    doneValue(await shop.release(first.reservationId));
    expect(await shop.figures(shelf)).toMatchObject({ onHand: 3, reserved: 0 });
    expect(await shop.whole(shelf)).toMatchObject({ onHand: 4, reserved: 0, sellable: 4 });
  });
});

describe("a level that is or was split", () => {
  it("is told as it was at any time: whole, in cells, and whole again", async () => {
    const { shelf } = await shop.stocked([20]);
    const environment = shop.elsewhere();
    const moments: { readonly atMs: number; readonly figures: object }[] = [];
    const note = async () => {
      const { onHand, reserved, sellable } = await shop.whole(shelf);
      moments.push({ atMs: service.clock.now(), figures: { onHand, reserved, sellable } });
      service.clock.advance(1_000);
    };
    await note();
    const first = await environment.held(line(shelf, 3));
    await note();
    doneValue(await shop.split(shelf, 4));
    await note();
    const second = await environment.held(line(shelf, 9));
    await service.adjust(shelf, 2);
    await note();
    doneValue(await environment.release(first.reservationId));
    await note();
    await merge(shelf);
    await note();
    doneValue(await shop.commit(second.reservationId));
    doneValue(await shop.fulfil(second.reservationId));
    await note();
    doneValue(await shop.split(shelf, 3));
    await environment.held(line(shelf, 1));
    await note();
    await service.settle();
    for (const { atMs, figures } of moments) {
      expect(doneValue(await levelAsOf(shop.services, shelf, atMs)).figures).toMatchObject(figures);
    }

    expect(await levelAsOf(shop.services, shelf, 1)).toMatchObject({ refusal: { kind: "not-found" } });
  });

  it("is not told from a trail that has not caught up", async () => {
    const shelf = await split(20, 3);
    await service.settle();
    service.clock.advance(1_000);
    const atMs = service.clock.now();
    service.clock.advance(1_000);
    await shop.elsewhere().held(line(shelf, 4));
    await service.adjust(shelf, 5);
    const present = doneValue(await levelAsOf(shop.services, shelf, service.clock.now()));
    expect(present.figures).toMatchObject({ onHand: 25, reserved: 4, sellable: 21 });
    expect(await levelAsOf(shop.services, shelf, atMs)).toEqual({ kind: "contention" });
    await service.settle();
    expect(doneValue(await levelAsOf(shop.services, shelf, atMs)).figures).toMatchObject({ onHand: 20, reserved: 0 });
  });
});
