/**
 * A level is the stock of one SKU at one location: the unit of every conditional write.
 *
 * `available = onHand − reserved − damaged − qualityControl − safetyStock` and
 * `sellable = available − backordered` are stored figures, because a DynamoDB condition cannot do arithmetic.
 * Every write therefore goes through {@link figureDeltas}, which keeps them true.
 */

export interface LevelKey {
  readonly sku: string;
  readonly locationId: string;
}

/** The figures that a command may change; all in whole units. */
export const baseFigureNames = [
  "onHand",
  "reserved",
  "damaged",
  "qualityControl",
  "safetyStock",
  "incoming",
  "backordered",
] as const;
export type BaseFigure = (typeof baseFigureNames)[number];

/** Every numeric figure of a level, the derived ones included. */
export const figureNames = [
  "onHand",
  "reserved",
  "available",
  "damaged",
  "qualityControl",
  "safetyStock",
  "incoming",
  "backordered",
  "sellable",
  "headroom",
] as const;
export type Figure = (typeof figureNames)[number];
export type Figures = Readonly<Record<Figure, number>>;

/** A quantity that an adjustment may address: units on hand, or the units of it that may not be sold. */
export const stockStates = ["onHand", "damaged", "qualityControl", "safetyStock"] as const;
export type StockState = (typeof stockStates)[number];

export const movementTypes = [
  "received",
  "adjusted",
  "moved",
  "configured",
  "reserved",
  "released",
  "expired",
  "reacquired",
  "fulfilled",
] as const;
export type MovementType = (typeof movementTypes)[number];

export const adjustmentReasons = [
  "received",
  "correction",
  "cycle_count",
  "damaged",
  "shrinkage",
  "promotion",
  "return",
  "transfer",
  "quality_control",
  "other",
] as const;
export type AdjustmentReason = (typeof adjustmentReasons)[number];

/** What the latest write of a level was; the audit trail is made of these. */
export interface LastChange {
  readonly type: MovementType;
  /** An adjustment's reason, or the code that a caller gave for a release; at most 32 characters. */
  readonly reason: string | null;
  /** The caller's own reference, at most 128 characters. */
  readonly reference: string | null;
  /** The token's subject, at most 64 characters. */
  readonly actor: string;
  readonly reservationId: string | null;
  /** Names the incarnation of the reservation id. */
  readonly reservationUid: string | null;
  readonly atMs: number;
}

/** What a write of a level must check or carry without reading the item. */
export interface LevelSettings {
  /** False for an archived item: the level takes no new reservations. */
  readonly active: boolean;
  readonly lowStockThreshold: number | null;
}

/** What a merchant set for this location alone; it wins over the item's own setting. */
export interface LevelOverrides {
  /** Absent: the item's threshold holds. Null: no threshold here. */
  readonly lowStockThreshold?: number | null;
}

export interface Level extends LevelKey {
  readonly figures: Figures;
  /** +1 with every write: dense, so that a missing movement shows as a gap. */
  readonly version: number;
  /** +1 when a setting of this level changes: the level's ETag. */
  readonly settingsRevision: number;
  /** The item's settings revision that was copied here last. */
  readonly itemSettingsRevision: number;
  readonly settings: LevelSettings;
  readonly overrides: LevelOverrides;
  readonly lastChange: LastChange;
}

export type BaseDeltas = Readonly<Partial<Record<BaseFigure, number>>>;
export type FigureDeltas = Readonly<Partial<Record<Figure, number>>>;

/** Completes a change of base figures with what it does to the derived ones; zero deltas are left out. */
export function figureDeltas(base: BaseDeltas): FigureDeltas {
  const delta = (name: BaseFigure): number => base[name] ?? 0;
  const available =
    delta("onHand") - delta("reserved") - delta("damaged") - delta("qualityControl") - delta("safetyStock");
  const all: Record<Figure, number> = {
    onHand: delta("onHand"),
    reserved: delta("reserved"),
    available,
    damaged: delta("damaged"),
    qualityControl: delta("qualityControl"),
    safetyStock: delta("safetyStock"),
    incoming: delta("incoming"),
    backordered: delta("backordered"),
    sellable: available - delta("backordered"),
    headroom: -delta("backordered"),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0));
}

/** The figures of a level that has just been created by the given change. */
export function initialFigures(base: BaseDeltas): Figures {
  const deltas = figureDeltas(base);
  const figures = {} as Record<Figure, number>;
  for (const name of figureNames) {
    figures[name] = deltas[name] ?? 0;
  }
  return figures;
}

/** What a change did, figure by figure; a level that did not exist counts as zeros. */
export function differences(before: Figures | null, after: Figures): FigureDeltas {
  const changes: Partial<Record<Figure, number>> = {};
  for (const name of figureNames) {
    const change = after[name] - (before?.[name] ?? 0);
    if (change !== 0) {
      changes[name] = change;
    }
  }
  return changes;
}

/** Invariant 1 of a level; the names of the figures that break it. */
export function brokenFigures(figures: Figures): readonly Figure[] {
  const broken: Figure[] = [];
  const available = figures.onHand - figures.reserved - figures.damaged - figures.qualityControl - figures.safetyStock;
  if (figures.available !== available) {
    broken.push("available");
  }
  if (figures.sellable !== figures.available - figures.backordered) {
    broken.push("sellable");
  }
  for (const name of baseFigureNames) {
    if (figures[name] < 0) {
      broken.push(name);
    }
  }
  return broken;
}

/** The settings that hold at one location: the item's, unless overridden there. */
export function effectiveSettings(item: LevelSettings, overrides: LevelOverrides): LevelSettings {
  return {
    active: item.active,
    lowStockThreshold: overrides.lowStockThreshold === undefined ? item.lowStockThreshold : overrides.lowStockThreshold,
  };
}
