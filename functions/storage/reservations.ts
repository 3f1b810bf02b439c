/** The reservations: how they are read, and the conditional writes of their records. */
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { inventoryTable } from "../contract/tables.ts";
import type { Reservation } from "../domain/reservation.ts";
import { type ReservationTimes, timeToLiveOfHold } from "../domain/reservation-times.ts";
import { allOf, type Condition, expressionOf, itemExists, itemIsAbsent } from "./condition.ts";
import { inventoryKeys } from "./keys.ts";
import { parseReservation, storedReservation } from "./reservation-item.ts";
import { isInKnownForm } from "./schema.ts";
import { schemas } from "./schemas.ts";
import type { StoredItem } from "./stored-item.ts";
import { type SingleWriteResult, type TransactionPart, updateOne } from "./transaction.ts";

/** The hold has not been ended, whatever the clock says. */
const isHeld: Condition = {
  expression: "#status = :held",
  names: { "#status": "status" },
  values: { ":held": "held" },
};

/** `If-Match`: the lines are those that the caller saw. */
function linesRevisionIs(revision: number): Condition {
  return {
    expression: "linesRevision = :seenRevision",
    values: { ":seenRevision": revision },
  };
}

/** The record is the very one that the change was computed from. */
function isUnchanged(reservation: Pick<Reservation, "uid" | "version">): Condition {
  return {
    expression: "uid = :uid AND version = :seenVersion",
    values: { ":uid": reservation.uid, ":seenVersion": reservation.version },
  };
}

/**
 * The hold may be given the new deadline.
 *
 *     createdAt ──────── now ──── expiresAt ──── new deadline ──── createdAt + longest life
 *                         └── must not have passed ┘      └── must not lie beyond ──┘
 *
 * The deadline that it has may lie beyond, when the longest life was set shorter meanwhile: up to there it may.
 */
function mayBeExtended({ longestHoldSeconds }: ReservationTimes, nowMs: number, newDeadlineMs: number): Condition {
  return {
    expression: "expiresAt > :now AND (createdAt >= :earliestCreation OR expiresAt >= :newDeadline)",
    values: {
      ":now": nowMs,
      ":earliestCreation": newDeadlineMs - longestHoldSeconds * 1000,
      ":newDeadline": newDeadlineMs,
    },
  };
}

/** The record as it is stored now. */
export async function readRecord(
  client: DynamoDBDocumentClient,
  table: string,
  reservationId: string,
): Promise<StoredItem | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.reservation(reservationId), ConsistentRead: true }),
  );
  return Item;
}

/** The reservation as it is now, or null. */
export async function readReservation(
  client: DynamoDBDocumentClient,
  table: string,
  reservationId: string,
): Promise<Reservation | null> {
  const record = await readRecord(client, table, reservationId);
  return record === undefined ? null : parseReservation(reservationId, record);
}

/** Puts the record if its id is free; otherwise brings back the one that has it. */
export function creationOfReservation(
  table: string,
  reservation: Reservation,
  times: ReservationTimes,
): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: storedReservation(reservation, times),
      ConditionExpression: itemIsAbsent.expression,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/**
 * Writes the next state of a record that is still the one it was computed from. The whole record is written:
 * its next state is a value, and so there is one way of storing it.
 */
export function changeOfReservation(
  table: string,
  before: Reservation,
  after: Reservation,
  times: ReservationTimes,
): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: storedReservation(after, times),
      ...expressionOf(itemExists, isUnchanged(before)),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** A record that is changed without being read must be one that this code could read. */
const isKnown = isInKnownForm(schemas.reservation);

interface BlindChange {
  readonly reservationId: string;
  readonly expectedRevision: number | null;
}

function revisionConditions(expectedRevision: number | null): readonly Condition[] {
  return expectedRevision === null ? [] : [linesRevisionIs(expectedRevision)];
}

/** Commits a hold in one write of one item: it touches no level, so a payment never waits on a hot row. */
export async function writeCommit(
  client: DynamoDBDocumentClient,
  table: string,
  change: BlindChange & { readonly orderId: string; readonly committedAtMs: number },
): Promise<SingleWriteResult> {
  const condition = allOf([itemExists, isKnown, isHeld, ...revisionConditions(change.expectedRevision)]);
  return await updateOne(client, {
    TableName: table,
    Key: inventoryKeys.reservation(change.reservationId),
    UpdateExpression:
      "SET #status = :committed, orderId = :orderId, committedAt = :committedAt ADD version :one REMOVE #ttl",
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: {
      ...condition.names,
      "#status": "status",
      "#ttl": inventoryTable.timeToLive,
    },
    ExpressionAttributeValues: {
      ...condition.values,
      ":committed": "committed",
      ":orderId": change.orderId,
      ":committedAt": change.committedAtMs,
      ":one": 1,
    },
  });
}

/** Moves the deadline of a hold in one write of one item. */
export async function writeExtension(
  client: DynamoDBDocumentClient,
  table: string,
  change: BlindChange & {
    readonly nowMs: number;
    readonly expiresAtMs: number;
    readonly times: ReservationTimes;
  },
): Promise<SingleWriteResult> {
  const condition = allOf([
    itemExists,
    isKnown,
    isHeld,
    mayBeExtended(change.times, change.nowMs, change.expiresAtMs),
    ...revisionConditions(change.expectedRevision),
  ]);
  return await updateOne(client, {
    TableName: table,
    Key: inventoryKeys.reservation(change.reservationId),
    UpdateExpression: "SET expiresAt = :expiresAt, #ttl = :ttl ADD version :one",
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: { ...condition.names, "#ttl": inventoryTable.timeToLive },
    ExpressionAttributeValues: {
      ...condition.values,
      ":expiresAt": change.expiresAtMs,
      ":ttl": timeToLiveOfHold(change.times, change.expiresAtMs),
      ":one": 1,
    },
  });
}

/** Makes what follows from one deletion of a record happen once: of this version of this incarnation. */
export function expiredGuard(
  table: string,
  deleted: Pick<Reservation, "uid" | "version">,
  ttlSeconds: number,
): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: { ...inventoryKeys.expired(deleted.uid, deleted.version), [inventoryTable.timeToLive]: ttlSeconds },
      ConditionExpression: itemIsAbsent.expression,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** Whether what follows from the deletion of this version of a record has been done, as long as the guard is kept. */
export async function wasReleased(
  client: DynamoDBDocumentClient,
  table: string,
  { uid, version }: Pick<Reservation, "uid" | "version">,
): Promise<boolean> {
  const Key = inventoryKeys.expired(uid, version);
  const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item !== undefined;
}
