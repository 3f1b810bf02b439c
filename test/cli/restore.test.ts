/**
 * An inventory table that was brought back to an earlier moment, and the audit trail, which goes on. DynamoDB Local
 * restores nothing, so the table is filled with what it had at that moment, as a restore would do.
 */

import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { continueTrail, isOvertaken, TrailBehindError, WrongMomentError } from "../../cli/recovery/continue-trail.ts";
import { givenUpBy } from "../../cli/recovery/given-up.ts";
import { rebuildViews } from "../../cli/views/rebuild.ts";
import { listAlerts } from "../../functions/alerts/list-alerts.ts";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import { putItem } from "../../functions/catalogue/put-item.ts";
import type { ItemDescription } from "../../functions/domain/catalogue.ts";
import type { Level, LevelKey } from "../../functions/domain/level.ts";
import { walkTable } from "../../functions/reconcile/walk-table.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { RecordedLog } from "../http/gateway.ts";
import { plainItem } from "../support/plain-item.ts";
import { doneValue, Service } from "../support/service.ts";

const givenUp = "inventory-given-up";
type Rows = readonly Record<string, unknown>[];

let service: Service;

beforeAll(async () => {
  service = await Service.start();
  await service.client.send(
    new CreateTableCommand({
      TableName: givenUp,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
});
afterAll(async () => {
  await service.stop();
});

const command = () => ({ actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 });

async function rowsOf(table: string): Promise<Rows> {
  return (await service.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? [];
}

async function fill(table: string, rows: Rows): Promise<void> {
  for (const { pk, sk } of await rowsOf(table)) {
    await service.client.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }));
  }
  for (let start = 0; start < rows.length; start += 25) {
    const requests = rows.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await service.client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
}

/** The table is again what it was then, with a stream that begins now; what it had become is kept beside it. */
async function bringBack(then: Rows): Promise<void> {
  await fill(givenUp, await rowsOf(service.tables.inventory));
  await fill(service.tables.inventory, then);
  await service.records();
}

const goOn = async (client: DynamoDBDocumentClient = service.client) =>
  await continueTrail({
    client,
    runtime: service.clock,
    tables: { restored: service.tables.inventory, movements: service.tables.movements, givenUp },
  });

const walk = async () =>
  await walkTable(
    {
      client: service.client,
      tables: service.tables,
      runtime: systemRuntime,
      log: new RecordedLog(),
      metrics: { add: () => undefined },
    },
    {
      endsAtMs: Number.POSITIVE_INFINITY,
      givesUpAtMs: Number.POSITIVE_INFINITY,
      settleMs: 0,
      mostMovements: Number.POSITIVE_INFINITY,
      mostItems: Number.POSITIVE_INFINITY,
    },
  );
const differences = async () => (await service.reconcile()).differences;
const typesOf = async (shelf: LevelKey) => (await service.movements(shelf)).map(({ type }) => type);
const stateOf = ({ figures, settings }: Level) => ({ figures, settings });

describe("an inventory table that was brought back", () => {
  it("would lose the movements that it makes next: the trail has those versions already", async () => {
    const shelf = await service.stockedShelf(10);
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    await service.adjust(shelf, 5);
    await service.settle();
    await bringBack(then);
    await service.adjust(shelf, 1);
    await service.settle();
    expect((await service.movements(shelf)).map(({ changes }) => changes.onHand)).toEqual([10, 5]);
    expect(await differences()).toMatchObject([
      { level: shelf, differences: [{ kind: "replay", fault: { kind: "drift" } }] },
    ]);
    await fill(service.tables.inventory, []);
    await fill(service.tables.movements, []).catch(() => undefined);
    await service.records();
  });

  it("goes on behind the trail, and every promise of then is kept, given back or shipped as if nothing had been", async () => {
    const [shelf, quiet] = [await service.stockedShelf(10, { lowStockThreshold: 2 }), await service.stockedShelf(4)];
    const kept = await service.hold([shelf], 2);
    const order = await service.hold([shelf], 1);
    const { reservationId } = order;
    doneValue(
      await commitReservation(service.reservations, {
        ...command(),
        reservationId,
        orderId: "o-1",
        expectedRevision: null,
      }),
    );
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    const [before, quietBefore] = [await service.level(shelf), await service.level(quiet)];

    doneValue(
      await releaseReservation(service.reservations, {
        ...command(),
        reservationId: kept.reservationId,
        reason: null,
        expectedRevision: null,
      }),
    );
    const later = await service.hold([shelf], 6);
    await service.adjust(shelf, 90);
    const since = await service.stockedShelf(7);
    await service.settle();

    await bringBack(then);
    expect(await goOn()).toEqual({ records: 2, continued: 1, emptied: 1, behind: [] });
    expect(await differences()).toEqual([]);
    // The hold that was released in the time that is given up is open again, and its release is in the trail still.
    expect(await walk()).toMatchObject({ openReservations: 2, differences: 0, undecided: 0, isComplete: true });
    const after = await service.level(shelf);
    expect(stateOf(after)).toEqual(stateOf(before));
    expect(after.version).toBe(7);
    expect(await service.level(quiet)).toEqual(quietBefore);
    expect((await service.movements(shelf)).at(-1)).toMatchObject({
      version: 7,
      type: "restored",
      restores: 3,
      changes: { onHand: -90, reserved: -4, available: -86 },
    });
    expect((await service.level(since)).figures.onHand).toBe(0);
    const lost = [];
    for await (const each of givenUpBy(service.client, { restored: service.tables.inventory, givenUp })) {
      lost.push(each);
    }
    expect(lost).toHaveLength(4);
    expect(lost).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reservationId: kept.reservationId, status: "released", restoredStatus: "held" }),
        expect.objectContaining({ reservationId: later.reservationId, status: "held", restoredStatus: null }),
        { kind: "item", sku: since.sku, isNew: true },
        { kind: "location", locationId: since.locationId, isNew: true },
      ]),
    );

    await rebuildViews({ client: service.client, tables: service.tables, runtime: service.clock }, 10_000);
    const read = async (exact: boolean) =>
      (await readAvailability(service.reservations, { skus: [shelf.sku, quiet.sku], locationId: null, exact })).map(
        (each) => ({ ...each, asOfMs: 0 }),
      );
    expect(await read(false)).toEqual(await read(true));

    await service.adjust(since, 3);
    doneValue(
      await releaseReservation(service.reservations, {
        ...command(),
        reservationId: kept.reservationId,
        reason: null,
        expectedRevision: null,
      }),
    );
    await service.hold([shelf], 5);
    await service.settle("twice-and-reversed");
    expect(await differences()).toEqual([]);
    expect((await typesOf(shelf)).slice(-3)).toEqual(["restored", "released", "reserved"]);
    expect(doneValue(await getReservation(service.reservations, reservationId)).status).toBe("committed");
  });

  it("is brought back again to another moment, one that had been given up among them", async () => {
    const shelf = await service.stockedShelf(10);
    await service.settle();
    const first = await rowsOf(service.tables.inventory);
    await service.hold([shelf], 4);
    await service.settle();
    const second = await rowsOf(service.tables.inventory);
    await service.adjust(shelf, 1);
    await service.settle();
    await bringBack(first);
    const { movements } = service.tables;
    expect(await isOvertaken(service.client, { inventory: givenUp, movements })).toBe(false);
    await goOn();
    expect(await isOvertaken(service.client, { inventory: givenUp, movements })).toBe(true);
    expect(await isOvertaken(service.client, service.tables)).toBe(false);
    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 10, reserved: 0 });
    await bringBack(second);
    await goOn();
    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 10, reserved: 4 });
    expect(await differences()).toEqual([]);
  });

  it("waits until the trail has all that is given up", async () => {
    const shelf = await service.stockedShelf(10);
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    await service.adjust(shelf, 5);
    const records = await service.records();
    await bringBack(then);
    await expect(goOn()).rejects.toThrow(TrailBehindError);
    await service.deliver("audit", (await service.forward(records)).get("audit") ?? []);
    expect(await goOn()).toMatchObject({ continued: 1 });
    expect(await differences()).toEqual([]);
  });

  it("has an open alert of what it lacks again, though that had ended in the time that is given up", async () => {
    const shelf = await service.stockedShelf(10, { lowStockThreshold: 3 });
    await service.hold([shelf], 8);
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    await service.adjust(shelf, 20);
    await service.settle();
    await bringBack(then);
    await goOn();
    const rebuild = async () =>
      await rebuildViews({ client: service.client, tables: service.tables, runtime: service.clock }, 10_000);
    const open = async () => {
      const page = await listAlerts(service.reservations, { status: "open", limit: 100, cursor: null });
      return page.kind === "page" ? page.items.filter(({ sku }) => sku === shelf.sku) : [];
    };
    for (let times = 1; times <= 2; times += 1) {
      await rebuild();
      expect(await open()).toMatchObject([{ type: "low_stock", available: 2, version: 4 }]);
    }
    await service.adjust(shelf, 20);
    await service.settle();
    expect(await open()).toEqual([]);
  });

  it("goes back whatever cannot be read of what it had become", async () => {
    const shelf = await service.stockedShelf(10);
    const hold = await service.hold([shelf], 2);
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    await service.adjust(shelf, 5);
    const since = await service.stockedShelf(7);
    await service.settle();
    const broken = new Map<string, object>([
      [inventoryKeys.level(shelf).pk + inventoryKeys.level(shelf).sk, { onHand: "fifteen" }],
      [inventoryKeys.level(since).pk + inventoryKeys.level(since).sk, { schema: 99 }],
      [
        inventoryKeys.reservation(hold.reservationId).pk + inventoryKeys.reservation(hold.reservationId).sk,
        { lines: 1 },
      ],
    ]);
    for (const row of await rowsOf(service.tables.inventory)) {
      const Item = { ...row, ...broken.get(`${row["pk"]}${row["sk"]}`) };
      await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item }));
    }
    await bringBack(then);
    const { movements } = service.tables;
    expect(await isOvertaken(service.client, { inventory: givenUp, movements })).toBe(false);
    expect(await goOn()).toMatchObject({ continued: 1, emptied: 1, behind: [] });
    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 10, reserved: 2 });
    expect((await service.level(since)).settings).toMatchObject({ active: false });
    const lost = [];
    for await (const each of givenUpBy(service.client, { restored: service.tables.inventory, givenUp })) {
      lost.push(each);
    }
    expect(lost).toContainEqual({ kind: "illegible", ...inventoryKeys.reservation(hold.reservationId) });
    expect(await differences()).toEqual([]);
  });

  it("gives levels that were made since the settings of their item as it is entered again", async () => {
    const then = await rowsOf(service.tables.inventory);
    const since = await service.stockedShelf(7, { backorder: { policy: "allow", limit: 5 } });
    const description = { ...plainItem, backorder: { policy: "allow", limit: 5 }, active: false } as const;
    const enter = async (entered: ItemDescription) =>
      doneValue(
        await putItem(service.reservations, {
          ...command(),
          sku: since.sku,
          description: entered,
          expectedRevision: null,
          mustExist: false,
        }),
      );
    await enter(description);
    await service.settle();
    await bringBack(then);
    await goOn();
    expect((await service.level(since)).settings).toMatchObject({ active: false, backorderLimit: 5 });
    await enter(plainItem);
    await service.settle();
    expect((await service.level(since)).settings).toMatchObject({ active: true, backorderLimit: 0 });
    expect(await differences()).toEqual([]);
  });

  it("is taken up where it was broken off, and changed once however often that is", async () => {
    const shelves = [await service.stockedShelf(10), await service.stockedShelf(10)];
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    for (const shelf of shelves) {
      await service.adjust(shelf, 5);
    }
    await service.stockedShelf(3);
    await service.settle();
    await bringBack(then);
    let broken = 0;
    for (let calls = 0; ; calls += 1) {
      const done = await goOn(service.clientThatDiesAfter(calls)).then(
        () => true,
        () => false,
      );
      if (done) {
        break;
      }
      broken += 1;
    }
    expect(broken).toBeGreaterThan(5);
    expect(await goOn()).toMatchObject({ continued: 0, emptied: 0 });
    for (const shelf of shelves) {
      expect(await typesOf(shelf)).toEqual(["received", "received", "restored"]);
    }
    await service.settle();
    expect(await differences()).toEqual([]);
  });

  it("of a level that was split since meets none of those cells when it is split again", async () => {
    const shelf = await service.stockedShelf(12);
    await service.settle();
    const then = await rowsOf(service.tables.inventory);
    const split = async (cells: number) =>
      doneValue(await splitLevel(service.reservations, { ...command(), ...shelf, cells }));
    await split(3);
    await service.hold([shelf], 2);
    await service.settle();
    await bringBack(then);
    await goOn();
    await split(3);
    const hold = await service.hold([shelf], 1);
    await service.settle();
    expect(await differences()).toEqual([]);

    const inCells = await rowsOf(service.tables.inventory);
    await split(1);
    await split(2);
    await service.settle();
    const trail = await rowsOf(service.tables.movements);
    await bringBack(inCells);
    await expect(goOn()).rejects.toThrow("merged and split again since");
    expect(await rowsOf(service.tables.inventory)).toEqual(expect.arrayContaining([...inCells]));
    expect(await rowsOf(service.tables.movements)).toEqual(trail);

    const halfSplit = inCells.filter(({ pk }) => !/^CELL#.*#2#3$/.test(String(pk)));
    await fill(givenUp, inCells);
    await fill(service.tables.inventory, halfSplit);
    await expect(goOn()).rejects.toThrow(WrongMomentError);
    await expect(goOn()).rejects.toThrow("was being split just then");
    expect(hold.status).toBe("held");
  });
});

