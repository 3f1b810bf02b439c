/** Reading of levels: as they are now, as they were, and in lists. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type Level,
  type LevelKey,
  type StockKey,
  type StockRecord,
  stockName,
  sumOfFigures,
} from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { batchGet } from "../storage/batch-get.ts";
import { cellKeys, readCells, readSplits } from "../storage/cells.ts";
import type { Tables } from "../storage/client.ts";
import { inventoryKeys } from "../storage/keys.ts";
import { pageOfLevelsOfSku, parseLevel, readLevel } from "../storage/levels.ts";
import { pageOfSkusAtLocation } from "../storage/listings.ts";
import { newestMovementUntil, readMovement } from "../storage/movements.ts";
import type { Listing, PageRequest } from "../storage/page.ts";
import { readString } from "../storage/stored-item.ts";

export interface LevelReading {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
}

const notFound = refused({ kind: "not-found", resource: "level" });

/** The level as it is now; of a split one, what it has together with its cells. */
export async function getLevel(services: LevelReading, key: LevelKey): Promise<Outcome<Level>> {
  const level = await readLevel(services.client, services.tables.inventory, key);
  return level === null ? notFound : done(await wholeLevel(services, level));
}

/** How often a split level is read anew because units were moved between it and its cells meanwhile. */
const mostReadings = 5;

/**
 * The level with the figures of its cells added. They are read consistently, but not all in one instant: the level
 * is read before the cells and after them, and only when it is the same are no units seen twice or not at all. It may
 * be newer than the one given.
 */
export async function wholeLevel(
  { client, tables }: { readonly client: DynamoDBDocumentClient; readonly tables: Pick<Tables, "inventory"> },
  level: Level,
): Promise<Level> {
  let present = level;
  let whole = level;
  for (let reading = 0; reading < mostReadings && present.cells > 0; reading += 1) {
    const cells = await readCells(client, tables.inventory, present, present);
    whole = { ...present, figures: sumOfFigures([present.figures, ...cells.map(({ figures }) => figures)]) };
    const after = await readLevel(client, tables.inventory, present);
    if (after === null || after.version === present.version) {
      return whole;
    }
    present = after;
  }
  return present.cells === 0 ? present : whole;
}

async function wholePage(services: LevelReading, page: Listing<Level>): Promise<Listing<Level>> {
  return page.kind === "bad-cursor"
    ? page
    : { ...page, items: await Promise.all(page.items.map(async (level) => await wholeLevel(services, level))) };
}

/** Clocks of different functions may differ by this much, and so may the times of movements be out of order. */
const clockSkewMs = 60_000;

/**
 * The level after the last change made until a time, from the audit trail; its settings are today's. Contention
 * when the trail has not caught up with what the answer depends on.
 */
export async function levelAsOf(services: LevelReading, key: LevelKey, atMs: number): Promise<Outcome<Level>> {
  const { client, tables } = services;
  const level = await readLevel(client, tables.inventory, key);
  if (level === null) {
    return notFound;
  }
  const own = await recordAsOf(services, level, atMs);
  if (own.kind !== "done") {
    return own;
  }
  if (own.value === null) {
    return notFound;
  }
  const then = { ...level, ...own.value };
  return level.generation === 0 ? done(then) : await withCellsAsOf(services, then, atMs);
}

/** How a level by itself, or a cell, was after a change. */
type RecordThen = Pick<StockRecord, "figures" | "version" | "lastChange">;

/** After the last change made until a time; null when it was not there yet. */
async function recordAsOf(
  services: LevelReading,
  record: StockRecord,
  atMs: number,
): Promise<Outcome<RecordThen | null>> {
  if (record.lastChange.atMs <= atMs) {
    const { figures, version, lastChange } = record;
    return done({ figures, version, lastChange });
  }
  const { client, tables } = services;
  const later = await firstCertainlyLater(services, record, atMs);
  if (later === null) {
    return contention;
  }
  const movement = await newestMovementUntil(client, tables.movements, record, later, atMs);
  return done(movement === null ? null : asAfter(movement));
}

