/**
 * A level is the stock of one SKU at one location: the unit of every conditional write, unless it is split into
 * cells, which then are.
 *
 * `available = onHand − reserved − damaged − qualityControl − safetyStock` and
 * `sellable = available − backordered` are stored figures, because a DynamoDB condition cannot do arithmetic.
 * Every write therefore goes through {@link figureDeltas}, which keeps them true.
 */

export interface LevelKey {
  readonly sku: string;
  readonly locationId: string;
}

/** One part of a level that is split. A later split of the same level has another generation. */
export interface CellId {
  /** From 1. */
  readonly generation: number;
  /** From 1 to the number of cells. */
  readonly index: number;
}

/** What one conditional write changes: a level itself, or one cell of it. */
export interface StockKey extends LevelKey {
  /** Null for the level itself, which goes on holding units while it is split. */
  readonly cell: CellId | null;
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
  "backordered",
  "allocated",
  "released",
  "expired",
  "reacquired",
  "fulfilled",
  "returned",
  "split",
  "merged",
  "restored",
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

/** A change that no reservation and no adjustment is the cause of. */
export function plainChange(type: MovementType, actor: string, atMs: number): LastChange {
  return { type, reason: null, reference: null, actor, reservationId: null, reservationUid: null, atMs };
}

/** How much one customer may take. */
export interface PurchaseLimit {
  readonly quantity: number;
  /** The limit counts anew in each window of so many days; null for a limit once and for all. */
  readonly windowDays: number | null;
}

/** As good as no limit: the largest quantity that a request can name. */
export const unlimitedBackorders = 2_147_483_647;

/** What a write of a level must check or carry without reading the item. */
export interface LevelSettings {
  /** False for an archived item: the level takes no new reservations. */
  readonly active: boolean;
  readonly lowStockThreshold: number | null;
  /** How many units may be promised beyond the stock; 0 under the policy `deny`. */
  readonly backorderLimit: number;
  /** When new stock is expected, ISO 8601 in UTC. */
  readonly restockAt: string | null;
  /** Before this time the item is sold against its headroom only; ISO 8601 in UTC. */
  readonly availableFrom: string | null;
  readonly purchaseLimit: PurchaseLimit | null;
  /** The item is made of components: this level takes no new reservations, those of the components do. */
  readonly isKit: boolean;
}

/** Settings that a merchant may set for one location alone; then the item's own does not hold there. */
export const overridableSettings = ["lowStockThreshold", "backorderLimit", "restockAt"] as const;
export type OverridableSetting = (typeof overridableSettings)[number];

/** What every unit of conditional writing has. */
interface StockRecordBase extends LevelKey {
  readonly figures: Figures;
  /** +1 with every write: dense, so that a missing movement shows as a gap. */
  readonly version: number;
  readonly lastChange: LastChange;
}

export interface Level extends StockRecordBase {
  readonly cell: null;
  /** +1 when a setting of this level changes: the level's ETag. */
  readonly settingsRevision: number;
  /** The item's settings revision that was copied here last. */
  readonly itemSettingsRevision: number;
  /** In force here: the item's, except for those that are overridden. */
  readonly settings: LevelSettings;
  readonly overrides: readonly OverridableSetting[];
  /** The generation of the latest split; 0 when there was none. */
  readonly generation: number;
  /** How many cells the level is split into; 0 when it is not. */
  readonly cells: number;
}

export interface Cell extends StockRecordBase {
  readonly cell: CellId;
  /** Its units have gone back to the level, and what rested on it rests there. */
  readonly isMerged: boolean;
}

export type StockRecord = Level | Cell;

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
  const changed: Partial<Record<Figure, number>> = {};
  for (const name of figureNames) {
    if (all[name] !== 0) {
      changed[name] = all[name];
    }
  }
  return changed;
}

/** The figures of a level that has just been created by the given change. */
export function initialFigures(base: BaseDeltas, backorderLimit = 0): Figures {
  const deltas = figureDeltas(base);
  const figures = {} as Record<Figure, number>;
  for (const name of figureNames) {
    figures[name] = deltas[name] ?? 0;
  }
  figures.headroom += backorderLimit;
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

/** The figures of a split level: what it holds itself and what its cells hold. */
export function sumOfFigures(parts: Iterable<Figures>): Figures {
  const sum = { ...initialFigures({}) } as Record<Figure, number>;
  for (const figures of parts) {
    for (const name of figureNames) {
      sum[name] += figures[name];
    }
  }
  return sum;
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

/** The settings that hold at one location: the item's, except for those that it has overridden. */
export function effectiveSettings(item: LevelSettings, { settings, overrides }: Pick<Level, "settings" | "overrides">) {
  const own = Object.fromEntries(overrides.map((name) => [name, settings[name]]));
  return { ...item, ...own } satisfies LevelSettings;
}

/** Until `availableFrom` the stock that is there is not for sale. */
export function isPreorder({ availableFrom }: Pick<LevelSettings, "availableFrom">, nowMs: number): boolean {
  return availableFrom !== null && Date.parse(availableFrom) > nowMs;
}

/** When missing units are expected: not before the item is available at all. */
export function expectedAt({
  restockAt,
  availableFrom,
}: Pick<LevelSettings, "restockAt" | "availableFrom">): string | null {
  if (restockAt === null || availableFrom === null) {
    return restockAt ?? availableFrom;
  }
  return Date.parse(restockAt) > Date.parse(availableFrom) ? restockAt : availableFrom;
}

/** The same for whoever asks now: a day from which the item is on sale already says nothing of units to come. */
export function stillExpectedAt(
  settings: Pick<LevelSettings, "restockAt" | "availableFrom">,
  nowMs: number,
): string | null {
  return isPreorder(settings, nowMs) ? expectedAt(settings) : settings.restockAt;
}

/** When the last of several is there; null where it is not known of one of them. */
export function lastOf(times: readonly (string | null)[]): string | null {
  const known = inOrder(times);
  return known.length === times.length ? (known.at(-1) ?? null) : null;
}

/** The earliest of the times that there are. */
export function earliestOf(times: readonly (string | null)[]): string | null {
  return inOrder(times)[0] ?? null;
}

function inOrder(times: readonly (string | null)[]): readonly string[] {
  return times.filter((time) => time !== null).sort((a, b) => Date.parse(a) - Date.parse(b));
}

/** A level, or a cell of it, as text: equal keys give equal text, and no two keys give the same. */
export function stockName({ sku, locationId, cell }: StockKey): string {
  return cell === null ? `${sku}#${locationId}` : `${sku}#${locationId}#${cell.generation}#${cell.index}`;
}
