/** The views thrown away, spoilt and made anew, by the operator's command, on DynamoDB Local. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rebuildViews } from "../../cli/views/rebuild.ts";
import { listAlerts } from "../../functions/alerts/list-alerts.ts";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { listReservations } from "../../functions/reservations/list-reservations.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { viewKeys } from "../../functions/storage/keys.ts";
import { startContractDatabase } from "../../local/contract-database.ts";
import { doneValue, Service } from "../support/service.ts";
import { inventory } from "./program.ts";

const state = mkdtempSync(join(tmpdir(), "views-test-"));
let service: Service;
let full: LevelKey;
let low: LevelKey;
let split: LevelKey;

beforeAll(async () => {
  // The command knows the usual credentials alone, which see nothing of what others see.
  service = await Service.start({}, await startContractDatabase());
  const { dynamoDb, ...rest } = { dynamoDb: service.url, sqsUrl: "", queueUrls: {}, undeliveredBucket: "" };
  const file = { ...rest, dynamoDbUrl: dynamoDb, tables: service.tables, logFile: "" };
  writeFileSync(join(state, "stack.json"), JSON.stringify(file));
  full = await service.stockedShelf(50, { restockAt: "2027-01-01T00:00:00.000Z" });
  low = await service.stockedShelf(5, { lowStockThreshold: 3 });
  split = await service.stockedShelf(20);
  await service.hold([full, low], 3);
  const { reservationId } = await cart("cart-1");
  doneValue(
    await commitReservation(service.reservations, {
      ...command(),
      reservationId,
      orderId: "order/7 #a",
      expectedRevision: null,
    }),
  );
  await service.settle();
  doneValue(await splitLevel(service.reservations, { ...command(), ...split, cells: 3 }));
  await service.settle();
});
afterAll(async () => {
  await service.stop();
  rmSync(state, { recursive: true });
});

const command = () => ({ actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 });
const rebuild = async () =>
  await rebuildViews({ client: service.client, tables: service.tables, runtime: service.clock }, 10_000);

async function cart(referenceId: string) {
  return doneValue(
    await reserveStock(service.reservations, {
      ...command(),
      reservationId: `r-${service.clock.newId()}`,
      lines: [{ ...full, quantity: 1 }],
      terms: usualTerms,
      referenceId,
      customerId: null,
      ttlSeconds: 60,
      requestDigest: "d",
    }),
  ).reservation;
}

/** Rows by key. Claims, and the times at which a sum was looked at, tell of the way and not of the truth. */
async function rows(): Promise<ReadonlyMap<string, object>> {
  const { Items = [] } = await service.client.send(
    new ScanCommand({ TableName: service.tables.views, ConsistentRead: true }),
  );
  return new Map(
    Items.filter(({ pk }) => !String(pk).startsWith("CLAIM#")).map(({ pk, sk, ...row }) => {
      const sum = row[`at#${split.locationId}`] as number[] | undefined;
      return [`${pk} ${sk}`, sum === undefined ? row : { ...row, [`at#${split.locationId}`]: sum.slice(0, 3) }];
    }),
  );
}

const put = async (Item: Record<string, unknown>) =>
  await service.client.send(new PutCommand({ TableName: service.tables.views, Item }));

async function throwAway(isWanted: (pk: string) => boolean = () => true): Promise<void> {
  const { Items = [] } = await service.client.send(new ScanCommand({ TableName: service.tables.views }));
  for (const { pk, sk } of Items.filter((row) => isWanted(String(row["pk"])))) {
    await service.client.send(new DeleteCommand({ TableName: service.tables.views, Key: { pk, sk } }));
  }
}

