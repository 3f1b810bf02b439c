/** Items (what is sold) and locations (where stock is kept), as merchants describe them. */
import type { LevelSettings } from "./level.ts";

/** What a merchant writes about an item. */
export interface ItemDescription {
  readonly name: string;
  readonly restockAt: string | null;
  readonly lowStockThreshold: number | null;
  readonly externalSku: string | null;
  readonly barcode: string | null;
  /** False: archived, takes no new reservations. */
  readonly active: boolean;
}

export interface Item extends ItemDescription {
  readonly sku: string;
  /** +1 with every change: the item's ETag. */
  readonly revision: number;
  /** +1 when a setting that levels copy changes. */
  readonly settingsRevision: number;
  readonly updatedAtMs: number;
  /** The token's subject of the latest change. */
  readonly actor: string;
}

export interface LocationDescription {
  readonly name: string;
  /** Smaller is served first; equal ones in order of their ids. */
  readonly priority: number;
  /** False: takes no new reservations and keeps its promises. */
  readonly active: boolean;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface Location extends LocationDescription {
  readonly locationId: string;
  /** +1 with every change: the location's ETag. */
  readonly revision: number;
  readonly updatedAtMs: number;
  /** The token's subject of the latest change. */
  readonly actor: string;
}

/** The part of an item that is copied to each of its levels. */
export function levelSettingsOf(item: ItemDescription): LevelSettings {
  return { active: item.active, lowStockThreshold: item.lowStockThreshold };
}
