import type { KnownStock, Place } from "../domain/allocation.ts";
import { type Component, type Item, isKit, type Location, levelSettingsOf } from "../domain/catalogue.ts";
import { type KnownLevel, unknownQuantity } from "../domain/demand.ts";
import {
  earliestOf,
  isPreorder,
  type Level,
  type LevelKey,
  type LevelSettings,
  type PurchaseLimit,
  stillExpectedAt,
} from "../domain/level.ts";
import type { SkuSummary } from "../domain/summary.ts";

/** What is known of one level. */
interface Knowledge extends KnownLevel {
  /** Null when only a summary is known: then the level is taken to be plain. */
  readonly settings: LevelSettings | null;
  readonly isSplit: boolean;
  /** There is no such level; a promise beyond the stock makes it, from this item. */
  readonly madeFrom: Item | null;
}

/**
 * What one request knows of the stock so far. It begins with summaries that may be seconds old, or with
 * nothing, and learns from the images that refused writes bring back and from consistent reads.
 * Only what was *verified* since the last try may be the ground for a refusal.
 */
export class StockPicture {
  private locations: ReadonlyMap<string, Location>;
  private readonly nowMs: number;
  private readonly stock = new Map<string, Map<string, Knowledge>>();
  private readonly items = new Map<string, Item | null>();
  private readonly limits = new Map<string, PurchaseLimit>();
  /** SKUs of which a summary says that they are kits. */
  private readonly mayBeKits = new Set<string>();
  private readonly verifiedLevels = new Set<string>();
  private readonly verifiedSkus = new Set<string>();

  constructor(locations: ReadonlyMap<string, Location>, nowMs: number) {
    this.locations = locations;
    this.nowMs = nowMs;
  }

  learnLocations(locations: ReadonlyMap<string, Location>): void {
    this.locations = locations;
  }

  /** The locations that hold stock of what is asked for. */
  locationIds(): Iterable<string> {
    return new Set([...this.stock.values()].flatMap((levels) => [...levels.keys()]));
  }

  learnSummary({ sku, item, locations }: SkuSummary): void {
    if (item !== null && item.components.length > 0) {
      this.mayBeKits.add(sku);
      return;
    }
    for (const { locationId, sellable } of locations) {
      const free = item?.active === false ? 0 : Math.max(0, sellable);
      this.note({ sku, locationId }, { free, headroom: 0, settings: null, isSplit: false, madeFrom: null });
    }
  }

  /** The level as a refused write met it, in the very moment of the refusal. */
  learnRefusal(level: Level): void {
    this.noteLevel(level);
    // One that is split or a kit says where to look, and not that there is nothing.
    if (level.cells === 0 && !level.settings.isKit) {
      this.verifiedLevels.add(levelName(level));
    }
  }

  /** A write found no such level: there is nothing, but the item may allow a promise. */
  learnMissing(key: LevelKey): void {
    this.note(key, { free: 0, headroom: 0, settings: null, isSplit: false, madeFrom: null });
  }

  /** A split level: what it holds is `free`, which is proven when `isProven`. */
  learnSplit(level: Level, free: number, isProven: boolean): void {
    this.note(level, { free, headroom: 0, settings: level.settings, isSplit: true, madeFrom: null });
    if (isProven) {
      this.verifiedLevels.add(levelName(level));
    }
  }

  /** An item and all of its levels, read consistently; a location that a line names and that has no level has nothing. */
  learnSku(sku: string, item: Item | null, levels: readonly Level[], namedLocations: readonly string[]): void {
    this.items.set(sku, item);
    this.stock.delete(sku);
    this.verifiedSkus.add(sku);
    if (item?.purchaseLimit != null) {
      this.limits.set(sku, item.purchaseLimit);
    }
    const headroom = item === null || !item.active || isKit(item) ? 0 : levelSettingsOf(item).backorderLimit;
    for (const locationId of namedLocations) {
      this.learnMissing({ sku, locationId });
    }
    for (const locationId of headroom > 0 ? this.locations.keys() : []) {
      this.note({ sku, locationId }, { free: 0, headroom, settings: null, isSplit: false, madeFrom: item });
    }
    for (const level of levels) {
      this.noteLevel(level);
    }
  }

  /** A location that is out of use has nothing for a new buyer: a line that names it needs no write to learn so. */
  learnNamed(key: LevelKey): void {
    if (this.isInactive(key.locationId)) {
      this.learnMissing(key);
      this.verifiedLevels.add(levelName(key));
    }
  }

  /** Stock moves on: what was known before the next try proves nothing after it. */
  forgetProofs(): void {
    this.verifiedLevels.clear();
    this.verifiedSkus.clear();
  }

  isVerified(sku: string, locationId: string | null): boolean {
    return (
      this.verifiedSkus.has(sku) || (locationId !== null && this.verifiedLevels.has(levelName({ sku, locationId })))
    );
  }

