/**
 * Checks a running table against its own history, read-only.
 *
 * A scan is no snapshot: while a level is read, it may change, so that there is a verdict only on what stood still
 * meanwhile. Movements arrive seconds after the write, and a hold that the table's TTL has deleted is released seconds
 * later: a difference is reported only when it is still there after the time given for things to settle.
 */
import type { Level, LevelKey } from "../domain/level.ts";
import { legsOf } from "../domain/line.ts";
import type { Movement } from "../domain/movement.ts";
import type { Difference } from "../domain/reconcile.ts";
import { isOpen } from "../domain/reservation.ts";
import { entityOf } from "../storage/keys.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { readString } from "../storage/stored-item.ts";
import { pagesOf } from "../storage/walk.ts";
import { inTurns, judgeLevel, movementsOfLevel, type ReconcileServices } from "./judge-level.ts";

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

interface FoundClaims {
  readonly level: LevelKey;
  readonly reservationIds: Set<string>;
}

/** Reads the whole inventory table and the movements of every level; writes nothing. `settleMs`: how long a difference may last. */
export async function reconcile(
  services: ReconcileServices,
  options: { readonly settleMs: number },
): Promise<Reconciliation> {
  const { claims, openReservations } = await scan(services);
  const patience = { settledAtMs: services.runtime.now() + options.settleMs, givesUpAtMs: Number.POSITIVE_INFINITY };
  const undecided: LevelKey[] = [];
  const differences: LevelDifference[] = [];
  let movements = 0;
  await inTurns([...claims.values()], async (claim) => {
    const verdict = await judgeLevel(services, claim, patience);
    movements += verdict.movements;
    if (verdict.kind === "undecided") {
      undecided.push(claim.level);
    } else if (verdict.differences.length > 0) {
      const { level } = verdict;
      const explaining = await movementsOfLevel(services, level);
      differences.push({ level, differences: verdict.differences, movements: explaining });
    }
  });
  return { levels: claims.size, openReservations, movements, undecided, differences };
}

async function scan({ client, tables }: ReconcileServices): Promise<{
  readonly claims: ReadonlyMap<string, FoundClaims>;
  readonly openReservations: number;
}> {
  const claims = new Map<string, FoundClaims>();
  const claimsOn = (level: LevelKey): FoundClaims => {
    const name = `${level.sku}#${level.locationId}`;
    const known = claims.get(name) ?? { level, reservationIds: new Set<string>() };
    claims.set(name, known);
    return known;
  };
  let openReservations = 0;
  for await (const page of pagesOf(client, tables.inventory)) {
    for (const item of page) {
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
  }
  return { claims, openReservations };
}
