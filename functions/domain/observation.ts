/** What is worth telling and counting of a command's course. Nothing is decided by it. */
import type { Refusal } from "./refusal.ts";
import type { Reservation, ReservationStatus } from "./reservation.ts";

/** Why a write was not applied although no condition failed: another transaction, too few units, or a lost answer. */
export type ContentionReason = "conflict" | "throttled" | "unanswered";

export type Observation =
  /** A transaction is about to be tried that brings a reservation to this state. */
  | { readonly kind: "planned"; readonly reservation: Reservation; readonly writes: number }
  /** A write met contention; `waitMs` until it is sent again, null when the time for that is over. */
  | {
      readonly kind: "contended";
      readonly reason: ContentionReason;
      readonly tries: number;
      readonly waitMs: number | null;
    }
  /** A refused write has shown what to plan next. */
  | { readonly kind: "planned-again"; readonly tries: number }
  /** A write has made a reservation, or changed it. */
  | {
      readonly kind: "reservation-written";
      /** Null for one that was made. */
      readonly from: ReservationStatus | null;
      readonly reservation: Reservation;
      readonly way: "deadline" | "time-to-live" | "request";
      readonly atMs: number;
    }
  /** A reservation that was asked for was not made. */
  | { readonly kind: "not-reserved"; readonly reservationId: string; readonly because: Refusal["kind"] | "contention" }
  /** Subscribers were told. */
  | { readonly kind: "alert-sent"; readonly alertId: string; readonly type: string };

export type Observe = (observation: Observation) => void;
