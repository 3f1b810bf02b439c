/**
 * What a command means for a reservation in its present state. A commit and an extension are tried blindly
 * first, by a conditional write; these rules then read the image that a failed condition brought back.
 */
import { type Outcome, type Refusal, refused } from "./refusal.ts";
import type {
  CommittedReservation,
  ExpiredReservation,
  FulfilledReservation,
  HeldReservation,
  OpenReservation,
  Reservation,
} from "./reservation.ts";

/** A hold lives at most this long from its creation, however often it is extended. */
export const longestHoldMs = 24 * 60 * 60 * 1000;

type Refused = Extract<Outcome<never>, { kind: "refused" }>;

function wrongStatus(reservation: Reservation, detail: string): Refused {
  return refused({ kind: "invalid-transition", status: reservation.status, detail });
}

/** `If-Match`: the lines must be those that the caller saw. Null means that the caller does not mind. */
function changedSince(reservation: Reservation, expectedRevision: number | null): Refusal | null {
  return expectedRevision === null || expectedRevision === reservation.linesRevision
    ? null
    : { kind: "version-conflict", revision: reservation.linesRevision };
}

export type CommitDecision =
  | { readonly kind: "commit" }
  | { readonly kind: "already-committed"; readonly reservation: CommittedReservation | FulfilledReservation }
  | { readonly kind: "reacquire"; readonly reservation: ExpiredReservation }
  | Refused;

/** A hold is committed whatever the clock says: one that has not been ended yet still has its stock. */
export function decideCommit(
  reservation: Reservation,
  command: { readonly orderId: string; readonly expectedRevision: number | null },
): CommitDecision {
  const conflict = changedSince(reservation, command.expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  switch (reservation.status) {
    case "held":
      return { kind: "commit" };
    case "committed":
    case "fulfilled":
      return reservation.orderId === command.orderId
        ? { kind: "already-committed", reservation }
        : wrongStatus(reservation, "The reservation is committed for another order.");
    case "expired":
      return { kind: "reacquire", reservation };
    case "released":
      return wrongStatus(reservation, "A released reservation cannot be committed.");
  }
}

export type ExtendDecision = { readonly kind: "extend"; readonly expiresAtMs: number } | Refused;

/** The new deadline counts from now and never lies beyond the hold's longest life. */
export function decideExtend(
  reservation: Reservation,
  command: { readonly ttlSeconds: number; readonly expectedRevision: number | null },
  nowMs: number,
): ExtendDecision {
  const conflict = changedSince(reservation, command.expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  if (reservation.status !== "held") {
    return wrongStatus(reservation, "Only a hold can be extended.");
  }
  if (reservation.expiresAtMs <= nowMs) {
    return wrongStatus(reservation, "The deadline of the hold has passed.");
  }
  return {
    kind: "extend",
    expiresAtMs: Math.min(nowMs + command.ttlSeconds * 1000, reservation.createdAtMs + longestHoldMs),
  };
}

export type ReleaseDecision =
  | { readonly kind: "release"; readonly reservation: OpenReservation }
  | { readonly kind: "already-released"; readonly reservation: Reservation }
  | Refused;

export function decideRelease(reservation: Reservation, expectedRevision: number | null): ReleaseDecision {
  const conflict = changedSince(reservation, expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  switch (reservation.status) {
    case "held":
    case "committed":
      return { kind: "release", reservation };
    case "released":
      return { kind: "already-released", reservation };
    case "fulfilled":
      return wrongStatus(reservation, "What has been fulfilled cannot be released.");
    case "expired":
      return wrongStatus(reservation, "The hold has expired; its stock is free already.");
  }
}

export type FulfilDecision =
  | { readonly kind: "fulfil"; readonly reservation: CommittedReservation }
  | { readonly kind: "already-fulfilled"; readonly reservation: FulfilledReservation }
  | Refused;

export function decideFulfil(reservation: Reservation, expectedRevision: number | null): FulfilDecision {
  const conflict = changedSince(reservation, expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  switch (reservation.status) {
    case "committed":
      return { kind: "fulfil", reservation };
    case "fulfilled":
      return { kind: "already-fulfilled", reservation };
    case "held":
    case "released":
    case "expired":
      return wrongStatus(reservation, "Only a committed reservation can be fulfilled.");
  }
}

export type ExpireDecision =
  | { readonly kind: "expire"; readonly reservation: HeldReservation }
  /** The deadline was moved: look again then. */
  | { readonly kind: "wait"; readonly untilMs: number }
  /** Ended, committed, or another incarnation of the id. */
  | { readonly kind: "nothing-to-do" };

export function decideExpire(reservation: Reservation | null, uid: string, nowMs: number): ExpireDecision {
  if (reservation === null || reservation.uid !== uid || reservation.status !== "held") {
    return { kind: "nothing-to-do" };
  }
  return reservation.expiresAtMs > nowMs
    ? { kind: "wait", untilMs: reservation.expiresAtMs }
    : { kind: "expire", reservation };
}
