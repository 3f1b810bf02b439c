/**
 * A reservation is a promise of stock to one cart or order: `held` → `committed` → `fulfilled`,
 * or `released` / `expired`. It ends exactly once.
 */
import type { AllocationTerms } from "./allocation.ts";
import type { LastChange, MovementType } from "./level.ts";
import { anythingFulfilled, endedLines, isSameRequest, type ReservationLine } from "./line.ts";

/** A change of the reservation that was asked for with a key, so that the same request again is recognised. */
export interface RememberedChange {
  readonly keyDigest: string;
  readonly requestDigest: string;
}

/** How many changes a record remembers: enough for the retries of a client, little enough to stay small. */
const mostRemembered = 8;

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
  /** The latest fulfilments and returns that came with a key, oldest first. */
  readonly remembered: readonly RememberedChange[];
  readonly referenceId: string | null;
  readonly customerId: string | null;
  /** How its stock was chosen, and is chosen when it must be taken again. */
  readonly terms: AllocationTerms;
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
  const { reservationId, uid, version, linesRevision, requestDigest, remembered } = reservation;
  const { referenceId, customerId, terms, createdAtMs, expiresAtMs, lines } = reservation;
  return {
    reservationId,
    uid,
    version,
    linesRevision,
    requestDigest,
    remembered,
    referenceId,
    customerId,
    terms,
    createdAtMs,
    expiresAtMs,
    lines,
  };
}

/**
 * The state after a release: what an order was, is remembered. One of which a part was shipped ends as
 * fulfilled, with the rest released.
 */
export function released(from: OpenReservation, atMs: number): ReleasedReservation | FulfilledReservation {
  const ended = { version: from.version + 1, lines: endedLines(from.lines), endedAtMs: atMs };
  return from.status === "committed" && anythingFulfilled(from.lines)
    ? { ...from, ...ended, status: "fulfilled" }
    : { ...coreOf(from), ...ended, status: "released", order: orderOf(from) };
}

/** The state after units were shipped; it is fulfilled once nothing is owed any more. */
export function shipped(
  from: CommittedReservation,
  lines: readonly ReservationLine[],
  atMs: number,
): CommittedReservation | FulfilledReservation {
  const next = { ...from, version: from.version + 1, lines };
  const owesNothing = lines.every(({ legs }) => legs.every((leg) => leg.allocated === 0 && leg.backordered === 0));
  return owesNothing ? { ...next, status: "fulfilled", endedAtMs: atMs } : next;
}

export function expired(from: HeldReservation, atMs: number): ExpiredReservation {
  return { ...from, status: "expired", version: from.version + 1, lines: endedLines(from.lines), endedAtMs: atMs };
}

/** The state after a late commit, with the stock where it was taken again. */
export function reacquired(
  from: ExpiredReservation,
  order: Pick<Ordered, "orderId" | "committedAtMs">,
  lines: readonly ReservationLine[],
): CommittedReservation {
  return { ...coreOf(from), status: "committed", version: from.version + 1, lines, ...order, reacquired: true };
}

/** The state after the cart changed; the same lines with another deadline are no other cart. */
export function rearranged(
  from: HeldReservation,
  lines: readonly ReservationLine[],
  expiresAtMs: number,
): HeldReservation {
  const linesRevision = from.linesRevision + (isSameRequest(from.lines, lines) ? 0 : 1);
  return { ...from, lines, expiresAtMs, linesRevision, version: from.version + 1 };
}

/** The same reservation with other lines: what was allocated, or came back. */
export function withLines<R extends Reservation>(from: R, lines: readonly ReservationLine[]): R {
  return { ...from, lines, version: from.version + 1 };
}

/** Notes that a change with this key was made; null when it came without one. */
export function remembering<R extends Reservation>(reservation: R, change: RememberedChange | null): R {
  return change === null
    ? reservation
    : { ...reservation, remembered: [...reservation.remembered, change].slice(-mostRemembered) };
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
