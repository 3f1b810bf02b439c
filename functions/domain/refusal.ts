/**
 * The three ways in which a command can end, kept apart: it is done, it is refused by a rule (a value, turned
 * into an HTTP answer in one place only), or contention lasted past the time budget. Defects throw.
 */
import type { LevelKey, StockState } from "./level.ts";
import type { ReservationStatus } from "./reservation.ts";

export interface ShortLine {
  readonly sku: string;
  /** Null for a line whose location the service chooses. */
  readonly locationId: string | null;
  readonly requested: number;
  /** What a new buyer can have there, never below 0. */
  readonly available: number;
  /** Headroom for backorders, never below 0. */
  readonly backorderable: number;
  readonly restockAt: string | null;
}

export interface RefusedDecrease {
  readonly sku: string;
  readonly locationId: string;
  readonly state: StockState;
  /** The change that was asked for; below 0 takes units away. */
  readonly delta: number;
  /** What may be taken away at most without `force`; with `force`, the quantity itself. */
  readonly available: number;
}

export interface QuantityMismatch {
  readonly sku: string;
  readonly locationId: string;
  readonly state: StockState;
  readonly expected: number;
  readonly actual: number;
}

export interface ExceededLimit {
  readonly sku: string;
  readonly limit: number;
  /** What the customer had taken before, in the window that counts. */
  readonly alreadyTaken: number;
  readonly requested: number;
}

export type Refusal =
  | { readonly kind: "not-found"; readonly resource: "reservation" | "level" | "item" | "location" }
  | { readonly kind: "unknown-sku"; readonly skus: readonly string[] }
  | { readonly kind: "unknown-location"; readonly locationIds: readonly string[] }
  | { readonly kind: "insufficient-stock"; readonly lines: readonly ShortLine[] }
  | { readonly kind: "reservation-expired"; readonly lines: readonly ShortLine[] }
  | { readonly kind: "reservation-exists" }
  | { readonly kind: "reservation-ended"; readonly status: ReservationStatus }
  /** More writes than one transaction holds: levels, counters and queue entries. */
  | { readonly kind: "reservation-too-large"; readonly writes: number; readonly most: number }
  /** More bytes than a message of a queue can carry. */
  | { readonly kind: "record-too-large"; readonly bytes: number; readonly most: number }
  | { readonly kind: "purchase-limit-exceeded"; readonly limits: readonly ExceededLimit[] }
  /** These SKUs have a purchase limit, and nobody said who buys. */
  | {
      readonly kind: "customer-needed";
      readonly skus: readonly string[];
      /** Who does not name the customer: the request that makes a reservation, or the reservation as it was made. */
      readonly missingIn: "request" | "reservation";
    }
  | { readonly kind: "hold-limit-exceeded"; readonly most: number }
  /** The level is split, and the change must meet all of its units at once. */
  | { readonly kind: "merge-first"; readonly level: LevelKey }
  /** Nobody could buy the units: a kit takes those of its components. */
  | { readonly kind: "kit-has-no-stock"; readonly level: LevelKey }
  | { readonly kind: "cells-and-backorders"; readonly level: LevelKey }
  /** A component is not known, is itself a kit, or the item is a component of one. */
  | { readonly kind: "bad-components"; readonly faults: readonly { readonly sku: string; readonly message: string }[] }
  | { readonly kind: "invalid-transition"; readonly status: ReservationStatus; readonly detail: string }
  | { readonly kind: "would-oversell"; readonly changes: readonly RefusedDecrease[] }
  | { readonly kind: "quantity-conflict"; readonly changes: readonly QuantityMismatch[] }
  /** `If-Match` named another revision than the present one. */
  | { readonly kind: "version-conflict"; readonly revision: number }
  | { readonly kind: "idempotency-key-reused" };

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Conflicts or throttling lasted past the time budget: the caller may try again, nothing was decided. */
  | { readonly kind: "contention" };

export function done<T>(value: T): Outcome<T> {
  return { kind: "done", value };
}

export function refused(refusal: Refusal): { readonly kind: "refused"; readonly refusal: Refusal } {
  return { kind: "refused", refusal };
}

export const contention = { kind: "contention" } as const;
