/**
 * Brings an inventory table that was restored to an earlier moment together with the audit trail, which goes on and
 * is never changed. The trail has versions that the restored levels have not reached:
 *
 *     trail      1 ── … ── 7 ── 8 ── 9 ── 10            the restored level is at 7; its next write would be 8, whose
 *     restored             7                            movement stands there already and would not be put
 *     afterwards 1 ── … ── 7 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 11 ── 12    11 says: it is as it was at 7, and goes on from here
 *
 * So each level and each cell is given the version behind all that the trail has of it, and the trail a movement of
 * that version which says what was brought back. The movement is put first: whoever finds it goes on from it, so that
 * this may be broken off and repeated.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type LastChange,
  type Level,
  type LevelSettings,
  type OverridableSetting,
  plainChange,
  type StockKey,
  type StockRecord,
  stockName,
} from "../../functions/domain/level.ts";
import { type Movement, restoringMovement } from "../../functions/domain/movement.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { batchGet } from "../../functions/storage/batch-get.ts";
import { cellKeys, parseCell, readCells } from "../../functions/storage/cells.ts";
import { entityOf, inventoryKeys, type Key } from "../../functions/storage/keys.ts";
import { continuationOfStock, creationOfLevel, newLevel } from "../../functions/storage/level-writes.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import { newestMovement, putMovement } from "../../functions/storage/movements.ts";
import { readable, readNumber, readString, type StoredItem } from "../../functions/storage/stored-item.ts";
import { transact, updateOne } from "../../functions/storage/transaction.ts";
import { pagesOf } from "../../functions/storage/walk.ts";
import { inParallel } from "../pace.ts";
import { legible } from "./legible.ts";

export interface ContinuationServices {
  readonly client: DynamoDBDocumentClient;
  readonly runtime: Pick<Runtime, "now" | "newId">;
  readonly tables: {
    /** The inventory table that was restored; nobody else writes it. */
    readonly restored: string;
    readonly movements: string;
    /** The inventory table that it was restored from, which nobody writes any more; null when it is gone. */
    readonly givenUp: string | null;
  };
}

export interface Continuation {
  /** Levels and cells that were looked at. */
  readonly records: number;
  /** Of these, those that were given a version behind the trail. */
  readonly continued: number;
  /** Levels that were made since, and are kept without units, because the trail has them. */
  readonly emptied: number;
  /** Levels and cells of which the trail has not all versions: they will be named by reconcile. */
  readonly behind: readonly string[];
}

/** The trail has not caught up with the table that is given up. It will, while its queue is worked on. */
export class TrailBehindError extends Error {
  override readonly name = "TrailBehindError";
}

/** What cannot be restored to the moment that was chosen. */
export class WrongMomentError extends Error {
  override readonly name = "WrongMomentError";
}

const actor = "inventory-restore";
const parallelRecords = 8;

export async function continueTrail(services: ContinuationServices): Promise<Continuation> {
  const { client, tables } = services;
  await refuseBrokenSplits(services);
  const counts = { records: 0, continued: 0, emptied: 0 };
  const behind: string[] = [];
  for await (const items of pagesOf(client, tables.restored)) {
    const records = items.flatMap(stockRecordIn);
    const givenUp = await counterparts(services, records);
    await inParallel(records, parallelRecords, async (record) => {
      const outcome = await goOn(services, record, givenUp.get(stockName(record)) ?? null);
      counts.records += 1;
      counts.continued += outcome === "continued" ? 1 : 0;
      if (outcome === "behind") {
        behind.push(stockName(record));
      }
    });
  }
  if (tables.givenUp !== null) {
    for await (const items of pagesOf(client, tables.givenUp)) {
      const levels = items.flatMap(givenUpStockIn).filter(({ cell }) => cell === null);
      const known = await restoredKeys(services, levels);
      await inParallel(levels, parallelRecords, async (level) => {
        if (!known.has(stockName(level))) {
          counts.emptied += (await keepEmpty(services, level)) ? 1 : 0;
        }
      });
    }
  }
  return { ...counts, behind };
}

/**
 * Whether the trail has gone on behind a table: it has versions that the table's levels have not reached, because
 * another one was restored to take its place. Such a table must not be written again as it is.
 */
