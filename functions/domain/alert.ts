/** Alerts on the crossing of a stock threshold: one alert a crossing, re-armed only by going back above. */
import type { Level } from "./level.ts";
import type { LevelChange } from "./movement.ts";

export const alertTypes = ["low_stock", "out_of_stock", "back_in_stock", "oversold"] as const;
export type AlertType = (typeof alertTypes)[number];
export type AlertStatus = "open" | "resolved";

export interface Alert {
  /** Made of type, level and version, so that the same crossing always has the same id. */
  readonly alertId: string;
  readonly type: AlertType;
  readonly sku: string;
  readonly locationId: string;
  readonly status: AlertStatus;
  /** The level's version at which the crossing happened. */
  readonly version: number;
  /** What a new buyer could have after the crossing. */
  readonly available: number;
  /** Null for the types that have none. */
  readonly threshold: number | null;
  readonly raisedAtMs: number;
  readonly resolvedAtMs: number | null;
}

/** What one write of a level did to one condition that is watched. */
export interface Crossing {
  readonly condition: "low_stock" | "out_of_stock" | "oversold";
  /** True when the condition begins with this write, false when it ends. */
  readonly begins: boolean;
}

function isLow(level: Level): boolean {
  const threshold = level.settings.lowStockThreshold;
  return threshold !== null && level.figures.sellable <= threshold;
}

/**
 * The crossings in one write, read from its old and new image alone. A level that has just been created
 * has crossed nothing: stock that was never there cannot run low.
 */
export function crossingsIn({ before, after }: LevelChange): readonly Crossing[] {
  if (before === null) {
    return [];
  }
  const conditions = [
    ["low_stock", isLow(before), isLow(after)],
    ["out_of_stock", before.figures.sellable <= 0, after.figures.sellable <= 0],
    ["oversold", before.figures.available < 0, after.figures.available < 0],
  ] as const;
  return conditions.filter(([, was, is]) => was !== is).map(([condition, , is]) => ({ condition, begins: is }));
}

function alertOf(type: AlertType, { after }: LevelChange, status: AlertStatus): Alert {
  const { sku, locationId, version, figures, settings, lastChange } = after;
  return {
    alertId: `${type}#${sku}#${locationId}#${version}`,
    type,
    sku,
    locationId,
    status,
    version,
    available: type === "oversold" ? figures.available : figures.sellable,
    threshold: type === "low_stock" ? settings.lowStockThreshold : null,
    raisedAtMs: lastChange.atMs,
    resolvedAtMs: status === "resolved" ? lastChange.atMs : null,
  };
}

/** The alerts that one write of a level raises. That stock is back is news and not a condition: it needs no end. */
export function alertsRaisedBy(change: LevelChange): readonly Alert[] {
  return crossingsIn(change).flatMap(({ condition, begins }) => {
    if (begins) {
      return [alertOf(condition, change, "open")];
    }
    return condition === "out_of_stock" ? [alertOf("back_in_stock", change, "resolved")] : [];
  });
}
