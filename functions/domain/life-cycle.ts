/**
 * What a command means for a reservation in its present state. A commit and an extension are tried blindly
 * first, by a conditional write; these rules then read the image that a failed condition brought back.
 */
import {
  type ReceivedUnits,
  type ReturnedUnits,
  returnLines,
  type ShippedUnits,
  shipAll,
  shipLines,
} from "./fulfilment.ts";
import { figuresOfLine, isSameRequest, type RequestedLine } from "./line.ts";
import { type Outcome, type Refusal, refused } from "./refusal.ts";
import {
  type CommittedReservation,
  type ExpiredReservation,
  type FulfilledReservation,
  type HeldReservation,
  type OpenReservation,
  type RememberedChange,
  type Reservation,
  remembering,
  shipped,
  withLines,
} from "./reservation.ts";
import { laterDeadline, type ReservationTimes } from "./reservation-times.ts";

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

export function decideExtend(
  reservation: Reservation,
  command: { readonly ttlSeconds: number; readonly expectedRevision: number | null },
  times: ReservationTimes,
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
    expiresAtMs: laterDeadline(times, reservation, command.ttlSeconds, nowMs),
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
      // The rest of a partly shipped order was released: the same request again.
      return wasReleased(reservation)
        ? { kind: "already-released", reservation }
        : wrongStatus(reservation, "What has been fulfilled cannot be released.");
    case "expired":
      return wrongStatus(reservation, "The hold has expired; its stock is free already.");
  }
}

/** Whether a part of an order that has ended was given back rather than shipped. */
function wasReleased({ lines }: FulfilledReservation): boolean {
  return lines.some((line) => figuresOfLine(line, false).released > 0);
}

/** Whether a change with this key was made before, and by the same request. */
function madeBefore({ remembered }: Reservation, change: RememberedChange | null): "no" | "same" | "other" {
  const found = remembered.find(({ keyDigest }) => keyDigest === change?.keyDigest);
  return found === undefined ? "no" : found.requestDigest === change?.requestDigest ? "same" : "other";
}

export type FulfilDecision =
  | { readonly kind: "fulfil"; readonly next: CommittedReservation | FulfilledReservation }
  | { readonly kind: "already-fulfilled"; readonly reservation: Reservation }
  | Refused;

export interface FulfilRequest {
  readonly expectedRevision: number | null;
  /** Null: all of it. */
  readonly units: readonly ShippedUnits[] | null;
  readonly change: RememberedChange | null;
}

/** Ships what is in hand. All of it again is what was done; a part again is recognised by its key alone. */
export function decideFulfil(reservation: Reservation, request: FulfilRequest, nowMs: number): FulfilDecision {
  const before = madeBefore(reservation, request.change);
  if (before !== "no") {
    return before === "same" ? { kind: "already-fulfilled", reservation } : refused({ kind: "idempotency-key-reused" });
  }
  const conflict = changedSince(reservation, request.expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  if (reservation.status === "fulfilled" && request.units === null) {
    return wasReleased(reservation)
      ? wrongStatus(reservation, "The rest of the order was released, and cannot be shipped.")
      : { kind: "already-fulfilled", reservation };
  }
  if (reservation.status !== "committed") {
    return wrongStatus(reservation, "Only a committed reservation can be fulfilled.");
  }
  const change = request.units === null ? shipAll(reservation.lines) : shipLines(reservation.lines, request.units);
  return change.kind === "too-many"
    ? wrongStatus(reservation, `${change.possible} of ${change.sku} can be shipped, and not ${change.requested}.`)
    : { kind: "fulfil", next: remembering(shipped(reservation, change.lines, nowMs), request.change) };
}

export type ReturnDecision =
  | { readonly kind: "return"; readonly next: Reservation; readonly received: readonly ReceivedUnits[] }
  | { readonly kind: "already-returned"; readonly reservation: Reservation }
  | Refused;

export interface ReturnRequest {
  readonly expectedRevision: number | null;
  readonly units: readonly ReturnedUnits[];
  readonly change: RememberedChange | null;
}

/** Takes back what was shipped, never more; also of an order that is only partly shipped. */
export function decideReturn(reservation: Reservation, request: ReturnRequest): ReturnDecision {
  const before = madeBefore(reservation, request.change);
  if (before !== "no") {
    return before === "same" ? { kind: "already-returned", reservation } : refused({ kind: "idempotency-key-reused" });
  }
  const conflict = changedSince(reservation, request.expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  const change = returnLines(reservation.lines, request.units);
  return change.kind === "too-many"
    ? wrongStatus(reservation, `${change.possible} of ${change.sku} can come back, and not ${change.requested}.`)
    : {
        kind: "return",
        next: remembering(withLines(reservation, change.lines), request.change),
        received: change.received,
      };
}

export type RearrangeDecision =
  | { readonly kind: "rearrange"; readonly reservation: HeldReservation; readonly expiresAtMs: number }
  | { readonly kind: "already-rearranged"; readonly reservation: Reservation }
  | Refused;

export interface RearrangeRequest {
  readonly expectedRevision: number | null;
  /** Null: the deadline stays. */
  readonly ttlSeconds: number | null;
  readonly lines: readonly RequestedLine[];
}

/**
 * The cart changed. The identical request again is answered, also with the revision from before it: its first
 * answer may have been lost.
 */
export function decideRearrange(
  reservation: Reservation,
  request: RearrangeRequest,
  times: ReservationTimes,
  nowMs: number,
): RearrangeDecision {
  const { expectedRevision, ttlSeconds, lines } = request;
  const isSame = reservation.status === "held" && isSameRequest(reservation.lines, lines);
  if (isSame && expectedRevision === reservation.linesRevision - 1) {
    return { kind: "already-rearranged", reservation };
  }
  const conflict = changedSince(reservation, expectedRevision);
  if (conflict !== null) {
    return refused(conflict);
  }
  if (reservation.status !== "held") {
    return wrongStatus(reservation, "Only the lines of a hold can be changed.");
  }
  if (reservation.expiresAtMs <= nowMs) {
    return wrongStatus(reservation, "The deadline of the hold has passed.");
  }
  if (isSame && ttlSeconds === null) {
    return { kind: "already-rearranged", reservation };
  }
  const expiresAtMs =
    ttlSeconds === null ? reservation.expiresAtMs : laterDeadline(times, reservation, ttlSeconds, nowMs);
  return { kind: "rearrange", reservation, expiresAtMs };
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
