/**
 * The verdict on one level: it is read, then its movements up to that version, then the reservations that they speak of,
 * then the level again; only when it is still at the same version is there a verdict. Nothing is written.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { QueueEntry } from "../domain/backorder.ts";
import {
  type Cell,
  initialFigures,
  type Level,
  type LevelKey,
  type StockKey,
  type StockRecord,
  stockName,
} from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { type Difference, differencesOf, type Evidence, History, type PromisedTo } from "../domain/reconcile.ts";
import type { Reservation } from "../domain/reservation.ts";
import type { Runtime } from "../domain/runtime.ts";
import { pageOfQueue } from "../storage/backorders.ts";
import { batchGet } from "../storage/batch-get.ts";
import { cellKeys, readCells, readSplits } from "../storage/cells.ts";
import type { Tables } from "../storage/client.ts";
import { entityOf, inventoryKeys } from "../storage/keys.ts";
import { readLevel } from "../storage/levels.ts";
import { movementsOf, pagesOfHistory } from "../storage/movements.ts";
import { everyItem } from "../storage/page.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readString } from "../storage/stored-item.ts";

export interface ReconcileServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "movements">;
  readonly runtime: Runtime;
}

/** A level that is to be judged. */
export interface Claims {
  readonly level: LevelKey;
  /** Open reservations that are known to rest on it; those that its movements name need not be known. */
  readonly reservationIds: ReadonlySet<string>;
}

export interface Patience {
  /** A difference, or that there is no verdict, counts only when it is so still then. */
  readonly settledAtMs: number;
  /** A history that is not read to its end by then is given up, with a `TooLongHistoryError`. */
  readonly givesUpAtMs: number;
}

/** The time was over before a history was read to its end. */
export class TooLongHistoryError extends Error {
  override readonly name = "TooLongHistoryError";
}

const parallelHistories = 8;
const pauseMs = 500;

export type Verdict =
  /** It changed while it was read. */
  | { readonly kind: "undecided"; readonly movements: number }
  | {
      readonly kind: "decided";
      readonly level: Level;
      readonly differences: readonly Difference[];
      /** How many were replayed, those of its cells included. */
      readonly movements: number;
    };

/** Looks as often as it takes until nothing is wrong, or the time for things to settle is over. */
export async function settled<V>(
  { runtime }: Pick<ReconcileServices, "runtime">,
  endsAtMs: number,
  look: () => Promise<V>,
  isFine: (verdict: V) => boolean,
): Promise<V> {
  for (;;) {
    const verdict = await look();
    if (isFine(verdict) || runtime.now() + pauseMs > endsAtMs) {
      return verdict;
    }
    await runtime.sleep(pauseMs);
  }
}

export async function judgeLevel(services: ReconcileServices, claims: Claims, patience: Patience): Promise<Verdict> {
  return await settled(
    services,
    patience.settledAtMs,
    async () => await look(services, claims, patience),
    (verdict) => verdict.kind === "decided" && verdict.differences.length === 0,
  );
}

/** Every movement of a level and of its cells, to explain a difference by. */
export async function movementsOfLevel(services: ReconcileServices, level: Level): Promise<readonly Movement[]> {
  const { client, tables } = services;
  const { cells, others } = await readAllCells(services, level);
  const keys: readonly StockKey[] = [level, ...cells, ...others];
  const all = await inTurns(
    keys,
    async (key) => await movementsOf(client, tables.movements, key, Number.MAX_SAFE_INTEGER),
  );
  return all.flat();
}

async function look(services: ReconcileServices, claim: Claims, patience: Patience): Promise<Verdict> {
  const { client, tables } = services;
  const level = await readLevel(client, tables.inventory, claim.level);
  if (level === null) {
    throw new Error(`A reservation rests on ${claim.level.sku} at ${claim.level.locationId}, where there is no level.`);
  }
  const { cells, others } = await readAllCells(services, level);
  const history = await readHistory(services, level, level.version, patience);
  const ofCells = [
    ...(await inTurns(cells, async (record) => ({
      record,
      history: await readHistory(services, record, record.version, patience),
    }))),
    ...(await inTurns(others, async (key) => await goneCell(services, key, patience))).flatMap((gone) => gone ?? []),
  ];
  const histories = [history, ...ofCells.map((each) => each.history)];
  const movements = histories.reduce((sum, each) => sum + each.movements, 0);
  const promised = histories.flatMap((each) => each.promised);
  const reservations = await readPromised(services, claim.reservationIds, promised);
  const queue = await readQueue(services, level);
  const again = await readLevel(client, tables.inventory, claim.level);
  const cellsAgain = again === null ? [] : (await readAllCells(services, again)).cells;
  if (versionsOf([level, ...cells]) !== versionsOf([...(again === null ? [] : [again]), ...cellsAgain])) {
    return { kind: "undecided", movements };
  }
  const differences = differencesOf({ level, history, cells: ofCells, reservations, queue });
  return { kind: "decided", level, movements, differences };
}

