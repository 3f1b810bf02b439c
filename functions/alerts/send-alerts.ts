import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Alert, alertsRaisedBy, crossingsIn } from "../domain/alert.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { AlertMessage } from "../messaging/messages.ts";
import type { Notification } from "../messaging/topic.ts";
import { done, type Ending } from "../queue-consumer.ts";
import { endCondition, markPublished, raiseAlert } from "../storage/alerts.ts";
import type { Tables } from "../storage/client.ts";

export interface AlertServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "views">;
  readonly runtime: Pick<Runtime, "now">;
  readonly publish: (notification: Notification) => Promise<void>;
}

/**
 * Raises the alerts of one write of a level and notes the conditions that ended with it. An alert is published
 * and then marked: a crash in between publishes it again, with the same `alertId`, and never not at all.
 */
export async function sendAlerts(services: AlertServices, change: AlertMessage): Promise<Ending> {
  const { client, tables, runtime, publish } = services;
  const { sku, locationId, version, lastChange } = change.after;
  for (const { condition, begins } of crossingsIn(change)) {
    if (!begins) {
      await endCondition(client, tables.views, { type: condition, sku, locationId, version, atMs: lastChange.atMs });
    }
  }
  for (const alert of alertsRaisedBy(change)) {
    const { alert: known, published } = await raiseAlert(client, tables.views, alert);
    if (!published) {
      await publish(notificationOf(known));
      await markPublished(client, tables.views, known, runtime.now());
    }
  }
  return done;
}

function notificationOf(alert: Alert): Notification {
  const { alertId, type, sku, locationId, status, available, threshold, raisedAtMs, resolvedAtMs } = alert;
  return {
    subject: `${type}: ${sku} at ${locationId}`,
    body: JSON.stringify({
      alertId,
      type,
      sku,
      locationId,
      status,
      available,
      threshold,
      raisedAt: new Date(raisedAtMs).toISOString(),
      resolvedAt: resolvedAtMs === null ? null : new Date(resolvedAtMs).toISOString(),
    }),
    attributes: { type, sku, locationId },
  };
}
