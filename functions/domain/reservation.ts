/**
 * A reservation is a promise of stock to one cart or order: `held` → `committed` → `fulfilled`,
 * or `released` / `expired`. It ends exactly once.
 */
import type { LastChange, LevelKey, MovementType } from "./level.ts";

/** A part of a reservation that rests on one level. */
export interface Leg extends LevelKey {
  readonly quantity: number;
}

/** What the caller asked for, as submitted; without a location the service chooses. */
export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly locationId: string | null;
}

export interface ReservationLine extends RequestedLine {
  /** Where the units were taken; kept after the end, as the record of where they came from. */
  readonly legs: readonly Leg[];
}

interface ReservationBase {
  readonly reservationId: string;
  /** Random; names this incarnation of the id. Guards and movements refer to it. */
  readonly uid: string;
  /** +1 with every write; every multi-item change is conditional on it. */
  readonly version: number;
  /** +1 only when a caller changes the lines: the ETag. */
  readonly linesRevision: number;
  /** Digest of the request that made it, so that a repeated request is recognised. */
  readonly requestDigest: string;
  readonly referenceId: string | null;
  readonly customerId: string | null;
  readonly createdAtMs: number;
  /** The deadline of the hold; it means nothing any more once the reservation is committed. */
  readonly expiresAtMs: number;
  readonly lines: readonly ReservationLine[];
}

export interface HeldReservation extends ReservationBase {
  readonly status: "held";
}
export interface Ordered {
  readonly orderId: string;
  readonly committedAtMs: number;
  /** True when the hold had expired and the commit took the stock again. */
  readonly reacquired: boolean;
}
export interface CommittedReservation extends ReservationBase, Ordered {
  readonly status: "committed";
}
export interface FulfilledReservation extends ReservationBase, Ordered {
  readonly status: "fulfilled";
  readonly endedAtMs: number;
}
export interface ReleasedReservation extends ReservationBase {
  readonly status: "released";
  /** Present when an order was cancelled, null when a cart was abandoned. */
  readonly order: Ordered | null;
  readonly endedAtMs: number;
}
export interface ExpiredReservation extends ReservationBase {
  readonly status: "expired";
  readonly endedAtMs: number;
}

export type OpenReservation = HeldReservation | CommittedReservation;
export type EndedReservation = FulfilledReservation | ReleasedReservation | ExpiredReservation;
export type Reservation = OpenReservation | EndedReservation;
export type ReservationStatus = Reservation["status"];

export function isOpen(reservation: Reservation): reservation is OpenReservation {
  return reservation.status === "held" || reservation.status === "committed";
}

/** The order that a reservation was committed for, or null. */
export function orderOf(reservation: Reservation): Ordered | null {
  switch (reservation.status) {
    case "committed":
    case "fulfilled": {
      const { orderId, committedAtMs, reacquired } = reservation;
      return { orderId, committedAtMs, reacquired };
    }
    case "released":
      return reservation.order;
    case "held":
    case "expired":
      return null;
  }
}

/** What a reservation is whatever its state; the fields of the state alone are left out. */
function coreOf(reservation: Reservation): ReservationBase {
  const { reservationId, uid, version, linesRevision, requestDigest, referenceId, customerId } = reservation;
  const { createdAtMs, expiresAtMs, lines } = reservation;
  return {
    reservationId,
    uid,
    version,
    linesRevision,
    requestDigest,
    referenceId,
    customerId,
    createdAtMs,
    expiresAtMs,
    lines,
  };
}

/** The state after a release: what an order was, is remembered. */
export function released(from: OpenReservation, atMs: number): ReleasedReservation {
  return {
    ...coreOf(from),
    status: "released",
    version: from.version + 1,
    order: orderOf(from),
    endedAtMs: atMs,
  };
}

export function fulfilled(from: CommittedReservation, atMs: number): FulfilledReservation {
  return { ...from, status: "fulfilled", version: from.version + 1, endedAtMs: atMs };
}

export function expired(from: HeldReservation, atMs: number): ExpiredReservation {
  return { ...from, status: "expired", version: from.version + 1, endedAtMs: atMs };
}

/** The state after a late commit, with the stock where it was taken again. */
export function reacquired(
  from: ExpiredReservation,
  order: Pick<Ordered, "orderId" | "committedAtMs">,
  lines: readonly ReservationLine[],
): CommittedReservation {
  return { ...coreOf(from), status: "committed", version: from.version + 1, lines, ...order, reacquired: true };
}

/** What the write of a level says of itself when a reservation is its cause. */
export function changeFor(
  reservation: Pick<Reservation, "reservationId" | "uid" | "referenceId">,
  type: MovementType,
  by: { readonly actor: string; readonly atMs: number; readonly reason?: string | null },
): LastChange {
  return {
    type,
    reason: by.reason ?? null,
    reference: reservation.referenceId,
    actor: by.actor,
    reservationId: reservation.reservationId,
    reservationUid: reservation.uid,
    atMs: by.atMs,
  };
}

/** When a reservation ended, or null while it is open. */
export function endOf(reservation: Reservation): number | null {
  return isOpen(reservation) ? null : reservation.endedAtMs;
}

/**
 * Sums quantities per level: a transaction may touch an item only once, so lines that land on the same level
 * become one leg of it. The order is that of first appearance.
 */
export function mergeLegs(legs: Iterable<Leg>): readonly Leg[] {
  const merged = new Map<string, Leg>();
  for (const leg of legs) {
    const key = `${leg.sku}#${leg.locationId}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? leg : { ...known, quantity: known.quantity + leg.quantity });
  }
  return [...merged.values()];
}

/** All levels that a reservation rests on, each once. */
export function legsOf(reservation: Pick<Reservation, "lines">): readonly Leg[] {
  return mergeLegs(reservation.lines.flatMap((line) => line.legs));
}
