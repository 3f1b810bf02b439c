/**
 * Checks a running table against its own history, read-only.
 *
 * A scan is no snapshot: while a level is read, it may change. So each level is read, then its movements up
 * to that version, then the reservations that they speak of, then the level again; only when it is still at
 * the same version is there a verdict. Movements arrive seconds after the write, and a hold that the table's
 * TTL has deleted is released seconds later: a difference is reported only when it is still there after the
 * time given for things to settle.
 */
import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
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
import { legsOf } from "../domain/line.ts";
import type { Movement } from "../domain/movement.ts";
import { type Difference, differencesOf, type Evidence, promisedBy } from "../domain/reconcile.ts";
import { isOpen, type Reservation } from "../domain/reservation.ts";
import type { Runtime } from "../domain/runtime.ts";
import { pageOfQueue } from "../storage/backorders.ts";
import { batchGet } from "../storage/batch-get.ts";
import { cellKeys, readCells, readSplits } from "../storage/cells.ts";
import type { Tables } from "../storage/client.ts";
import { entityOf, inventoryKeys } from "../storage/keys.ts";
import { readLevel } from "../storage/levels.ts";
import { movementsOf } from "../storage/movements.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readString } from "../storage/stored-item.ts";

export interface ReconcileServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "movements">;
  readonly runtime: Runtime;
}

export interface LevelDifference {
  readonly level: Level;
  readonly differences: readonly Difference[];
  readonly movements: readonly Movement[];
}

export interface Reconciliation {
  readonly levels: number;
  readonly openReservations: number;
  readonly movements: number;
  /** Levels that changed so often that no verdict was possible in the time given. */
  readonly undecided: readonly LevelKey[];
  readonly differences: readonly LevelDifference[];
}

const parallelLevels = 8;
const pauseMs = 500;

interface Claims {
  readonly level: LevelKey;
  /** Open reservations that the scan found resting on the level. */
  readonly reservationIds: Set<string>;
}

/** Reads the whole inventory table and the movements of every level; writes nothing. `settleMs`: how long a difference may last. */
export async function reconcile(
  services: ReconcileServices,
  options: { readonly settleMs: number },
): Promise<Reconciliation> {
  const { claims, openReservations } = await scan(services);
  const waiting = [...claims.values()];
  const levels = waiting.length;
  const endsAtMs = services.runtime.now() + options.settleMs;
  const undecided: LevelKey[] = [];
  const differences: LevelDifference[] = [];
  let movements = 0;
  const work = async (): Promise<void> => {
    for (let claim = waiting.shift(); claim !== undefined; claim = waiting.shift()) {
      const verdict = await judge(services, claim, endsAtMs);
      movements += verdict.movements.length;
      if (verdict.kind === "undecided") {
        undecided.push(claim.level);
      } else if (verdict.differences.length > 0) {
        differences.push({ level: verdict.level, differences: verdict.differences, movements: verdict.movements });
      }
    }
  };
  await Promise.all(Array.from({ length: parallelLevels }, work));
  return { levels, openReservations, movements, undecided, differences };
}

async function scan({ client, tables }: ReconcileServices): Promise<{
  readonly claims: ReadonlyMap<string, Claims>;
  readonly openReservations: number;
}> {
  const claims = new Map<string, Claims>();
  const claimsOn = (level: LevelKey): Claims => {
    const name = `${level.sku}#${level.locationId}`;
    const known = claims.get(name) ?? { level, reservationIds: new Set<string>() };
    claims.set(name, known);
    return known;
  };
  let openReservations = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName: tables.inventory, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    for (const item of Items) {
      const entity = entityOf({ pk: readString(item, "pk"), sk: readString(item, "sk") });
      if (entity.kind === "stock") {
        claimsOn({ sku: entity.key.sku, locationId: entity.key.locationId });
      } else if (entity.kind === "reservation") {
        const reservation = parseReservation(entity.reservationId, item);
        if (isOpen(reservation)) {
          openReservations += 1;
          for (const { sku, locationId } of legsOf(reservation)) {
            claimsOn({ sku, locationId }).reservationIds.add(reservation.reservationId);
          }
        }
      }
    }
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return { claims, openReservations };
}

