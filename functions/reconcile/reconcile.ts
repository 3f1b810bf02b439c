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
import type { Level, LevelKey } from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { type Difference, differencesOf, promisedBy } from "../domain/reconcile.ts";
import { isOpen, legsOf, type Reservation } from "../domain/reservation.ts";
import type { Runtime } from "../domain/runtime.ts";
import { batchGet } from "../storage/batch-get.ts";
import type { Tables } from "../storage/client.ts";
import { entityOf, inventoryKeys } from "../storage/keys.ts";
import { readLevel } from "../storage/levels.ts";
import { movementsOfLevel } from "../storage/movements.ts";
import { parseReservation } from "../storage/reservations.ts";
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
      if (entity.kind === "level") {
        claimsOn({ sku: entity.sku, locationId: entity.locationId });
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

async function look({ client, tables }: ReconcileServices, claim: Claims): Promise<Verdict> {
  const level = await readLevel(client, tables.inventory, claim.level);
  if (level === null) {
    throw new Error(`A reservation rests on ${claim.level.sku} at ${claim.level.locationId}, where there is no level.`);
  }
  const movements = await movementsOfLevel(client, tables.movements, claim.level, level.version);
  const ids = new Set(claim.reservationIds);
  for (const { reservationId } of promisedBy(movements)) {
    ids.add(reservationId);
  }
  const reservations = await readReservations(client, tables.inventory, ids);
  const again = await readLevel(client, tables.inventory, claim.level);
  if (again?.version !== level.version) {
    return { kind: "undecided", movements };
  }
  return { kind: "decided", level, movements, differences: differencesOf(level, movements, reservations) };
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
