/** What the storage relies on, the same on DynamoDB Local and on the engine of the simulator. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertOf } from "../../functions/domain/alert.ts";
import { usualTerms } from "../../functions/domain/allocation.ts";
import { type Level, plainChange } from "../../functions/domain/level.ts";
import { emptyLeg } from "../../functions/domain/line.ts";
import type { HeldReservation } from "../../functions/domain/reservation.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { pageOfAlerts } from "../../functions/storage/alert-lists.ts";
import { endCondition, newestAlert, raiseAlert } from "../../functions/storage/alerts.ts";
import { batchGet } from "../../functions/storage/batch-get.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { stockIsFree, unitsAreThere } from "../../functions/storage/level-conditions.ts";
import { changeOfStock, creationOfLevel, newLevel } from "../../functions/storage/level-writes.ts";
import { pageOfLevelsOfSku, readLevel, readLevelsOfSku } from "../../functions/storage/levels.ts";
import { movementsOf, pageOfReservationMovements, putMovement } from "../../functions/storage/movements.ts";
import { operationMarker } from "../../functions/storage/operations.ts";
import { additionOfHold, changeOfPurchases, forgetHolds, holdsIn } from "../../functions/storage/purchases.ts";
import {
  creationOfReservation,
  readReservation,
  writeCommit,
  writeExtension,
} from "../../functions/storage/reservations.ts";
import { claimSum, noteLevel, readSummaries } from "../../functions/storage/summaries.ts";
import { type TransactionPart, transact } from "../../functions/storage/transaction.ts";
import { type Engine, engines } from "./engines.ts";

const [inventory, movements, views] = ["inventory", "movements", "views"];
const settings = {
  active: true,
  lowStockThreshold: null,
  backorderLimit: 0,
  restockAt: null,
  availableFrom: null,
  purchaseLimit: null,
  isKit: false,
};
const change = plainChange("adjusted", "tester", 1_000);

function levelOf(sku: string, onHand: number, locationId = "here"): Level {
  return newLevel({ sku, locationId }, { onHand }, settings, 1, change);
}

function holdOf(reservationId: string, version = 1): HeldReservation {
  return {
    status: "held",
    reservationId,
    uid: `uid-${reservationId}`,
    version,
    linesRevision: 1,
    requestDigest: "d",
    remembered: [],
    referenceId: null,
    customerId: null,
    terms: usualTerms,
    createdAtMs: 1_000,
    expiresAtMs: 61_000,
    lines: [
      {
        sku: "s",
        quantity: 2,
        locationId: null,
        components: null,
        legs: [{ ...emptyLeg({ sku: "s", locationId: "here", cell: null }), allocated: 2 }],
        counted: [],
        restockAt: null,
      },
    ],
  };
}

let tokens = 0;

describe.each(engines)("the storage %s", (_name, start) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(async () => {
    await engine.stop();
  });

  async function write(...parts: readonly TransactionPart[]) {
    tokens += 1;
    return await transact(
      engine.client,
      `token-${tokens}`,
      parts.map((part, label) => ({ label, part })),
    );
  }

  it("creates a level once, and gives back the one that is there", async () => {
    expect(await write(creationOfLevel(inventory, levelOf("a", 5)))).toEqual({ kind: "written" });
    const again = await write(creationOfLevel(inventory, levelOf("a", 9)));
    expect(again).toMatchObject({ kind: "condition-failed" });
    expect(again.kind === "condition-failed" && again.failed.get(0)?.["onHand"]).toBe(5);
    expect(await readLevel(engine.client, inventory, { sku: "a", locationId: "here" })).toEqual(levelOf("a", 5));
  });

  it("changes all figures of a level in one write, or none with the image that refused", async () => {
    await write(creationOfLevel(inventory, levelOf("b", 5)));
    const key = { sku: "b", locationId: "here", cell: null };
    const take = (units: number) =>
      changeOfStock(inventory, key, change, { reserved: units }, [stockIsFree(units), unitsAreThere("onHand", units)]);
    expect(await write(take(3))).toEqual({ kind: "written" });
    const refused = await write(take(3));
    expect(refused.kind === "condition-failed" && refused.failed.get(0)).toMatchObject({ sellable: 2, version: 2 });
    expect((await readLevel(engine.client, inventory, key))?.figures).toMatchObject({
      onHand: 5,
      reserved: 3,
      available: 2,
      sellable: 2,
    });
    const ghost = changeOfStock(inventory, { ...key, sku: "nowhere" }, change, { onHand: 1 }, []);
    const none = await write(ghost, take(1));
    expect(none.kind === "condition-failed" && [...none.failed]).toEqual([[0, undefined]]);
  });

  it("applies a transaction once for its token", async () => {
    await write(creationOfLevel(inventory, levelOf("c", 1)));
    const part = changeOfStock(inventory, { sku: "c", locationId: "here", cell: null }, change, { onHand: 1 }, []);
    for (let time = 0; time < 2; time += 1) {
      expect(await transact(engine.client, "the-token", [{ label: 0, part }])).toEqual({ kind: "written" });
    }
    expect((await readLevel(engine.client, inventory, { sku: "c", locationId: "here" }))?.version).toBe(2);
  });

  it("lists the levels of a SKU in pages, in order", async () => {
    for (const locationId of ["l3", "l1", "l2"]) {
      await write(creationOfLevel(inventory, levelOf("d", 1, locationId)));
    }
    const all = await readLevelsOfSku(engine.client, inventory, "d");
    expect(all.map(({ locationId }) => locationId)).toEqual(["l1", "l2", "l3"]);
    const first = await pageOfLevelsOfSku(engine.client, inventory, { sku: "d", limit: 2, cursor: null });
    expect(first).toMatchObject({ kind: "page", items: [{ locationId: "l1" }, { locationId: "l2" }] });
    const cursor = first.kind === "page" ? first.nextCursor : null;
    const rest = await pageOfLevelsOfSku(engine.client, inventory, { sku: "d", limit: 2, cursor });
    expect(rest).toMatchObject({ kind: "page", items: [{ locationId: "l3" }], nextCursor: null });
  });

  it("commits and extends a hold blindly, and brings back what stood in the way", async () => {
    await write(creationOfReservation(inventory, holdOf("r"), usualTimes));
    const extension = { reservationId: "r", expectedRevision: 1, nowMs: 2_000, times: usualTimes };
    expect(await writeExtension(engine.client, inventory, { ...extension, expiresAtMs: 90_000_000_000 })).toMatchObject(
      { kind: "condition-failed", image: { status: "held", version: 1 } },
    );
    expect(await writeExtension(engine.client, inventory, { ...extension, expiresAtMs: 99_000 })).toMatchObject({
      kind: "written",
      image: { expiresAt: 99_000, ttl: 3_699, version: 2 },
    });
    // The deadline that it has may be kept, however short the longest life has become.
    const strict = { ...extension, times: { ...usualTimes, longestHoldSeconds: 60 } };
    for (const [expiresAtMs, kind] of [
      [99_001, "condition-failed"],
      [99_000, "written"],
    ] as const) {
      expect(await writeExtension(engine.client, inventory, { ...strict, expiresAtMs })).toMatchObject({ kind });
    }
    const late = { ...extension, nowMs: 99_000, expiresAtMs: 120_000 };
    expect(await writeExtension(engine.client, inventory, late)).toMatchObject({ kind: "condition-failed" });
    const commit = { reservationId: "r", orderId: "o", committedAtMs: 3_000, expectedRevision: 1 };
    expect(await writeCommit(engine.client, inventory, commit)).toMatchObject({ kind: "written" });
    expect(await writeCommit(engine.client, inventory, commit)).toMatchObject({ kind: "condition-failed" });
    expect(await writeCommit(engine.client, inventory, { ...commit, reservationId: "none" })).toMatchObject({
      kind: "condition-failed",
      image: undefined,
    });
    expect(await readReservation(engine.client, inventory, "r")).toMatchObject({ status: "committed", version: 4 });
    const [stored] = await batchGet(engine.client, inventory, [inventoryKeys.reservation("r")], { consistent: true });
    expect(stored?.["ttl"]).toBeUndefined();
  });

  it("counts purchases up to a limit, and gives back what is there", async () => {
    const effect = { sku: "p", windowDays: 1, window: 0, quantity: 2 };
    const change = (quantity: number, limit = 3) => changeOfPurchases(inventory, "ann", { ...effect, quantity }, limit);
    expect(await write(change(4))).toMatchObject({ kind: "condition-failed" });
    expect(await write(change(2))).toEqual({ kind: "written" });
    const exceeded = await write(change(2));
    expect(exceeded.kind === "condition-failed" && exceeded.failed.get(0)?.["taken"]).toBe(2);
    expect(await write(change(-3))).toMatchObject({ kind: "condition-failed" });
    expect(await write(change(-2))).toEqual({ kind: "written" });
    const gone = changeOfPurchases(inventory, "ann", { ...effect, window: 1, quantity: -1 }, 3);
    expect(await write(gone)).toMatchObject({ kind: "condition-failed" });
  });

  it("keeps the open holds of a customer as a set, which may become empty", async () => {
    const [one, two] = [
      { reservationId: "r1", uid: "u1" },
      { reservationId: "r2", uid: "u2" },
    ];
    expect(await write(additionOfHold(inventory, "bob", one, 1, 99))).toEqual({ kind: "written" });
    const refused = await write(additionOfHold(inventory, "bob", two, 1, 99));
    expect(refused.kind === "condition-failed" && holdsIn(refused.failed.get(0))).toEqual([one]);
    await forgetHolds(engine.client, inventory, "bob", [one]);
    expect(await write(additionOfHold(inventory, "bob", two, 1, 99))).toEqual({ kind: "written" });
  });

  it("makes a change once for its key, until the key's time has passed", async () => {
    const marker = (nowMs: number) =>
      operationMarker(inventory, { digest: "k", index: 0, requestDigest: "d", deltas: [1] }, nowMs);
    expect(await write(marker(1_000))).toEqual({ kind: "written" });
    const again = await write(marker(2_000));
    expect(again.kind === "condition-failed" && again.failed.get(0)).toMatchObject({ requestDigest: "d", deltas: [1] });
    expect(await write(marker(86_402_000))).toEqual({ kind: "written" });
  });

  it("puts a movement once, and finds it by its level and by its reservation", async () => {
    const at = (version: number, reservationId: string | null) => ({
      sku: "m",
      locationId: "here",
      cell: null,
      ...change,
      version,
      atMs: version,
      reservationId,
      reservationUid: reservationId,
      changes: { onHand: version },
      after: levelOf("m", version).figures,
    });
    for (const movement of [at(2, "res"), at(1, null), at(3, "res"), { ...at(3, "res"), actor: "late" }]) {
      await putMovement(engine.client, movements, movement);
    }
    const key = { sku: "m", locationId: "here", cell: null };
    const found = await movementsOf(engine.client, movements, key, 2);
    expect(found).toEqual([at(1, null), at(2, "res")]);
    const request = {
      reservationId: "res",
      sku: "m",
      locationId: null,
      fromMs: null,
      toMs: null,
      limit: 5,
      cursor: null,
    };
    const period = { fromMs: null, toMs: null };
    expect(await pageOfReservationMovements(engine.client, movements, { ...request, period })).toMatchObject({
      items: [{ version: 3, actor: "tester" }, { version: 2 }],
      nextCursor: null,
    });
  });

  it("notes the newest state of a level, whatever the order", async () => {
    for (const [version, onHand] of [
      [2, 7],
      [3, 4],
      [1, 9],
    ] as const) {
      await noteLevel(engine.client, views, { ...levelOf("n", onHand), version });
    }
    const summaries = await readSummaries(engine.client, views, ["n", "unknown"]);
    expect(summaries.get("n")?.locations).toEqual([
      { locationId: "here", version: 3, sellable: 4, headroom: 0, restockAt: null },
    ]);
    expect(summaries.size).toBe(1);
  });

  it("lets one claimant in a second sum a level up, and the same one whenever it comes again", async () => {
    const claim = async (claimant: string, nowMs: number) =>
      await claimSum(engine.client, views, "summary", { sku: "x", locationId: "here" }, { claimant, nowMs });
    expect(await claim("first", 5_000)).toBe(true);
    expect(await claim("second", 5_000)).toBe(false);
    expect(await claim("second", 5_999)).toBe(false);
    // By a clock that is behind, too.
    expect(await claim("first", 4_000)).toBe(true);
    expect(await claim("second", 5_000)).toBe(true);
    expect(await claim("first", 5_500)).toBe(false);
  });

  it("resolves an alert by the first end behind it, in whatever order they are told", async () => {
    const level = levelOf("alerted", 0);
    const key = { sku: level.sku, locationId: level.locationId };
    const alertAt = (version: number) =>
      alertOf("out_of_stock", level, { epoch: 0, version, figures: level.figures, atMs: version });
    const endAt = async (version: number) =>
      await endCondition(engine.client, views, { type: "out_of_stock", ...key, epoch: 0, version, atMs: version });
    await endAt(9);
    await raiseAlert(engine.client, views, alertAt(3));
    await endAt(5);
    expect(await raiseAlert(engine.client, views, alertAt(12))).toMatchObject({
      alert: { status: "open" },
      published: false,
    });
    expect(await newestAlert(engine.client, views, key, "out_of_stock")).toMatchObject({
      alert: { version: 12, status: "open" },
      published: false,
    });
    // What begins again has ended in between, whichever beginning is told first.
    await raiseAlert(engine.client, views, alertAt(14));
    await raiseAlert(engine.client, views, alertAt(13));
    const page = await pageOfAlerts(engine.client, views, { status: null, limit: 10, cursor: null });
    expect(page).toMatchObject({
      items: [
        { version: 14, status: "open", resolvedAtMs: null },
        { version: 13, status: "resolved", resolvedAtMs: 14 },
        { version: 12, status: "resolved", resolvedAtMs: 13 },
        { version: 3, status: "resolved", resolvedAtMs: 5 },
      ],
      nextCursor: null,
    });
  });
});
