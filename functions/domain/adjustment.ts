/** Corrections of stock by people and warehouses: what they do to a level, and when they are refused. */
import type { BaseDeltas, Figures, LastChange, Level, LevelKey, LevelSettings, StockState } from "./level.ts";
import type { Refusal } from "./refusal.ts";

export interface Adjustment extends LevelKey {
  readonly state: StockState;
  readonly change:
    | { readonly kind: "delta"; readonly delta: number }
    | { readonly kind: "set"; readonly quantity: number };
  /** The quantity that the state must have before; null when the caller does not mind. */
  readonly expected: number | null;
  /** Allows a decrease below what is promised to buyers; never below 0. */
  readonly force: boolean;
}

/** The adjustments of one request on one level; they are written as one change of it. */
export interface LevelAdjustment extends LevelKey {
  readonly adjustments: readonly Adjustment[];
}

/** How an adjustment is named in the audit trail. */
export function adjustmentType(reason: string, adjustments: readonly Adjustment[]): LastChange["type"] {
  if (adjustments.every(({ state }) => state !== "onHand")) {
    return "moved";
  }
  return reason === "received" ? "received" : "adjusted";
}

/**
 * The change that each adjustment makes, in order, or null when that takes knowledge of the level:
 * to set a quantity that the caller did not expect to be anything.
 */
export function deltasOf(adjustments: readonly Adjustment[], figures: Figures | null): readonly number[] | null {
  const deltas: number[] = [];
  for (const { change, state, expected } of adjustments) {
    if (change.kind === "delta") {
      deltas.push(change.delta);
      continue;
    }
    const from = expected ?? figures?.[state];
    if (from === undefined) {
      return null;
    }
    deltas.push(change.quantity - from);
  }
  return deltas;
}

export function baseDeltas(adjustments: readonly Adjustment[], deltas: readonly number[]): BaseDeltas {
  const sums: Partial<Record<StockState, number>> = {};
  for (const [index, { state }] of adjustments.entries()) {
    sums[state] = (sums[state] ?? 0) + (deltas[index] ?? 0);
  }
  return sums;
}

/** What the adjustments take from buyers, 0 or more: what is not on hand, or not sellable, cannot be promised. */
export function takenFromBuyers(deltas: BaseDeltas): number {
  const available =
    (deltas.onHand ?? 0) - (deltas.damaged ?? 0) - (deltas.qualityControl ?? 0) - (deltas.safetyStock ?? 0);
  return Math.max(0, -available);
}

/** Whether units come in; what an item had before it became a kit can go, and be told apart. */
export function bringsUnits({ onHand = 0 }: BaseDeltas): boolean {
  return onHand > 0;
}

/** A quantity that is set or expected is that of the whole level, which a split level has nowhere. */
export function meetsWholeLevel({ change, expected }: Adjustment): boolean {
  return change.kind === "set" || expected !== null;
}

/** Why a level in this state refuses the adjustments, or null when it does not. A missing level has zeros. */
export function adjustmentRefusal(
  { sku, locationId, adjustments }: LevelAdjustment,
  level: Pick<Level, "figures" | "cells"> & { readonly settings: Pick<LevelSettings, "isKit"> },
): Refusal | null {
  const { figures } = level;
  const isSplit = level.cells > 0;
  if (isSplit && adjustments.some(meetsWholeLevel)) {
    return { kind: "merge-first", level: { sku, locationId } };
  }
  const mismatches = adjustments.flatMap(({ state, expected }) =>
    expected === null || expected === figures[state]
      ? []
      : [{ sku, locationId, state, expected, actual: figures[state] }],
  );
  if (mismatches.length > 0) {
    return { kind: "quantity-conflict", changes: mismatches };
  }
  const deltas = deltasOf(adjustments, figures) ?? [];
  const sums = baseDeltas(adjustments, deltas);
  if (level.settings.isKit && bringsUnits(sums)) {
    return { kind: "kit-has-no-stock", level: { sku, locationId } };
  }
  const sellableLeft = figures.sellable - takenFromBuyers(sums);
  const refused = adjustments.flatMap(({ state, force }, index) => {
    const delta = deltas[index] ?? 0;
    if (figures[state] + (sums[state] ?? 0) < 0) {
      return [{ sku, locationId, state, delta, available: figures[state] }];
    }
    if (!force && takenFromBuyers(sums) > 0 && sellableLeft < 0) {
      return [{ sku, locationId, state, delta, available: Math.max(0, figures.sellable) }];
    }
    return [];
  });
  const isBeyondSplit = isSplit && takenFromBuyers(sums) > 0 && sellableLeft < 0;
  if (isSplit && (refused.length > 0 || isBeyondSplit)) {
    // The units may be in the cells.
    return { kind: "merge-first", level: { sku, locationId } };
  }
  return refused.length > 0 ? { kind: "would-oversell", changes: refused } : null;
}

/** Several refusals as one answer: all of the first one's kind, so that everything of that kind is told at once. */
export function mergeRefusals(first: Refusal, others: readonly Refusal[]): Refusal {
  switch (first.kind) {
    case "would-oversell":
      return {
        ...first,
        changes: [first, ...others].flatMap((other) => (other.kind === "would-oversell" ? other.changes : [])),
      };
    case "quantity-conflict":
      return {
        ...first,
        changes: [first, ...others].flatMap((other) => (other.kind === "quantity-conflict" ? other.changes : [])),
      };
    case "unknown-sku":
      return {
        ...first,
        skus: unique([first, ...others].flatMap((other) => (other.kind === "unknown-sku" ? other.skus : []))),
      };
    case "unknown-location":
      return {
        ...first,
        locationIds: unique(
          [first, ...others].flatMap((other) => (other.kind === "unknown-location" ? other.locationIds : [])),
        ),
      };
    default:
      return first;
  }
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
