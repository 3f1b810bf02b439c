/**
 * Alerts in the views table. Crossings may be told twice and in any order, so beginnings and ends are kept
 * apart: who tells of a beginning puts the alert and then looks for an end behind it; who tells of an end puts
 * the end and then looks for the beginning before it. Each writes before it looks, both consistently, so that
 * at least one of them sees the other.
 *
 *     versions   3 ── 5 ── 8 ── 9 ── 12        an end resolves the newest alert before it,
 *     alert           └────┘    └───▶ open     and the earliest end behind an alert is the one that counts
 *
 * What begins again has ended in between, even when nobody has seen the end: while a level is split, only its sum
 * tells, and that is looked at now and then. So an alert is also resolved by the next one of its type.
 */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { viewsTable } from "../contract/tables.ts";
import type { Alert, AlertMoment, AlertStatus } from "../domain/alert.ts";
import type { LevelKey } from "../domain/level.ts";
import { parseAlert, storedAlert, timeToLiveOfResolved } from "./alert-item.ts";
import { viewKeys } from "./keys.ts";
import { readNumber, type StoredItem } from "./stored-item.ts";
import { writeIfNewer } from "./write-if-newer.ts";

/** Longer than any message about the beginning can be under way: a queue and its dead letters keep it 14 days each. */
const endRetentionSeconds = 60 * 86_400;

export interface KnownAlert {
  readonly alert: Alert;
  /** True when subscribers have been told. */
  readonly published: boolean;
}

/** Puts the alert if its crossing is new, and tells how it stands now. */
export async function raiseAlert(client: DynamoDBDocumentClient, table: string, alert: Alert): Promise<KnownAlert> {
  await writeIfNewer(async () => {
    await client.send(
      new PutCommand({ TableName: table, Item: storedAlert(alert), ConditionExpression: "attribute_not_exists(pk)" }),
    );
  });
  if (alert.status === "open") {
    await resolveNeighbours(client, table, alert);
  }
  const found = await queryOne(client, table, alert, {
    from: viewKeys.alertSortKey(alert.type, alert),
    to: viewKeys.alertSortKey(alert.type, alert),
    newestFirst: true,
  });
  if (found === null) {
    throw new Error(`The alert ${alert.alertId} was put and is not there.`);
  }
  return knownAlert(found);
}

function knownAlert(found: StoredItem): KnownAlert {
  return { alert: parseAlert(found), published: found["publishedAt"] !== undefined };
}

/** The alert ends with the first end or beginning behind it, and the alert before it has ended with it at the latest. */
async function resolveNeighbours(client: DynamoDBDocumentClient, table: string, alert: Alert): Promise<void> {
  const ends = [await endAfter(client, table, alert), await beginningAfter(client, table, alert)];
  for (const end of ends) {
    if (end !== null) {
      await resolve(client, table, alert, end);
    }
  }
  const earlier = await queryOne(client, table, alert, {
    from: viewKeys.alertSortKey(alert.type, { epoch: 0, version: 0 }),
    to: viewKeys.alertSortKey(alert.type, before(alert)),
    newestFirst: true,
  });
  if (earlier !== null) {
    await resolve(client, table, parseAlert(earlier), { ...alert, atMs: alert.raisedAtMs });
  }
}

export interface ConditionEnd extends LevelKey, AlertMoment {
  readonly type: Alert["type"];
  readonly atMs: number;
}

/** Notes that a condition ended, and resolves the alert that its beginning raised, if that is known yet. */
export async function endCondition(client: DynamoDBDocumentClient, table: string, end: ConditionEnd): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: table,
      Item: {
        pk: viewKeys.alertsPartition(end),
        sk: viewKeys.endSortKey(end.type, end),
        epoch: end.epoch,
        version: end.version,
        at: end.atMs,
        [viewsTable.timeToLive]: Math.ceil(end.atMs / 1000) + endRetentionSeconds,
      },
    }),
  );
  const begun = await queryOne(client, table, end, {
    from: viewKeys.alertSortKey(end.type, { epoch: 0, version: 0 }),
    to: viewKeys.alertSortKey(end.type, before(end)),
    newestFirst: true,
  });
  if (begun !== null) {
    await resolve(client, table, parseAlert(begun), end);
  }
}

