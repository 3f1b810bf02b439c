/** What must be true once nothing is left to be done: nothing is stranded, and all that is derived equals the truth. */

import { digestOf } from "../../functions/digest.ts";
import { holds, watchedConditions } from "../../functions/domain/alert.ts";
import { levelSettingsOf } from "../../functions/domain/catalogue.ts";
import { effectiveSettings, type Figures, isPreorder, type Level, sumOfFigures } from "../../functions/domain/level.ts";
import { orderOf, type Reservation } from "../../functions/domain/reservation.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { parseCell } from "../../functions/storage/cells.ts";
import { parseItem } from "../../functions/storage/items.ts";
import { entityOf, inventoryKeys, viewKeys } from "../../functions/storage/keys.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import { parseReservation } from "../../functions/storage/reservation-item.ts";
import type { StoredItem } from "../../functions/storage/stored-item.ts";
import type { Ledger } from "./ledger.ts";
import { type SimulatedService, textOf } from "./service.ts";
import { tables, type World } from "./world/world.ts";

interface Truth {
  readonly levels: readonly { readonly level: Level; readonly whole: Figures }[];
  readonly reservations: readonly Reservation[];
}

export async function checkAtRest(service: SimulatedService, ledger: Ledger): Promise<void> {
  const { world } = service;
  const truth = truthOf(world);
  checkReservations(world, truth, ledger);
  checkSettings(world, truth);
  checkQueues(world, truth);
  checkSummaries(world, truth);
  checkLists(world, truth);
  checkPurchases(world, truth);
  checkConservation(world, truth, ledger);
  checkAlerts(service, truth, ledger);
  await checkByReconcile(service);
}

function truthOf(world: World): Truth {
  const levels = new Map<string, { level: Level | null; parts: Figures[] }>();
  const reservations: Reservation[] = [];
  for (const item of world.database.table(tables.inventory).items()) {
    const entity = entityOf({ pk: String(item["pk"]), sk: String(item["sk"]) });
    if (entity.kind === "reservation") {
      reservations.push(parseReservation(entity.reservationId, item));
    } else if (entity.kind === "stock") {
      const { sku, locationId, cell } = entity.key;
      const known = levels.get(`${sku}#${locationId}`) ?? { level: null, parts: [] };
      levels.set(`${sku}#${locationId}`, known);
      if (cell === null) {
        known.level = parseLevel(entity.key, item);
        known.parts.push(known.level.figures);
      } else {
        known.parts.push(parseCell({ ...entity.key, cell }, item).figures);
      }
    }
  }
  return {
    reservations,
    levels: [...levels.values()].flatMap(({ level, parts }) =>
      level === null ? [] : [{ level, whole: sumOfFigures(parts) }],
    ),
  };
}

function nameOf({ sku, locationId }: Level): string {
  return `${sku}#${locationId}`;
}

/** Every deadline is honoured, and no deleted hold keeps its units. */
function checkReservations(world: World, { reservations }: Truth, ledger: Ledger): void {
  for (const { reservationId, status, expiresAtMs } of reservations) {
    if (status === "held" && expiresAtMs < world.nowMs) {
      world.fail("deadlines are honoured", `${reservationId} is still held`);
    }
  }
  for (const { latest, reservationId, record } of ledger.lives.all()) {
    if (record === "orphaned") {
      world.fail("nothing is stranded", `the deleted hold ${reservationId} (${latest.uid}) was not given back`);
    }
  }
}

function checkSettings(world: World, { levels }: Truth): void {
  for (const { level } of levels) {
    const stored = world.database.table(tables.inventory).item({ ...inventoryKeys.item(level.sku) });
    if (stored === undefined) {
      world.fail("levels carry their item's settings", `${nameOf(level)} has no item`);
      return;
    }
    const item = parseItem(level.sku, stored);
    const expected = JSON.stringify(effectiveSettings(levelSettingsOf(item), level));
    const found = JSON.stringify({ ...effectiveSettings(level.settings, level) });
    if (level.itemSettingsRevision !== item.settingsRevision || expected !== found) {
      world.fail("levels carry their item's settings", `${nameOf(level)}: ${found} instead of ${expected}`);
    }
  }
}

