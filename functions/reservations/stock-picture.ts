import type { FreeStock, KnownStock } from "../domain/allocation.ts";
import type { Location } from "../domain/catalogue.ts";
import type { Level, LevelKey } from "../domain/level.ts";
import type { SkuSummary } from "../domain/summary.ts";

/** What a new buyer can have of a level: what is owed to others is not his, and an archived item has nothing. */
function freeAt(level: Level): number {
  return level.settings.active ? Math.max(0, level.figures.sellable) : 0;
}

/**
 * What one request knows of the stock so far. It begins with summaries that may be seconds old, or with
 * nothing, and learns from the images that refused writes bring back and from consistent reads.
 * Only what was *verified* since the last try may be the ground for a refusal.
 */
export class StockPicture {
  private locations: ReadonlyMap<string, Location>;
  private readonly free = new Map<string, Map<string, number>>();
  private readonly verifiedLevels = new Set<string>();
  private readonly verifiedSkus = new Set<string>();

  constructor(locations: ReadonlyMap<string, Location>) {
    this.locations = locations;
  }

  learnLocations(locations: ReadonlyMap<string, Location>): void {
    this.locations = locations;
  }

  /** The locations that hold stock of what is asked for. */
  locationIds(): Iterable<string> {
    return new Set([...this.free.values()].flatMap((levels) => [...levels.keys()]));
  }

  learnSummary(summary: SkuSummary): void {
    for (const { locationId, sellable } of summary.locations) {
      this.note({ sku: summary.sku, locationId }, summary.item?.active === false ? 0 : sellable);
    }
  }

  /** The level as a refused write met it, in the very moment of the refusal; null where there is none. */
  learnRefusal(key: LevelKey, level: Level | null): void {
    this.note(key, level === null ? 0 : freeAt(level));
    this.verifiedLevels.add(levelName(key));
  }

  /** All levels of a SKU, read consistently; a location that a line names and that has no level has nothing. */
  learnLevels(sku: string, levels: readonly Level[], namedLocations: readonly string[]): void {
    this.free.delete(sku);
    for (const locationId of namedLocations) {
      this.note({ sku, locationId }, 0);
    }
    for (const level of levels) {
      this.note(level, freeAt(level));
    }
    this.verifiedSkus.add(sku);
  }

  /** A location that is out of use has nothing for a new buyer: a line that names it needs no write to learn so. */
  learnNamed(key: LevelKey): void {
    if (this.isInactive(key.locationId)) {
      this.note(key, 0);
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

  /** In order of preference: the location's priority, then its id. */
  known(): KnownStock {
    const known = new Map<string, readonly FreeStock[]>();
    for (const [sku, levels] of this.free) {
      known.set(
        sku,
        [...levels]
          .map(([locationId, free]) => ({ locationId, free: this.isInactive(locationId) ? 0 : free }))
          .sort(
            (a, b) => this.priority(a.locationId) - this.priority(b.locationId) || compare(a.locationId, b.locationId),
          ),
      );
    }
    return known;
  }

  private note({ sku, locationId }: LevelKey, free: number): void {
    const levels = this.free.get(sku) ?? new Map<string, number>();
    levels.set(locationId, Math.max(0, free));
    this.free.set(sku, levels);
  }

  private isInactive(locationId: string): boolean {
    return this.locations.get(locationId)?.active === false;
  }

  private priority(locationId: string): number {
    return this.locations.get(locationId)?.priority ?? Number.MAX_SAFE_INTEGER;
  }
}

function levelName({ sku, locationId }: LevelKey): string {
  return `${sku}#${locationId}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