/** The newest alert of a type on a level, or null. */
export async function newestAlert(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
  type: Alert["type"],
): Promise<KnownAlert | null> {
  const found = await queryOne(client, table, level, {
    from: viewKeys.alertSortKey(type, { epoch: 0, version: 0 }),
    to: viewKeys.alertSortKey(type, lastMoment),
    newestFirst: true,
  });
  return found === null ? null : knownAlert(found);
}

const lastMoment: AlertMoment = { epoch: Number.MAX_SAFE_INTEGER, version: Number.MAX_SAFE_INTEGER };

/** The last moment before another one. */
function before({ epoch, version }: AlertMoment): AlertMoment {
  return version > 0
    ? { epoch, version: version - 1 }
    : { epoch: Math.max(0, epoch - 1), version: Number.MAX_SAFE_INTEGER };
}

async function endAfter(
  client: DynamoDBDocumentClient,
  table: string,
  alert: Alert,
): Promise<Pick<ConditionEnd, "epoch" | "version" | "atMs"> | null> {
  const end = await queryOne(client, table, alert, {
    from: viewKeys.endSortKey(alert.type, { epoch: alert.epoch, version: alert.version + 1 }),
    to: viewKeys.endSortKey(alert.type, lastMoment),
    newestFirst: false,
  });
  return end === null
    ? null
    : { epoch: readNumber(end, "epoch"), version: readNumber(end, "version"), atMs: readNumber(end, "at") };
}

async function beginningAfter(
  client: DynamoDBDocumentClient,
  table: string,
  alert: Alert,
): Promise<Pick<ConditionEnd, "epoch" | "version" | "atMs"> | null> {
  const next = await queryOne(client, table, alert, {
    from: viewKeys.alertSortKey(alert.type, { epoch: alert.epoch, version: alert.version + 1 }),
    to: viewKeys.alertSortKey(alert.type, lastMoment),
    newestFirst: false,
  });
  return next === null ? null : { ...parseAlert(next), atMs: readNumber(next, "raisedAt") };
}

async function queryOne(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
  range: { readonly from: string; readonly to: string; readonly newestFirst: boolean },
): Promise<StoredItem | null> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: {
        ":pk": viewKeys.alertsPartition(level),
        ":from": range.from,
        ":to": range.to,
      },
      ScanIndexForward: !range.newestFirst,
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  return Items[0] ?? null;
}

/** Only an earlier end replaces the one that an alert is resolved by. */
async function resolve(
  client: DynamoDBDocumentClient,
  table: string,
  alert: Alert,
  end: Pick<ConditionEnd, "epoch" | "version" | "atMs">,
): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: viewKeys.alertsPartition(alert), sk: viewKeys.alertSortKey(alert.type, alert) },
        UpdateExpression: "SET alertStatus = :resolved, resolvedAt = :at, resolvedBy = :moment, #ttl = :ttl",
        ConditionExpression: "attribute_exists(pk) AND (attribute_not_exists(resolvedBy) OR resolvedBy > :moment)",
        ExpressionAttributeNames: { "#ttl": viewsTable.timeToLive },
        ExpressionAttributeValues: {
          ":resolved": "resolved" satisfies AlertStatus,
          ":at": end.atMs,
          ":moment": viewKeys.endSortKey(alert.type, end),
          ":ttl": timeToLiveOfResolved(end.atMs),
        },
      }),
    );
  });
}

/** Subscribers have been told of the alert. */
export async function markPublished(
  client: DynamoDBDocumentClient,
  table: string,
  alert: Alert,
  atMs: number,
): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: table,
      Key: { pk: viewKeys.alertsPartition(alert), sk: viewKeys.alertSortKey(alert.type, alert) },
      UpdateExpression: "SET publishedAt = :at",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":at": atMs },
    }),
  );
}
