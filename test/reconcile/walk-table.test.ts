import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LevelKey } from "../../functions/domain/level.ts";
import type { Metrics } from "../../functions/metrics.ts";
import { type Walked, type WalkLimits, walkTable } from "../../functions/reconcile/walk-table.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { storedReservation } from "../../functions/storage/reservation-item.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { aHold, aLeg, aLine } from "../domain/sample.ts";
import { RecordedLog } from "../http/gateway.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;
let log: RecordedLog;
let counted: Map<string, number>;
const levels = 20;
const shelves: LevelKey[] = [];

beforeAll(async () => {
  service = await Service.start();
  // More than a run judges in one step.
  for (let shelf = 0; shelf < levels; shelf += 1) {
    shelves.push(await service.stockedShelf(5));
  }
  await service.hold([shelves[0] as LevelKey, shelves[1] as LevelKey], 2);
  await service.settle();
});
beforeEach(() => {
  log = new RecordedLog();
  counted = new Map();
});
afterAll(async () => {
  await service.stop();
});

const metrics: Metrics = {
  add: (id, value, ..._dimension) => {
    counted.set(id, (counted.get(id) ?? 0) + value);
  },
};
const inAMinute = () => systemRuntime.now() + 60_000;

async function walk(limits: Partial<WalkLimits> = {}, client: DynamoDBDocumentClient = service.client) {
  return await walkTable(
    { client, tables: service.tables, runtime: systemRuntime, log, metrics },
    {
      endsAtMs: inAMinute(),
      givesUpAtMs: inAMinute(),
      settleMs: 0,
      mostMovements: 1_000,
      mostItems: 10_000,
      ...limits,
    },
  );
}

async function walkToTheEnd(...how: Parameters<typeof walk>): Promise<readonly Walked[]> {
  const runs = [await walk(...how)];
  while (runs.at(-1)?.isComplete === false && runs.length < 20) {
    runs.push(await walk(...how));
  }
  return runs;
}

const differences = () => log.entries.filter(({ message }) => message === "reconcile difference");

/** Does to a level what no part of the service does. */
async function tamper(level: LevelKey, delta: number): Promise<void> {
  await service.client.send(
    new UpdateCommand({
      TableName: service.tables.inventory,
      Key: inventoryKeys.level(level),
      UpdateExpression: "ADD onHand :delta",
      ExpressionAttributeValues: { ":delta": delta },
    }),
  );
}

