/**
 * Availability of a SKU over its locations, kept in the views table: derived, seconds behind the truth.
 */
import type { Component } from "./catalogue.ts";

export interface LocationSummary {
  readonly locationId: string;
  /** The level's version that this was read from; a newer one replaces it. */
  readonly version: number;
  readonly sellable: number;
  readonly headroom: number;
  /** When new stock is expected there. */
  readonly restockAt: string | null;
}

/** What buyers must know of an item. */
export interface SummarisedItem {
  readonly revision: number;
  readonly active: boolean;
  readonly restockAt: string | null;
  readonly availableFrom: string | null;
  /** How many units may be promised beyond the stock at a location that has no level yet. */
  readonly backorderLimit: number;
  /** Empty unless it is a kit. */
  readonly components: readonly Component[];
}

export interface SkuSummary {
  readonly sku: string;
  /** Null when levels were seen before the item itself. */
  readonly item: SummarisedItem | null;
  readonly locations: readonly LocationSummary[];
  /** When the latest change seen here was made, in milliseconds. */
  readonly asOfMs: number;
}