type Verdict =
  | { readonly kind: "undecided"; readonly movements: readonly Movement[] }
  | {
      readonly kind: "decided";
      readonly level: Level;
      readonly differences: readonly Difference[];
      readonly movements: readonly Movement[];
    };

async function judge(services: ReconcileServices, claim: Claims, endsAtMs: number): Promise<Verdict> {
  for (;;) {
    const verdict = await look(services, claim);
    if (verdict.kind === "decided" && verdict.differences.length === 0) {
      return verdict;
    }
    if (services.runtime.now() + pauseMs > endsAtMs) {
      return verdict;
    }
    await services.runtime.sleep(pauseMs);
  }
}

async function look(services: ReconcileServices, claim: Claims): Promise<Verdict> {
  const { client, tables } = services;
  const level = await readLevel(client, tables.inventory, claim.level);
  if (level === null) {
    throw new Error(`A reservation rests on ${claim.level.sku} at ${claim.level.locationId}, where there is no level.`);
  }
  const { cells, others } = await readAllCells(services, level);
  const movements = await movementsOf(client, tables.movements, level, level.version);
  const ofCells = [
    ...(await inTurns(cells, async (record) => ({
      record,
      movements: await movementsOf(client, tables.movements, record, record.version),
    }))),
    ...(await inTurns(others, async (key) => await goneCell(services, key))).flatMap((gone) => gone ?? []),
  ];
  const all = [...movements, ...ofCells.flatMap((each) => each.movements)];
  const ids = new Set(claim.reservationIds);
  for (const { reservationId } of promisedBy(all)) {
    ids.add(reservationId);
  }
  const reservations = await readReservations(client, tables.inventory, ids);
  const queue = await readQueue(services, level);
  const again = await readLevel(client, tables.inventory, claim.level);
  const cellsAgain = again === null ? [] : (await readAllCells(services, again)).cells;
  if (versionsOf([level, ...cells]) !== versionsOf([...(again === null ? [] : [again]), ...cellsAgain])) {
    return { kind: "undecided", movements: all };
  }
  const differences = differencesOf({ level, movements, cells: ofCells, reservations, queue });
  return { kind: "decided", level, movements: all, differences };
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
  { client, tables }: ReconcileServices,
  key: StockKey,
): Promise<Evidence["cells"][number] | null> {
  const movements = await movementsOf(client, tables.movements, key, Number.MAX_SAFE_INTEGER);
  const last = movements.at(-1);
  if (last === undefined || key.cell === null) {
    return null;
  }
  const { type, reason, reference, actor, reservationId, reservationUid, atMs, version } = last;
  const lastChange = { type, reason, reference, actor, reservationId, reservationUid, atMs };
  const record = { ...key, cell: key.cell, figures: initialFigures({}), version, isMerged: true, lastChange };
  return { record, movements };
}

function versionsOf(records: readonly StockRecord[]): string {
  return records
    .map(({ cell, version }) => `${cell?.generation ?? 0}#${cell?.index ?? 0}#${version}`)
    .sort()
    .join();
}

async function readQueue({ client, tables }: ReconcileServices, level: LevelKey): Promise<readonly QueueEntry[]> {
  const entries: QueueEntry[] = [];
  let cursor: string | null = null;
  do {
    const page = await pageOfQueue(client, tables.inventory, { level, limit: 1_000, cursor });
    if (page.kind === "bad-cursor") {
      throw new Error("The queue did not take its own cursor.");
    }
    entries.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}

/** Works on all, a few at a time; the results are in order. */
async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = new Array(all.length);
  const waiting = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: parallelLevels }, worker));
  return results;
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
