import {
  adjustmentRefusal,
  adjustmentType,
  baseDeltas,
  bringsUnits,
  deltasOf,
  type LevelAdjustment,
  meetsWholeLevel,
  takenFromBuyers,
} from "../domain/adjustment.ts";
import { levelSettingsOf } from "../domain/catalogue.ts";
import { type Figures, type LastChange, type Level, type LevelKey, stockStates } from "../domain/level.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Condition } from "../storage/condition.ts";
import { readItem } from "../storage/items.ts";
import {
  isNoKit,
  isNotSplit,
  isNotSplitOrHas,
  quantityIs,
  stockIsFree,
  unitsAreThere,
} from "../storage/level-conditions.ts";
import { changeOfStock, creationOfLevel, newLevel } from "../storage/level-writes.ts";
import { readLevel } from "../storage/levels.ts";
import { readLocation } from "../storage/locations.ts";
import type { TransactionPart } from "../storage/transaction.ts";
import type { StockServices } from "./services.ts";

/** What a request knows of a level: nothing yet, that there is none, or how a refused write or a read found it. */
export type KnownLevel =
  | { readonly kind: "unread" }
  | { readonly kind: "missing" }
  | { readonly kind: "there"; readonly level: Level };

export const unread: KnownLevel = { kind: "unread" };
export const missing: KnownLevel = { kind: "missing" };

export interface PlannedAdjustment {
  readonly kind: "planned";
  readonly level: LevelAdjustment;
  /** What each adjustment will change, in order. */
  readonly deltas: readonly number[];
  readonly part: TransactionPart;
}

interface Circumstances {
  readonly reason: string;
  readonly reference: string | null;
  readonly actor: string;
  readonly atMs: number;
}

/**
 * Plans the write of one level. The first plan is blind where it can be; a level that refused it is known
 * from the image that came back, and then either the rule refuses or the next plan follows from the image.
 */
export async function planAdjustment(
  services: StockServices,
  level: LevelAdjustment,
  known: KnownLevel,
  circumstances: Circumstances,
): Promise<PlannedAdjustment | { readonly kind: "refused"; readonly refusal: Refusal }> {
  const { client, tables } = services;
  const lastChange: LastChange = {
    type: adjustmentType(circumstances.reason, level.adjustments),
    reason: circumstances.reason,
    reference: circumstances.reference,
    actor: circumstances.actor,
    reservationId: null,
    reservationUid: null,
    atMs: circumstances.atMs,
  };
  if (known.kind === "unread" && deltasOf(level.adjustments, null) === null) {
    const found = await readLevel(client, tables.inventory, level);
    return await planAdjustment(
      services,
      level,
      found === null ? missing : { kind: "there", level: found },
      circumstances,
    );
  }
  if (known.kind === "missing") {
    return await planCreation(services, level, lastChange);
  }
  const figures = known.kind === "there" ? known.level.figures : null;
  const refusal = known.kind === "there" ? adjustmentRefusal(level, known.level) : null;
  if (refusal !== null) {
    return { kind: "refused", refusal };
  }
  const deltas = deltasOf(level.adjustments, figures) ?? [];
  const sums = baseDeltas(level.adjustments, deltas);
  const conditions = conditionsOf(level, figures, deltas);
  return {
    kind: "planned",
    level,
    deltas,
    part: changeOfStock(tables.inventory, { ...keyOf(level), cell: null }, lastChange, sums, conditions),
  };
}

/**
 * The first stock of a SKU at a location makes the level. It copies the item's settings; when those change at
 * the same moment, the level's own appearance on the stream has them brought up to date.
 */
async function planCreation(
  { client, tables }: StockServices,
  level: LevelAdjustment,
  lastChange: LastChange,
): Promise<PlannedAdjustment | { readonly kind: "refused"; readonly refusal: Refusal }> {
  const [item, location] = await Promise.all([
    readItem(client, tables.inventory, level.sku),
    readLocation(client, tables.inventory, level.locationId),
  ]);
  if (item === null) {
    return { kind: "refused", refusal: { kind: "unknown-sku", skus: [level.sku] } };
  }
  if (location === null) {
    return { kind: "refused", refusal: { kind: "unknown-location", locationIds: [level.locationId] } };
  }
  const settings = levelSettingsOf(item);
  const empty = newLevel(level, {}, settings, item.settingsRevision, lastChange);
  const refusal = adjustmentRefusal(level, empty);
  if (refusal !== null) {
    return { kind: "refused", refusal };
  }
  const deltas = deltasOf(level.adjustments, empty.figures) ?? [];
  const sums = baseDeltas(level.adjustments, deltas);
  const created = newLevel(level, sums, settings, item.settingsRevision, lastChange);
  return { kind: "planned", level, deltas, part: creationOfLevel(tables.inventory, created) };
}

function keyOf({ sku, locationId }: LevelAdjustment): LevelKey {
  return { sku, locationId };
}

/** What must hold in the very write, so that nothing falls below 0 or below a promise. */
function conditionsOf(
  { adjustments }: LevelAdjustment,
  figures: Figures | null,
  deltas: readonly number[],
): readonly Condition[] {
  const sums = baseDeltas(adjustments, deltas);
  const taken = takenFromBuyers(sums);
  const conditions: Condition[] = stockStates.flatMap((state) => {
    const sum = sums[state] ?? 0;
    return sum < 0 ? [unitsAreThere(state, -sum)] : [];
  });
  if (bringsUnits(sums)) {
    conditions.push(isNoKit);
  }
  if (taken > 0) {
    // Of a split level only the units that are in no cell can be taken, with force or without.
    conditions.push(adjustments.some(({ force }) => !force) ? stockIsFree(taken) : isNotSplitOrHas(taken));
  }
  if (adjustments.some(meetsWholeLevel)) {
    conditions.push(isNotSplit);
  }
  for (const { state, change, expected } of adjustments) {
    const computedFrom = expected ?? (change.kind === "set" ? (figures?.[state] ?? null) : null);
    if (computedFrom !== null) {
      conditions.push(quantityIs(state, computedFrom));
    }
  }
  return conditions;
}