export async function isOvertaken(
  client: DynamoDBDocumentClient,
  tables: { readonly inventory: string; readonly movements: string },
): Promise<boolean> {
  for await (const items of pagesOf(client, tables.inventory)) {
    let overtaken = false;
    await inParallel(items.flatMap(givenUpStockIn), parallelRecords, async (record) => {
      const newest = overtaken ? null : await newestMovement(client, tables.movements, record);
      overtaken ||= newest !== null && newest.version > record.version;
    });
    if (overtaken) {
      return true;
    }
  }
  return false;
}

function keyOf(item: StoredItem): Key {
  return { pk: readString(item, "pk"), sk: readString(item, "sk") };
}

function stockRecordIn(item: StoredItem): readonly StockRecord[] {
  const entity = entityOf(keyOf(item));
  if (entity.kind !== "stock") {
    return [];
  }
  const { cell } = entity.key;
  return [cell === null ? parseLevel(entity.key, item) : parseCell({ ...entity.key, cell }, item)];
}

/**
 * What must be known of a level or a cell that is given up. It may have been broken by whoever wrote past the service:
 * then that is why the table goes back, and nothing that cannot be read may keep it from going.
 */
interface GivenUpStock extends StockKey {
  readonly version: number;
  /** 0 for a cell. */
  readonly generation: number;
  readonly settings: LevelSettings;
  readonly overrides: readonly OverridableSetting[];
  readonly settingsRevision: number;
}

/** Of a level whose settings cannot be read; its item has others, which it is given with the next message of settings. */
const closed: LevelSettings = {
  active: false,
  lowStockThreshold: null,
  backorderLimit: 0,
  restockAt: null,
  availableFrom: null,
  purchaseLimit: null,
  isKit: false,
};

function givenUpStockIn(item: StoredItem): readonly GivenUpStock[] {
  const entity = entityOf(keyOf(item));
  if (entity.kind !== "stock") {
    return [];
  }
  const { key } = entity;
  const level = key.cell === null ? legible(() => parseLevel(key, item)) : null;
  const numberIn = (attribute: string): number => readable(() => readNumber(item, attribute)) ?? 0;
  return [
    {
      ...key,
      version: numberIn("version"),
      generation: numberIn("generation"),
      settings: level?.settings ?? closed,
      overrides: level?.overrides ?? [],
      settingsRevision: level?.settingsRevision ?? 1,
    },
  ];
}

/** The same records in the table that is given up, by name. */
async function counterparts(
  { client, tables }: ContinuationServices,
  records: readonly StockKey[],
): Promise<ReadonlyMap<string, GivenUpStock>> {
  if (tables.givenUp === null) {
    return new Map();
  }
  const items = await batchGet(client, tables.givenUp, records.map(inventoryKeys.stock), { consistent: true });
  return new Map(items.flatMap(givenUpStockIn).map((record) => [stockName(record), record]));
}

async function restoredKeys(
  { client, tables }: ContinuationServices,
  levels: readonly StockKey[],
): Promise<ReadonlySet<string>> {
  const items = await batchGet(client, tables.restored, levels.map(inventoryKeys.stock), { consistent: true });
  return new Set(items.flatMap(stockRecordIn).map(stockName));
}

function restoringChange(services: ContinuationServices, record: StockRecord): LastChange {
  const { type, atMs } = record.lastChange;
  const reference = `as after version ${record.version} (${type}) of ${new Date(atMs).toISOString()}`;
  return { ...plainChange("restored", actor, services.runtime.now()), reference };
}

async function goOn(
  services: ContinuationServices,
  record: StockRecord,
  givenUp: GivenUpStock | null,
): Promise<"as-it-was" | "continued" | "behind"> {
  const { client, tables } = services;
  const newest = await newestMovement(client, tables.movements, record);
  const generation = generationAfter(record, givenUp);
  if (newest === null || newest.version < (givenUp?.version ?? 0)) {
    if (givenUp !== null && givenUp.version > record.version) {
      throw new TrailBehindError(`The trail has not version ${givenUp.version} of ${stockName(record)} yet.`);
    }
    return "behind";
  }
  if (newest.version <= record.version) {
    return newest.version < record.version ? "behind" : "as-it-was";
  }
  const movement = await restoringMovementOf(services, record, newest);
  const written = await updateOne(
    client,
    continuationOfStock(tables.restored, record, movement, {
      from: record.version,
      to: movement.version,
      generation,
    }),
  );
  if (written.kind !== "written") {
    throw new Error(`${stockName(record)} was changed meanwhile: somebody writes the restored table.`);
  }
  return "continued";
}

