/**
 * Availability of a SKU over its locations, kept in the views table: derived, seconds behind the truth.
 */

export interface LocationSummary {
  readonly locationId: string;
  /** The level's version that this was read from; a newer one replaces it. */
  readonly version: number;
  readonly sellable: number;
  readonly headroom: number;
}

export interface SkuSummary {
  readonly sku: string;
  /** Null when levels were seen before the item itself. */
  readonly item: { readonly revision: number; readonly active: boolean; readonly restockAt: string | null } | null;
  readonly locations: readonly LocationSummary[];
  /** When the latest change seen here was made, in milliseconds. */
  readonly asOfMs: number;
}