/** Invariant 7: nobody waits while there is stock. */
function checkQueues(world: World, { levels }: Truth): void {
  for (const { level } of levels) {
    const { available, backordered } = level.figures;
    if (available > 0 && backordered > 0 && !isPreorder(level.settings, world.nowMs)) {
      world.fail("stock goes to those who wait", `${nameOf(level)}: ${JSON.stringify(level.figures)}`);
    }
  }
}

function view(world: World, key: { readonly pk: string; readonly sk: string }): StoredItem | undefined {
  return world.database.table(tables.views).item({ ...key });
}

function checkSummaries(world: World, { levels }: Truth): void {
  for (const { level, whole } of levels) {
    const { sku, locationId, version } = level;
    const [seen, sellable, headroom] = (view(world, viewKeys.summary(sku))?.[`at#${locationId}`] ?? []) as number[];
    if (seen !== version || sellable !== whole.sellable || headroom !== whole.headroom) {
      const found = `version ${seen}, sellable ${sellable}, headroom ${headroom}`;
      const truth = `version ${version}, sellable ${whole.sellable}, headroom ${whole.headroom}`;
      world.fail("summaries are true", `${nameOf(level)}: ${found} instead of ${truth}`);
    }
    if (view(world, viewKeys.locationMember(level)) === undefined) {
      world.fail("lists are true", `${nameOf(level)} is not listed at its location`);
    }
    const item = world.database.table(tables.inventory).item({ ...inventoryKeys.item(sku) });
    const summarised = view(world, viewKeys.summary(sku))?.["item"] as StoredItem | undefined;
    const listed = view(world, viewKeys.listedItem(sku));
    if (item?.["revision"] !== summarised?.["revision"] || item?.["revision"] !== listed?.["revision"]) {
      world.fail("summaries are true", `the item ${sku} is not as it was described last`);
    }
  }
}

function checkLists(world: World, { reservations }: Truth): void {
  for (const reservation of reservations) {
    const { referenceId, createdAtMs, reservationId, uid } = reservation;
    const orderId = orderOf(reservation)?.orderId ?? null;
    const names = [
      ...(referenceId === null ? [] : [["reference", referenceId] as const]),
      ...(orderId === null ? [] : [["order", orderId] as const]),
    ];
    for (const [kind, id] of names) {
      if (view(world, viewKeys.listedReservation(kind, id, createdAtMs, reservationId))?.["uid"] !== uid) {
        world.fail("lists are true", `${reservationId} is not listed under the ${kind} ${id}`);
      }
    }
  }
}

/** What is counted against purchase limits is what reservations say that they have counted. */
function checkPurchases(world: World, { reservations }: Truth): void {
  const counted = new Map<string, number>();
  for (const { customerId, lines } of reservations) {
    for (const { sku, counted: purchases } of lines) {
      for (const { windowDays, window, quantity } of purchases) {
        const { pk, sk } = inventoryKeys.purchases(digestOf(customerId ?? ""), sku, windowDays, window);
        counted.set(`${pk} ${sk}`, (counted.get(`${pk} ${sk}`) ?? 0) + quantity);
      }
    }
  }
  for (const item of world.database.table(tables.inventory).items()) {
    if (String(item["pk"]).startsWith("PURCHASES#")) {
      const name = `${item["pk"]} ${item["sk"]}`;
      if ((counted.get(name) ?? 0) !== item["taken"]) {
        world.fail("purchases are counted", `${name}: ${item["taken"]} instead of ${counted.get(name) ?? 0}`);
      }
    }
  }
}

