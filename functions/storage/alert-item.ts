/** The stored form of an alert. */
import { viewsTable } from "../contract/tables.ts";
import { type Alert, type AlertStatus, alertTypes } from "../domain/alert.ts";
import { viewKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import { readNumber, readOneOf, readOptionalNumber, readString, type StoredItem, withoutNulls } from "./stored-item.ts";

/** Past alerts are listed for a little over a year. */
const resolvedRetentionSeconds = 400 * 86_400;

const statuses: readonly AlertStatus[] = ["open", "resolved"];

/** When a resolved alert is listed no more, in seconds since the epoch. */
export function timeToLiveOfResolved(resolvedAtMs: number): number {
  return Math.ceil(resolvedAtMs / 1000) + resolvedRetentionSeconds;
}

export function storedAlert(alert: Alert): Record<string, unknown> {
  const { resolvedAtMs } = alert;
  return {
    pk: viewKeys.alertsPartition(alert),
    sk: viewKeys.alertSortKey(alert.type, alert),
    alertId: alert.alertId,
    type: alert.type,
    sku: alert.sku,
    locationId: alert.locationId,
    alertStatus: alert.status,
    epoch: alert.epoch,
    version: alert.version,
    available: alert.available,
    raisedAt: alert.raisedAtMs,
    ...withoutNulls({
      threshold: alert.threshold,
      resolvedAt: resolvedAtMs,
      judged: alert.isJudged ? true : null,
      [viewsTable.timeToLive]: resolvedAtMs === null ? null : timeToLiveOfResolved(resolvedAtMs),
    }),
  };
}

/** Throws a `CorruptItemError` when the item is no alert. */
export function parseAlert(stored: StoredItem): Alert {
  const item = upgraded(schemas.alert, stored);
  return {
    alertId: readString(item, "alertId"),
    type: readOneOf(item, "type", alertTypes),
    sku: readString(item, "sku"),
    locationId: readString(item, "locationId"),
    status: readOneOf(item, "alertStatus", statuses),
    epoch: readNumber(item, "epoch"),
    version: readNumber(item, "version"),
    available: readNumber(item, "available"),
    threshold: readOptionalNumber(item, "threshold"),
    raisedAtMs: readNumber(item, "raisedAt"),
    resolvedAtMs: readOptionalNumber(item, "resolvedAt"),
    isJudged: item["judged"] === true,
  };
}