describe("a level that was deleted", () => {
  it("is put back as it was last, and nothing has happened", async () => {
    const shelf = await service.stockedShelf(10);
    await service.hold([shelf], 4);
    await service.settle();
    const before = await service.level(shelf);
    const Key = inventoryKeys.level(shelf);
    const row = (await rowsOf(service.tables.inventory)).find(({ pk, sk }) => pk === Key.pk && sk === Key.sk);
    await service.client.send(new DeleteCommand({ TableName: service.tables.inventory, Key }));
    await service.settle();
    await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: row }));
    await service.settle("twice-and-reversed");
    expect(await service.level(shelf)).toEqual(before);
    expect(await typesOf(shelf)).toEqual(["received", "reserved"]);
    await service.hold([shelf], 1);
    await service.settle();
    const { differences: found } = await service.reconcile();
    expect(found.filter(({ level }) => level.sku === shelf.sku)).toEqual([]);
  });
});

describe("a cell that was brought back", () => {
  it("goes on behind the trail as its level does", async () => {
    const shelf = await service.stockedShelf(12);
    await fill(
      service.tables.inventory,
      (await rowsOf(service.tables.inventory)).filter(({ pk }) => String(pk).includes(shelf.sku) || pk === "LOCATIONS"),
    );
    doneValue(await splitLevel(service.reservations, { ...command(), ...shelf, cells: 2 }));
    await service
      .records()
      .then(async (records) => await service.deliver("audit", (await service.forward(records)).get("audit") ?? []));
    const then = await rowsOf(service.tables.inventory);
    await service.hold([shelf], 3);
    await service.settle();
    await bringBack(then);
    expect(await goOn()).toMatchObject({ records: 3, continued: 1, emptied: 0 });
    await service.hold([shelf], 4);
    await service.settle();
    const { differences: found } = await service.reconcile();
    expect(found.filter(({ level }) => level.sku === shelf.sku)).toEqual([]);
  });
});