describe("the walk through the table", () => {
  it("goes on where the last run stopped until it has seen every level and open reservation, and begins anew", async () => {
    const runs = await walkToTheEnd({ mostMovements: 1 });
    const sum = (name: "levels" | "openReservations" | "differences") =>
      runs.reduce((total, run) => total + run[name], 0);
    expect(runs.length).toBeGreaterThan(1);
    expect([sum("levels"), sum("openReservations"), sum("differences")]).toEqual([levels, 1, 0]);
    expect(counted.get("levelsChecked")).toBe(levels);
    expect(await walk()).toMatchObject({ levels, isComplete: true });
  });

  it("ends a run when so many items have been passed, also where none of them needs a verdict", async () => {
    const { Count = 0 } = await service.client.send(
      new ScanCommand({ TableName: service.tables.inventory, Select: "COUNT" }),
    );
    const runs = await walkToTheEnd({ mostItems: 7 });
    expect(runs.length).toBeGreaterThanOrEqual(Math.ceil(Count / 7));
    expect(runs.reduce((total, run) => total + run.levels, 0)).toBe(levels);
  });

  it("stops when its time is over, after the part of the table that it has begun", async () => {
    const first = await walk({ endsAtMs: 0 });
    expect(first.isComplete).toBe(false);
    expect(first.levels).toBeGreaterThan(0);
    const second = await walk();
    expect(first.levels + second.levels).toBe(levels);
  });

  it("logs and counts a level that its movements do not explain, with the movements' ids", async () => {
    const level = shelves[1] as LevelKey;
    await tamper(level, 1);
    const walked = await walk();
    await tamper(level, -1);
    expect(walked).toMatchObject({ differences: 1, undecided: 0, isComplete: true });
    expect(counted.get("reconcileDifferences")).toBe(1);
    const movementIds = [1, 2].map((version) => `${level.sku}#${level.locationId}#${version}`);
    expect(differences().map(({ level: grade, fields }) => ({ grade, ...fields }))).toMatchObject([
      { grade: "error", ...level, difference: { kind: "figures" }, movementIds },
      { grade: "error", ...level, difference: { kind: "replay" }, movementIds },
    ]);
  });

  it("finds an open reservation that rests on units which were never taken for it", async () => {
    const { sku, locationId } = shelves[2] as LevelKey;
    const lines = [aLine(sku, 1, null, [aLeg(sku, locationId, 1)])];
    const rogue = storedReservation({ ...aHold, reservationId: "rogue", uid: "rogue-uid", lines }, usualTimes);
    await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: rogue }));
    expect(await walk()).toMatchObject({ differences: 1, openReservations: 2 });
    expect(differences()).toMatchObject([
      { fields: { sku, locationId, reservationId: "rogue", difference: { byReservation: { reserved: 1 } } } },
    ]);
    const corrupt = { ...rogue, lines: "no lines" };
    await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: corrupt }));
    expect(await walk()).toMatchObject({ differences: 1, isComplete: true });
    expect(log.entries).toContainEqual(expect.objectContaining({ message: "reconcile met what cannot be read" }));
    const ended = storedReservation(
      { ...aHold, reservationId: "rogue", status: "expired", endedAtMs: 1, lines: [] },
      usualTimes,
    );
    await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: ended }));
    expect(await walk()).toMatchObject({ differences: 0 });
  });

  it("takes no item of a newer form for a difference, and goes on behind it", async () => {
    const level = inventoryKeys.level(shelves[3] as LevelKey);
    const stamp = async (expression: string, values?: Record<string, unknown>) => {
      await service.client.send(
        new UpdateCommand({
          TableName: service.tables.inventory,
          Key: level,
          UpdateExpression: expression,
          ExpressionAttributeNames: { "#schema": "schema" },
          ExpressionAttributeValues: values,
        }),
      );
    };
    await stamp("SET #schema = :newer", { ":newer": 99 });
    const walked = await walk();
    await stamp("REMOVE #schema");
    expect(walked).toMatchObject({ levels, differences: 0, undecided: 1, isComplete: true });
    expect(log.entries).toContainEqual(expect.objectContaining({ message: "reconcile met a newer form" }));
  });

  it("leaves a level without a verdict whose history it cannot read in time, and goes on behind it", async () => {
    const runs = await walkToTheEnd({ givesUpAtMs: 0 }, pageByPage(service));
    expect(runs.reduce((total, { undecided }) => total + undecided, 0)).toBe(2);
    expect(counted.get("levelsUndecided")).toBe(2);
    expect(log.entries.filter(({ level }) => level === "warn")).toMatchObject([
      { message: "too long a history for a run" },
      { message: "too long a history for a run" },
    ]);
  });

  it("takes an order for no difference that goes on under its uid, since its id is in use again", async () => {
    // The stream's records of what was tampered with speak of nothing that is meant.
    await service.records();
    const shelf = await service.stockedShelf(3);
    const { reservationId, uid } = await service.hold([shelf], 2);
    const context = { actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000, expectedRevision: null };
    doneValue(await commitReservation(service.reservations, { ...context, reservationId, orderId: "o-1" }));
    await service.settle();
    const Key = inventoryKeys.reservation(reservationId);
    await service.client.send(new DeleteCommand({ TableName: service.tables.inventory, Key }));
    await service.hold([shelf], 1, { reservationId });
    await service.settle("once", ["audit", "expired"]);
    expect(service.errors.splice(0)).toMatchObject([{ fields: { reservationId, uid } }]);
    expect(await walk()).toMatchObject({ differences: 0, undecided: 0, isComplete: true });
    doneValue(await releaseReservation(service.reservations, { ...context, reservationId: uid, reason: null }));
    doneValue(await releaseReservation(service.reservations, { ...context, reservationId, reason: null }));
    await service.settle();
    expect(await walk()).toMatchObject({ differences: 0, undecided: 0 });
  });
});

/** One movement a page, as if each were a megabyte. */
function pageByPage({ client, tables }: Service): DynamoDBDocumentClient {
  const paged = Object.create(client) as DynamoDBDocumentClient;
  paged.send = async (command: { readonly input: { TableName?: string; Limit?: number } }): Promise<never> => {
    if (command.constructor.name === "QueryCommand" && command.input.TableName === tables.movements) {
      command.input.Limit ??= 1;
    }
    return (await client.send(command as Parameters<typeof client.send>[0])) as never;
  };
  return paged;
}