  /** What a kit is made of; null for a SKU with stock of its own, as far as is known. */
  componentsOf(sku: string): readonly Component[] | null {
    const item = this.items.get(sku);
    return item != null && isKit(item) ? item.components : null;
  }

  /** Whether a summary says that it is a kit, and the item itself was not read yet. */
  mustReadKit(sku: string): boolean {
    return this.mayBeKits.has(sku) && !this.items.has(sku);
  }

  /** Whether the item was looked for. */
  hasRead(sku: string): boolean {
    return this.items.has(sku);
  }

  /** Whether the item, or one of its levels, was met. */
  hasSeen(sku: string): boolean {
    return this.items.has(sku) || [...(this.stock.get(sku)?.values() ?? [])].some(({ settings }) => settings !== null);
  }

  /** True for a SKU that was looked for and is not there. */
  isUnknownSku(sku: string): boolean {
    return this.items.get(sku) === null;
  }

  /** A kit that is archived, or not on sale yet, takes no new reservations; levels refuse by themselves. */
  isKitOffSale(sku: string): boolean {
    const item = this.items.get(sku);
    return item != null && isKit(item) && (!item.active || isPreorder(item, this.nowMs));
  }

  /** The day before which nothing of a kit is sold; null when there is none, or it has come. */
  dayOfKit(sku: string): string | null {
    const item = this.items.get(sku);
    return item != null && isKit(item) && isPreorder(item, this.nowMs) ? item.availableFrom : null;
  }

  knownLimits(): ReadonlyMap<string, PurchaseLimit> {
    return this.limits;
  }

  settingsOf(key: LevelKey): LevelSettings | null {
    const known = this.stock.get(key.sku)?.get(key.locationId);
    return known?.settings ?? (known?.madeFrom == null ? null : levelSettingsOf(known.madeFrom));
  }

  isSplit(key: LevelKey): boolean {
    return this.stock.get(key.sku)?.get(key.locationId)?.isSplit ?? false;
  }

  /** The split levels of a SKU of which nobody has seen what their cells have together. */
  uncountedLevels(sku: string): readonly LevelKey[] {
    return [...(this.stock.get(sku)?.values() ?? [])]
      .filter(({ locationId, isSplit, free }) => isSplit && free === unknownQuantity && !this.isInactive(locationId))
      .map(({ locationId }) => ({ sku, locationId }));
  }

  /** The item from which a level is made that is not there; null when it is. */
  itemForNewLevel(key: LevelKey): Item | null {
    return this.stock.get(key.sku)?.get(key.locationId)?.madeFrom ?? null;
  }

  /** When missing units of a SKU are expected, as far as is known; at one location, or first of all anywhere. */
  expectedAt(sku: string, locationId: string | null): string | null {
    const item = this.items.get(sku);
    const levels = [...(this.stock.get(sku) ?? [])]
      .filter(([at]) => locationId === null || at === locationId)
      .flatMap(([, { settings }]) => (settings === null ? [] : [stillExpectedAt(settings, this.nowMs)]));
    return earliestOf(levels) ?? (item == null ? null : stillExpectedAt(item, this.nowMs));
  }

  known(): KnownStock {
    return new Map(
      [...this.stock].map(([sku, levels]) => [
        sku,
        [...levels].map(([locationId, { free, headroom }]) =>
          this.isInactive(locationId) ? { locationId, free: 0, headroom: 0 } : { locationId, free, headroom },
        ),
      ]),
    );
  }

  places(): ReadonlyMap<string, Place> {
    return new Map(
      [...this.locations].map(([locationId, { priority, latitude, longitude }]) => [
        locationId,
        {
          priority,
          coordinates: latitude === null || longitude === null ? null : { latitude, longitude },
        },
      ]),
    );
  }

  private noteLevel(level: Level): void {
    const { figures, settings, cells } = level;
    const isForSale = settings.active && !settings.isKit;
    const isSplit = cells > 0;
    this.note(level, {
      free:
        !isForSale || isPreorder(settings, this.nowMs) ? 0 : isSplit ? unknownQuantity : Math.max(0, figures.sellable),
      headroom: isForSale && !isSplit ? Math.max(0, figures.headroom) : 0,
      settings,
      isSplit,
      madeFrom: null,
    });
    if (settings.purchaseLimit === null) {
      this.limits.delete(level.sku);
    } else {
      this.limits.set(level.sku, settings.purchaseLimit);
    }
  }

  private note({ sku, locationId }: LevelKey, knowledge: Omit<Knowledge, "locationId">): void {
    const levels = this.stock.get(sku) ?? new Map<string, Knowledge>();
    levels.set(locationId, { locationId, ...knowledge });
    this.stock.set(sku, levels);
  }

  private isInactive(locationId: string): boolean {
    return this.locations.get(locationId)?.active === false;
  }
}

function levelName({ sku, locationId }: LevelKey): string {
  return `${sku}#${locationId}`;
}
