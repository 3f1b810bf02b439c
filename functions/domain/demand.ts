/** What is wanted of a SKU, and what is known of where it is. */

/** Units of a SKU that has stock, wanted for one line. */
export interface Demand {
  /** Which line of the request it belongs to. */
  readonly line: number;
  readonly sku: string;
  readonly quantity: number;
  /** Null: the service chooses. */
  readonly locationId: string | null;
}

/** More than any level holds: what is not known may be there. */
export const unknownQuantity = Number.MAX_SAFE_INTEGER;

/** What is known of one level. */
export interface KnownLevel {
  readonly locationId: string;
  /** What a new buyer can have from stock, never below 0. */
  readonly free: number;
  /** What may be promised beyond it, never below 0. */
  readonly headroom: number;
}