/**
 * A version from which on every change was made after the time, found by halving; null when a movement that
 * must be looked at is not in the trail yet.
 *
 *     1 ──────────── low ── … ── high ──────── present
 *        may be until then │      └ made more than the clock skew later: so was all behind it
 */
async function firstCertainlyLater(
  { client, tables }: LevelReading,
  record: StockRecord,
  atMs: number,
): Promise<number | null> {
  let low = 0;
  let high = record.version + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const movement = await readMovement(client, tables.movements, record, middle);
    if (movement === null) {
      return null;
    }
    if (movement.atMs > atMs + clockSkewMs) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high;
}

function asAfter(movement: Movement): RecordThen {
  const { type, reason, reference, actor, reservationId, reservationUid, atMs } = movement;
  return {
    figures: movement.after,
    version: movement.version,
    lastChange: { type, reason, reference, actor, reservationId, reservationUid, atMs },
  };
}

/** One page of a SKU's levels as they are now, in order of location ids. */
export async function listLevelsOfSku(
  services: LevelReading,
  request: PageRequest & { readonly sku: string },
): Promise<Listing<Level>> {
  const { client, tables } = services;
  return await wholePage(services, await pageOfLevelsOfSku(client, tables.inventory, request));
}

/** One page of a location's levels in order of SKUs: which there are is seconds old, each one's figures are present. */
export async function listLevelsAtLocation(
  services: LevelReading,
  request: PageRequest & { readonly locationId: string },
): Promise<Listing<Level>> {
  const { client, tables } = services;
  const { locationId } = request;
  const page = await pageOfSkusAtLocation(client, tables.views, request);
  if (page.kind === "bad-cursor") {
    return page;
  }
  const keys = page.items.map((sku) => ({ sku, locationId }));
  const found = await batchGet(client, tables.inventory, keys.map(inventoryKeys.level), { consistent: true });
  const byPartition = new Map(found.map((item) => [readString(item, "pk"), item]));
  const items = keys.flatMap((key) => {
    const item = byPartition.get(inventoryKeys.level(key).pk);
    return item === undefined ? [] : [parseLevel(key, item)];
  });
  return await wholePage(services, { kind: "page", items, nextCursor: page.nextCursor });
}

/** How many cells' histories are read at the same time. */
const parallelCells = 32;

/**
 * A level that was split at some time: what it had itself then, and what the cells of the split of that time had.
 * Cells that had been merged by then, or were not made yet, add nothing.
 */
async function withCellsAsOf(services: LevelReading, level: Level, atMs: number): Promise<Outcome<Level>> {
  const { client, tables } = services;
  const split = (await readSplits(client, tables.inventory, level)).find((candidate) => candidate.atMs <= atMs);
  if (split === undefined) {
    return done(level);
  }
  const cells = await readCells(client, tables.inventory, level, split);
  const records = new Map(cells.map((cell) => [stockName(cell), cell]));
  const waiting = cellKeys(level, split.generation, split.cells);
  const figures = [level.figures];
  let isComplete = true;
  const work = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined && isComplete; key = waiting.shift()) {
      const record = records.get(stockName(key));
      const then =
        record === undefined ? done(await goneCellAsOf(services, key, atMs)) : await recordAsOf(services, record, atMs);
      isComplete &&= then.kind === "done";
      if (then.kind === "done" && then.value !== null) {
        figures.push(then.value.figures);
      }
    }
  };
  await Promise.all(Array.from({ length: parallelCells }, work));
  return isComplete ? done({ ...level, figures: sumOfFigures(figures) }) : contention;
}

/** A cell that was merged long ago has no record any more; all of its movements are in the trail. */
async function goneCellAsOf({ client, tables }: LevelReading, key: StockKey, atMs: number): Promise<RecordThen | null> {
  const movement = await newestMovementUntil(client, tables.movements, key, Number.MAX_SAFE_INTEGER, atMs);
  return movement === null ? null : asAfter(movement);
}