/** Units come and go only by what was received, adjusted, shipped and returned. */
function checkConservation(world: World, { levels, reservations }: Truth, ledger: Ledger): void {
  const shipped = new Map<string, number>();
  for (const { latest } of ledger.lives.all()) {
    for (const { sku, fulfilled } of latest.lines.flatMap(({ legs }) => legs)) {
      shipped.set(sku, (shipped.get(sku) ?? 0) + fulfilled);
    }
  }
  const returned = new Map<string, number>();
  for (const { sku, returned: units } of reservations.flatMap(({ lines }) => lines.flatMap(({ legs }) => legs))) {
    returned.set(sku, (returned.get(sku) ?? 0) + units);
  }
  for (const sku of new Set(levels.map(({ level }) => level.sku))) {
    const onHand = levels.reduce((sum, { level, whole }) => sum + (level.sku === sku ? whole.onHand : 0), 0);
    const expected = ledger.adjustedBy(sku) - (shipped.get(sku) ?? 0) + (returned.get(sku) ?? 0);
    if (onHand !== expected) {
      world.fail("units are conserved", `${sku}: ${onHand} on hand instead of ${expected}`);
    }
  }
}

/** What subscribers are to be told of one write, by a reckoning that the service has no part in. */
function crossingsOf(before: Level, after: Level): readonly string[] {
  if (before.cells > 0 || after.cells > 0) {
    return [];
  }
  const [was, is] = [before.figures, after.figures];
  const [threshold, thresholdNow] = [before, after].map(({ settings }) => settings.lowStockThreshold ?? -Infinity);
  return [
    ...(was.sellable > (threshold ?? 0) && is.sellable <= (thresholdNow ?? 0) ? ["low_stock"] : []),
    ...(was.sellable > 0 && is.sellable <= 0 ? ["out_of_stock"] : []),
    ...(was.sellable <= 0 && is.sellable > 0 ? ["back_in_stock"] : []),
    ...(was.available >= 0 && is.available < 0 ? ["oversold"] : []),
  ];
}

function checkAlerts({ world, published }: SimulatedService, { levels }: Truth, ledger: Ledger): void {
  const told = new Set(published.map(({ alertId }) => alertId));
  for (const { before, after } of ledger.levelChanges) {
    for (const type of before === null ? [] : crossingsOf(before, after)) {
      const { generation, version } = after;
      const alertId = `${type}#${nameOf(after)}#${generation === 0 ? version : `${2 * generation}.${version}`}`;
      if (!told.has(alertId)) {
        world.fail("every crossing is told", `${alertId} was not published`);
      }
    }
  }
  const alerts = world.database
    .table(tables.views)
    .items()
    .filter(({ pk }) => String(pk).startsWith("ALERTS#"));
  for (const { alertId, alertStatus } of alerts) {
    if (alertStatus === "open" && !told.has(String(alertId))) {
      world.fail("every open alert is told", `${alertId} was not published`);
    }
  }
  for (const { level, whole } of levels) {
    for (const condition of watchedConditions) {
      const open = alerts.filter(
        ({ pk, type, alertStatus }) =>
          pk === viewKeys.alertsPartition(level) && type === condition && alertStatus === "open",
      );
      const isTrue = holds(condition, whole, level.settings.lowStockThreshold);
      // A level that was born like this has crossed nothing.
      const mayBeSilent = isTrue && !ledger.hasBeenOtherwise(level, condition);
      if (open.length > 1 || (open.length === 1) !== isTrue) {
        if (!(mayBeSilent && open.length === 0)) {
          const detail = `${condition} is ${isTrue} and has ${open.length} open alerts`;
          world.fail("alerts are consistent with the levels", `${nameOf(level)}: ${detail}`);
        }
      }
    }
  }
}

/** The last word: the production code's own check. */
async function checkByReconcile(service: SimulatedService): Promise<void> {
  const { world } = service;
  if (world.violation !== null) {
    return;
  }
  const process = service.process("reconcile");
  process.start(
    async () => await reconcile({ client: process.client, tables, runtime: process.runtime }, { settleMs: 0 }),
    (error, verdict) => {
      if (error !== null || verdict === undefined) {
        world.fail("reconcile finds nothing", textOf(error));
      } else if (verdict.differences.length > 0 || verdict.undecided.length > 0) {
        const [first] = verdict.differences;
        const detail = JSON.stringify([
          first?.level.sku,
          first?.level.locationId,
          first?.differences,
          verdict.undecided,
        ]);
        world.fail("reconcile finds nothing", detail);
      }
    },
  );
  await world.run();
}