/** Read and replayed page by page: a history may be longer than memory. */
async function readHistory(
  services: ReconcileServices,
  key: StockKey,
  upToVersion: number,
  patience: Patience,
): Promise<History> {
  const { client, tables, runtime } = services;
  const history = new History();
  for await (const page of pagesOfHistory(client, tables.movements, key, upToVersion)) {
    if (history.movements > 0 && runtime.now() > patience.givesUpAtMs) {
      throw new TooLongHistoryError(
        `${history.movements} movements of ${stockName(key)} were read, and there are more.`,
      );
    }
    for (const movement of page) {
      history.add(movement);
      if (movement.restores !== undefined) {
        history.standAs(await readHistory(services, key, movement.restores, patience));
      }
    }
  }
  return history;
}

interface AllCells {
  readonly cells: readonly Cell[];
  /** Those that were merged long ago, whose records are gone, and those that were never made. */
  readonly others: readonly StockKey[];
}

/** The cells of every split of a level, in any order. */
async function readAllCells({ client, tables }: ReconcileServices, level: Level): Promise<AllCells> {
  const splits = level.generation === 0 ? [] : await readSplits(client, tables.inventory, level);
  const found = await Promise.all(splits.map(async (split) => await readCells(client, tables.inventory, level, split)));
  const cells = found.flat();
  const names = new Set(cells.map(stockName));
  const keys = splits.flatMap((split) => cellKeys(level, split.generation, split.cells));
  return { cells, others: keys.filter((key) => !names.has(stockName(key))) };
}

/**
 * A cell that has no record any more: what reservations took from it and gave back to the level is told by its
 * movements alone, and when it went it must have been empty. Null for one that was never made.
 */
async function goneCell(
  services: ReconcileServices,
  key: StockKey,
  patience: Patience,
): Promise<Evidence["cells"][number] | null> {
  const history = await readHistory(services, key, Number.MAX_SAFE_INTEGER, patience);
  const { last } = history;
  if (last === null || key.cell === null) {
    return null;
  }
  const { type, reason, reference, actor, reservationId, reservationUid, atMs, version } = last;
  const lastChange = { type, reason, reference, actor, reservationId, reservationUid, atMs };
  const record = { ...key, cell: key.cell, figures: initialFigures({}), version, isMerged: true, lastChange };
  return { record, history };
}

function versionsOf(records: readonly StockRecord[]): string {
  return records
    .map(({ cell, version }) => `${cell?.generation ?? 0}#${cell?.index ?? 0}#${version}`)
    .sort()
    .join();
}

async function readQueue({ client, tables }: ReconcileServices, level: LevelKey): Promise<readonly QueueEntry[]> {
  return await everyItem(async (request) => await pageOfQueue(client, tables.inventory, { level, ...request }));
}

/** Works on all, a few at a time; the results are in order. */
export async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = new Array(all.length);
  const waiting = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: parallelHistories }, worker));
  return results;
}

/**
 * Those that are known and those that the movements name. A record that was put back while its id was in use again goes
 * on under its `uid`, of which no movement from before speaks as an id.
 */
async function readPromised(
  { client, tables }: ReconcileServices,
  known: ReadonlySet<string>,
  promised: readonly PromisedTo[],
): Promise<ReadonlyMap<string, Reservation>> {
  const named = new Set([...known, ...promised.map(({ reservationId }) => reservationId)]);
  const reservations = await readReservations(client, tables.inventory, named);
  const elsewhere = promised.filter(({ reservationId, uid }) => reservations.get(reservationId)?.uid !== uid);
  const uids = new Set(elsewhere.map(({ uid }) => uid));
  return uids.size === 0
    ? reservations
    : new Map([...reservations, ...(await readReservations(client, tables.inventory, uids))]);
}

async function readReservations(
  client: DynamoDBDocumentClient,
  table: string,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Reservation>> {
  const keys = [...ids].map((id) => inventoryKeys.reservation(id));
  const items = await batchGet(client, table, keys, { consistent: true });
  const reservations = new Map<string, Reservation>();
  for (const item of items) {
    const entity = entityOf({ pk: readString(item, "pk"), sk: readString(item, "sk") });
    if (entity.kind === "reservation") {
      reservations.set(entity.reservationId, parseReservation(entity.reservationId, item));
    }
  }
  return reservations;
}
