/** Alerts on the crossing of a stock threshold: one alert a crossing, re-armed only by going back above. */
import { expectedAt, type Figures, type Level } from "./level.ts";
import type { LevelChange } from "./movement.ts";

export const alertTypes = [
  "low_stock",
  "out_of_stock",
  "back_in_stock",
  "oversold",
  "backorder_allocated",
  "promise_slipped",
] as const;
export type AlertType = (typeof alertTypes)[number];
export type AlertStatus = "open" | "resolved";

/**
 * A moment in the life of a level, in an order that no clock decides. The epoch grows by 1 when the level is
 * split and when it is merged; within an epoch the version of a whole level counts, and of a split one, which
 * has no version of its sum, the number of times that it was found to have crossed.
 */
export interface AlertMoment {
  readonly epoch: number;
  readonly version: number;
}

export interface Alert extends AlertMoment {
  /** Made of type, level and moment, so that the same crossing always has the same id. */
  readonly alertId: string;
  readonly type: AlertType;
  readonly sku: string;
  readonly locationId: string;
  readonly status: AlertStatus;
  /** What a new buyer could have after the crossing. */
  readonly available: number;
  /** Null for the types that have none. */
  readonly threshold: number | null;
  readonly raisedAtMs: number;
  readonly resolvedAtMs: number | null;
  /** Raised by whoever judged the level as it was, and not by the message of a write, which tells of it itself. */
  readonly isJudged: boolean;
}

/** The conditions that are watched, and end by themselves. */
export const watchedConditions = ["low_stock", "out_of_stock", "oversold"] as const;
export type WatchedCondition = (typeof watchedConditions)[number];

/** What one write of a level did to one condition that is watched. */
export interface Crossing {
  readonly condition: WatchedCondition;
  /** True when the condition begins with this write, false when it ends. */
  readonly begins: boolean;
}

export function epochOf({ generation, cells }: Pick<Level, "generation" | "cells">): number {
  return cells > 0 ? 2 * generation - 1 : 2 * generation;
}

/** Whether a condition holds, by the figures of the whole level. */
export function holds(
  condition: WatchedCondition,
  { sellable, available }: Figures,
  threshold: number | null,
): boolean {
  switch (condition) {
    case "low_stock":
      return threshold !== null && sellable <= threshold;
    case "out_of_stock":
      return sellable <= 0;
    case "oversold":
      return available < 0;
  }
}

/**
 * The crossings in one write, read from its old and new image alone. Of a level that has just been created only force
 * is told: stock that was never there cannot run low, but more of it than there is can be set aside. The image of a
 * split level does not have its sum, and so tells nothing.
 */
export function crossingsIn({ before, after }: LevelChange): readonly Crossing[] {
  if ((before?.cells ?? 0) > 0 || after.cells > 0) {
    return [];
  }
  if (before === null) {
    return holds("oversold", after.figures, null) ? [{ condition: "oversold", begins: true }] : [];
  }
  const isTrue = (condition: WatchedCondition, { figures, settings }: Level): boolean =>
    holds(condition, figures, settings.lowStockThreshold);
  return watchedConditions
    .filter((condition) => isTrue(condition, before) !== isTrue(condition, after))
    .map((condition) => ({ condition, begins: isTrue(condition, after) }));
}

/** An alert as it is raised. What is news and no condition needs no end. */
export function alertOf(
  type: AlertType,
  level: Level,
  at: AlertMoment & { readonly figures: Figures; readonly atMs: number; readonly isJudged?: boolean },
): Alert {
  const { sku, locationId, settings } = level;
  const { epoch, version, figures, atMs, isJudged = false } = at;
  const isCondition = watchedConditions.some((condition) => condition === type);
  return {
    alertId: `${type}#${sku}#${locationId}#${epoch === 0 ? version : `${epoch}.${version}`}`,
    type,
    sku,
    locationId,
    status: isCondition ? "open" : "resolved",
    epoch,
    version,
    available: type === "oversold" ? figures.available : figures.sellable,
    threshold: type === "low_stock" ? settings.lowStockThreshold : null,
    raisedAtMs: atMs,
    resolvedAtMs: isCondition ? null : atMs,
    isJudged,
  };
}

/** Those who wait were promised an earlier date than there is now. */
function hasSlipped({ before, after }: LevelChange): boolean {
  const [promised, expected] = [before === null ? null : expectedAt(before.settings), expectedAt(after.settings)];
  return (
    after.figures.backordered > 0 &&
    promised !== null &&
    expected !== null &&
    Date.parse(expected) > Date.parse(promised)
  );
}

/** The alerts that one write of a level raises. */
export function alertsRaisedBy(change: LevelChange): readonly Alert[] {
  const { after } = change;
  const types = crossingsIn(change).flatMap(({ condition, begins }): AlertType[] => {
    if (begins) {
      return [condition];
    }
    return condition === "out_of_stock" ? ["back_in_stock"] : [];
  });
  if (after.lastChange.type === "allocated") {
    types.push("backorder_allocated");
  }
  if (hasSlipped(change)) {
    types.push("promise_slipped");
  }
  const at = { epoch: epochOf(after), version: after.version, figures: after.figures, atMs: after.lastChange.atMs };
  return types.map((type) => alertOf(type, after, at));
}
