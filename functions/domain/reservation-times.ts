/** How long a reservation is held, and how long its record is kept as its time to live. */
import type { HeldReservation, Reservation } from "./reservation.ts";

/** What a deployment sets, in seconds. */
export interface ReservationTimes {
  /** From now to the deadline of a hold whose request does not say. */
  readonly usualHoldSeconds: number;
  /** From a hold's creation to its last possible deadline, however often it is extended. */
  readonly longestHoldSeconds: number;
  /** From a hold's deadline to its time to live. */
  readonly expiryGraceSeconds: number;
  /** From the end of a released or expired reservation to its time to live. */
  readonly endedRetentionSeconds: number;
  /** From the fulfilment of an order to its time to live, so that returns find it. */
  readonly fulfilledRetentionSeconds: number;
}

/**
 * How long the guard of a release is kept: longer than a message can wait in a queue and then in its dead-letter
 * queue, 14 days each, so that the oldest one that is sent back still meets it.
 */
export const guardRetentionSeconds = 30 * 86_400;

/** The deadline of a new hold; a wish that is too long is cut. */
export function firstDeadline(
  { usualHoldSeconds, longestHoldSeconds }: ReservationTimes,
  ttlSeconds: number | null,
  nowMs: number,
): number {
  return nowMs + Math.min(ttlSeconds ?? usualHoldSeconds, longestHoldSeconds) * 1000;
}

/**
 * The deadline that a hold is given later. It counts from now and does not lie beyond the hold's longest life; a
 * deadline that the hold has already, from before the longest life was set shorter, is not taken away.
 */
export function laterDeadline(
  { longestHoldSeconds }: ReservationTimes,
  { createdAtMs, expiresAtMs }: HeldReservation,
  ttlSeconds: number,
  nowMs: number,
): number {
  return Math.min(nowMs + ttlSeconds * 1000, Math.max(createdAtMs + longestHoldSeconds * 1000, expiresAtMs));
}

/** A hold is deleted by the table only after the prompt ways of ending it had their time. */
export function timeToLiveOfHold(
  { expiryGraceSeconds }: Pick<ReservationTimes, "expiryGraceSeconds">,
  expiresAtMs: number,
): number {
  return Math.ceil(expiresAtMs / 1000) + expiryGraceSeconds;
}

/**
 * Seconds since the epoch at which the table may delete the record, or null for never: the deadline and the
 * grace while held, never while committed, the end and the retention afterwards.
 */
export function timeToLiveOf(times: ReservationTimes, reservation: Reservation): number | null {
  switch (reservation.status) {
    case "held":
      return timeToLiveOfHold(times, reservation.expiresAtMs);
    case "committed":
      return null;
    case "fulfilled":
      return Math.ceil(reservation.endedAtMs / 1000) + times.fulfilledRetentionSeconds;
    case "released":
    case "expired":
      return Math.ceil(reservation.endedAtMs / 1000) + times.endedRetentionSeconds;
  }
}