describe("views rebuild", () => {
  it("changes nothing where all is well", async () => {
    const before = await rows();
    expect(await inventory("views", "rebuild", "--rate", "10000", "--state", state)).toEqual({
      code: 0,
      output: "0 rows taken away; 3 levels, 3 items and 2 reservations noted.\n",
    });
    expect(await rows()).toEqual(before);
    expect([...before.keys()].filter((key) => key.startsWith("ALERTS#"))).toHaveLength(1);
  });

  it("gives every row again that was thrown away, but for when subscribers were told of an open alert", async () => {
    const before = await rows();
    await throwAway();
    expect((await rows()).size).toBe(0);
    expect(await rebuild()).toMatchObject({ removed: 0 });
    const after = await rows();
    const untold = (all: ReadonlyMap<string, object>) =>
      new Map([...all].map(([key, row]) => [key, { ...row, publishedAt: undefined }]));
    expect(untold(after)).toEqual(untold(before));
    const alerts = await listAlerts(service.reservations, { status: "open", limit: 10, cursor: null });
    expect(alerts).toMatchObject({ items: [{ ...low, type: "low_stock", available: 2, threshold: 3 }] });
    expect(service.published).toHaveLength(1);
    const found = await listReservations(service.reservations, {
      name: { kind: "order", id: "order/7 #a" },
      limit: 10,
      cursor: null,
    });
    expect(found).toMatchObject({ kind: "page", items: [{ referenceId: "cart-1", status: "committed" }] });
  });

  it("keeps nobody from being told of an alert whose message is under way", async () => {
    const shelf = await service.stockedShelf(5, { lowStockThreshold: 3 });
    await service.settle();
    await service.adjust(shelf, -3);
    const messages = await service.forward(await service.records());
    await service.deliver("audit", messages.get("audit") ?? []);
    const told = service.published.length;
    await rebuild();
    expect(service.published).toHaveLength(told);
    for (let times = 1; times <= 2; times += 1) {
      await service.deliver("alerts", messages.get("alerts") ?? []);
      expect(service.published).toHaveLength(told + 1);
    }
    service.published.length = told;
    await service.adjust(shelf, 3);
    await service.settle();
  });

  it("takes away what is not true: of the past, of the future, of nobody, and what cannot be read", async () => {
    const before = await rows();
    const { sku, locationId } = full;
    const gone = { sku: "gone", locationId: "gone" };
    await put({ ...viewKeys.summary("gone"), "at#gone": [3, 4, 0, 1] });
    await put({ ...viewKeys.locationMember(gone) });
    await put({ ...viewKeys.listedItem("gone"), name: "Gone", revision: 1, searchText: "gone" });
    await put({ ...viewKeys.listedReservation("reference", "cart-9", 1, "r-9"), reservationId: "r-9", uid: "u-9" });
    await put({ pk: viewKeys.alertsPartition(gone), sk: "ALERT#low_stock#1", epoch: 0, version: 1 });
    await put({ pk: viewKeys.alertsPartition(full), sk: "END#low_stock#99", epoch: 0, version: 99 });
    const spoil = async (part: string, value: unknown) =>
      await service.client.send(
        new UpdateCommand({
          TableName: service.tables.views,
          Key: viewKeys.summary(sku),
          UpdateExpression: "SET #part = :value",
          ExpressionAttributeNames: { "#part": part },
          ExpressionAttributeValues: { ":value": value },
        }),
      );
    const version = (await service.level(full)).version;
    for (const wrong of [[version + 7, 1, 0, 1], [version, 999, 0, 1], "nonsense"]) {
      await spoil(`at#${locationId}`, wrong);
      await rebuild();
      expect(await rows()).toEqual(before);
    }
    await spoil("at#nowhere", [1, 5, 0, 1]);
    await spoil("item", { revision: 99, active: false, updatedAt: 1 });
    expect(await rebuild()).toMatchObject({ removed: 2 });
    expect(await rows()).toEqual(before);
  });

  it("raises nothing of a level that never had what it lacks, and ends what is not true any more", async () => {
    const promised = await service.stockedShelf(1, { backorder: { policy: "allow", limit: 9 } });
    const elsewhere = { ...promised, locationId: full.locationId };
    await service.hold([elsewhere], 2);
    await service.settle();
    expect((await service.level(elsewhere)).figures.sellable).toBe(-2);
    const before = await rows();
    await rebuild();
    expect(await rows()).toEqual(before);

    await service.hold([promised], 1);
    await service.settle();
    await service.adjust(promised, 4);
    // The end of it is told to nobody.
    await service.records();
    const open = async () => await listAlerts(service.reservations, { status: "open", limit: 10, cursor: null });
    expect(await open()).toMatchObject({ items: [{ ...promised, type: "out_of_stock" }, { ...low }] });
    await rebuild();
    expect(await open()).toMatchObject({ items: [{ ...low }] });
  });

  it("leaves what it does not know", async () => {
    await put({ pk: "NEW#KIND", sk: "X" });
    await rebuild();
    expect((await rows()).has("NEW#KIND X")).toBe(true);
    await throwAway((pk) => pk.startsWith("NEW#"));
  });

  it("ends with the truth while buyers buy and the consumers work", async () => {
    await throwAway();
    const endsAtMs = Date.now() + 1_500;
    const traffic = async (): Promise<void> => {
      while (Date.now() < endsAtMs) {
        await service.hold([full], 1, { ttlSeconds: 3_600 });
        await service.adjust(low, 1);
        await service.settle();
      }
    };
    const again = async (): Promise<void> => {
      while (Date.now() < endsAtMs) {
        await rebuild();
      }
    };
    await Promise.all([traffic(), again()]);
    await service.settle();
    const skus = [full.sku, low.sku, split.sku];
    const read = async (exact: boolean) =>
      (await readAvailability(service.reservations, { skus, locationId: null, exact })).map((each) => ({
        ...each,
        asOfMs: 0,
      }));
    expect(await read(false)).toEqual(await read(true));
    const open = await listAlerts(service.reservations, { status: "open", limit: 10, cursor: null });
    expect(open).toMatchObject({ items: [] });
  });
});

describe("the command", () => {
  it.each([
    ["nothing to do", ["views"]],
    ["something that it does not do", ["views", "burn"]],
    ["a rate that is none", ["views", "rebuild", "--rate", "0"]],
  ])("explains itself when it is given %s", async (_what, args) => {
    const { code, output } = await inventory(...args);
    expect(code).toBe(64);
    expect(output).toContain("Usage: npm run inventory -- views rebuild");
  });
});
