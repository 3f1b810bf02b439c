/** How long a reservation's record is kept, as its time to live. */
import type { Reservation } from "./reservation.ts";

const daySeconds = 86_400;
/** Ended reservations stay findable for a month. */
export const endedRetentionSeconds = 30 * daySeconds;
/** Fulfilled ones stay longer, so that returns find them. */
export const fulfilledRetentionSeconds = 400 * daySeconds;

/** A hold is deleted by the table only after the prompt ways of ending it had their time. */
export function timeToLiveOfHold(expiresAtMs: number, expiryGraceSeconds: number): number {
  return Math.ceil(expiresAtMs / 1000) + expiryGraceSeconds;
}

/**
 * Seconds since the epoch at which the table may delete the record, or null for never: the deadline and the
 * grace while held, never while committed, the end and the retention afterwards.
 */
export function timeToLiveOf(reservation: Reservation, expiryGraceSeconds: number): number | null {
  switch (reservation.status) {
    case "held":
      return timeToLiveOfHold(reservation.expiresAtMs, expiryGraceSeconds);
    case "committed":
      return null;
    case "fulfilled":
      return Math.ceil(reservation.endedAtMs / 1000) + fulfilledRetentionSeconds;
    case "released":
    case "expired":
      return Math.ceil(reservation.endedAtMs / 1000) + endedRetentionSeconds;
  }
}