/** The one that stands in the trail from a time before, or a new one. */
async function restoringMovementOf(
  services: ContinuationServices,
  record: StockRecord,
  newest: Movement,
): Promise<Movement> {
  if (newest.type === "restored" && newest.restores === record.version) {
    return newest;
  }
  const movement = restoringMovement(record, newest, restoringChange(services, record));
  await putMovement(services.client, services.tables.movements, movement);
  return movement;
}

/**
 * The generation that a whole level must go on with, so that its next split meets no cells of a split that was given
 * up; null where it has it.
 */
function generationAfter(record: StockRecord, givenUp: GivenUpStock | null): number | null {
  if (record.cell !== null || givenUp === null || givenUp.generation <= record.generation) {
    return null;
  }
  return givenUp.generation;
}

/**
 * Throws, before anything is written, where a level was in cells at the moment and would meet others: its generation
 * is in the keys of its cells, so that it cannot go on with another one, and the trail may have cells of this one that
 * were made only later.
 */
async function refuseBrokenSplits(services: ContinuationServices): Promise<void> {
  const { client, tables } = services;
  if (tables.givenUp === null) {
    return;
  }
  for await (const items of pagesOf(client, tables.restored)) {
    const split = items.flatMap(stockRecordIn).filter((record) => record.cell === null && record.cells > 0);
    const later = await counterparts(services, split);
    for (const level of split) {
      if (generationAfter(level, later.get(stockName(level)) ?? null) !== null) {
        throw new WrongMomentError(
          `${stockName(level)} was in cells then, and has been merged and split again since: choose a time at which it was whole.`,
        );
      }
      if (level.cell === null && (await hasLaterCells(client, tables.restored, tables.givenUp, level))) {
        throw new WrongMomentError(`${stockName(level)} was being split just then: choose a time before or after it.`);
      }
    }
  }
}

async function hasLaterCells(
  client: DynamoDBDocumentClient,
  restored: string,
  givenUp: string,
  level: Level,
): Promise<boolean> {
  const then = new Set((await readCells(client, restored, level, level)).map(stockName));
  const keys = cellKeys(level, level.generation, level.cells).map(inventoryKeys.stock);
  const later = (await batchGet(client, givenUp, keys, { consistent: true })).flatMap(givenUpStockIn);
  return later.some((cell) => !then.has(stockName(cell)));
}

/**
 * A level that was made since: the trail has versions of it that a level made anew would meet. It is kept, with its
 * settings and without units. Its item has gone back as well, or is gone, and counts its revisions from there: whatever
 * it has by then is newer than what the level was given. Gives false when it was kept before.
 */
async function keepEmpty(services: ContinuationServices, givenUp: GivenUpStock): Promise<boolean> {
  const { client, tables } = services;
  const { sku, locationId, settings, overrides, settingsRevision, generation } = givenUp;
  const newest = await newestMovement(client, tables.movements, givenUp);
  if (newest === null || newest.version < givenUp.version) {
    throw new TrailBehindError(`The trail has not version ${givenUp.version} of ${stockName(givenUp)} yet.`);
  }
  const reference = "was not there";
  const change = { ...plainChange("restored", actor, services.runtime.now()), reference };
  const empty = { ...newLevel({ sku, locationId }, {}, settings, 0, change), version: 0 };
  const isThere = newest.type === "restored" && newest.restores === 0;
  const movement = isThere ? newest : restoringMovement(empty, newest, change);
  if (!isThere) {
    await putMovement(client, tables.movements, movement);
  }
  const part = creationOfLevel(tables.restored, {
    ...empty,
    version: movement.version,
    overrides,
    settingsRevision,
    generation,
    lastChange: movement,
  });
  const written = await transact(client, services.runtime.newId(), [{ label: "level", part }]);
  if (written.kind === "contended") {
    throw new Error(`${stockName(givenUp)} could not be written: somebody writes the restored table.`);
  }
  return written.kind === "written";
}
