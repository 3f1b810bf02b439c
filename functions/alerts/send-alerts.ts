import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type Alert,
  type AlertMoment,
  alertOf,
  alertsRaisedBy,
  crossingsIn,
  epochOf,
  holds,
  watchedConditions,
} from "../domain/alert.ts";
import type { Level, LevelKey } from "../domain/level.ts";
import type { LevelChange } from "../domain/movement.ts";
import type { Observe } from "../domain/observation.ts";
import type { Runtime } from "../domain/runtime.ts";
import { bodyOf } from "../messaging/message-body.ts";
import type { AlertMessage } from "../messaging/messages.ts";
import type { Notification } from "../messaging/topic.ts";
import { type Delivery, done, type Ending } from "../queue-consumer.ts";
import { wholeLevel } from "../stock/read-levels.ts";
import { endCondition, type KnownAlert, markPublished, newestAlert, raiseAlert } from "../storage/alerts.ts";
import type { Tables } from "../storage/client.ts";
import { readLevel } from "../storage/levels.ts";
import { claimSum } from "../storage/summaries.ts";

export interface AlertServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly runtime: Pick<Runtime, "now">;
  readonly publish: (notification: Notification) => Promise<void>;
  readonly observe: Observe;
}

/** Raises the alerts that a message speaks of, each once, and notes the conditions that ended. */
export async function sendAlerts(
  services: AlertServices,
  message: AlertMessage,
  { messageId }: Pick<Delivery, "messageId">,
): Promise<Ending> {
  return message.kind === "level"
    ? await tellOfChange(services, message.change)
    : await judgeSum(services, message, messageId);
}

async function tellOfChange(services: AlertServices, change: LevelChange): Promise<Ending> {
  const { client, tables } = services;
  const { sku, locationId, version, lastChange } = change.after;
  const moment = { epoch: epochOf(change.after), version };
  const crossings = crossingsIn(change);
  for (const { condition, begins } of crossings) {
    if (!begins) {
      const end = { type: condition, sku, locationId, ...moment, atMs: lastChange.atMs };
      await endCondition(client, tables.views, end);
    }
  }
  for (const alert of alertsRaisedBy(change)) {
    await tell(services, alert);
  }
  return crossings.some(({ begins }) => begins) ? await endWhatEndedInCells(services, change.after) : done;
}

/** The sum of a level that was split after a write is judged later than this after it, by whatever clocks there are. */
const soonMs = 1_000;

/**
 * What began before a level was split may have ended while it was in cells, when nobody knew yet that it had begun: then
 * whoever judged its sum had nothing to end. What is told soon is known by then, and its end may be a write of the
 * whole level, which is told next.
 */
async function endWhatEndedInCells(services: AlertServices, then: Level): Promise<Ending> {
  const { client, tables, runtime } = services;
  const key = { sku: then.sku, locationId: then.locationId };
  if (runtime.now() - then.lastChange.atMs < soonMs) {
    return done;
  }
  const now = await readLevel(client, tables.inventory, key);
  return now !== null && epochOf(now) > epochOf(then) ? await judgeLevel(services, key, runtime.now()) : done;
}

/** An alert is published and then marked: a crash in between publishes it again, with the same id, and never not at all. */
async function tell({ client, tables, runtime, publish, observe }: AlertServices, alert: Alert): Promise<void> {
  const { alert: known, published } = await raiseAlert(client, tables.views, alert);
  if (!published) {
    await publish(notificationOf(known));
    await markPublished(client, tables.views, known, runtime.now());
    observe({ kind: "alert-sent", alertId: known.alertId, type: known.type });
  }
}

/** How often a level is judged for one message: once, and again after each time that something was told. */
const mostJudgements = 6;

/**
 * Judges a level that is split, or was a moment ago, by its sum, at most once a second. Whoever has told something
 * looks again: the figures may have been old by then, and who judged by newer ones may have found nothing to tell.
 */
async function judgeSum(services: AlertServices, key: LevelKey, claimant: string): Promise<Ending> {
  const { sku, locationId } = key;
  const nowMs = services.runtime.now();
  const claim = { claimant, nowMs };
  if (!(await claimSum(services.client, services.tables.views, "alerts", { sku, locationId }, claim))) {
    return { kind: "discard", reason: "The sum has just been judged." };
  }
  return await judgeLevel(services, { sku, locationId }, nowMs);
}

/** Brings the alerts of a level, split or whole, to what is true of it now, whatever was told or missed before. */
export async function judgeLevel(services: AlertServices, key: LevelKey, nowMs: number): Promise<Ending> {
  for (let judgement = 0; judgement < mostJudgements; judgement += 1) {
    if (!(await judgeOnce(services, key, nowMs))) {
      return done;
    }
  }
  return { kind: "retry", reason: "What is true of the level changes faster than it can be told." };
}

/**
 * A condition that holds and has no open alert has begun, and one that has an open alert and holds no more has ended.
 * What was raised and not told, because whoever raised it died, is told now; and the return of stock is told before
 * the end is noted that it is known by. What is known is read before the stock is, and the next moment can be taken
 * once. True when something was told.
 */
async function judgeOnce(services: AlertServices, key: LevelKey, nowMs: number): Promise<boolean> {
  const { client, tables } = services;
  const newest = new Map<string, KnownAlert | null>();
  for (const condition of watchedConditions) {
    newest.set(condition, await newestAlert(client, tables.views, key, condition));
  }
  const read = await readLevel(client, tables.inventory, key);
  if (read === null) {
    throw new Error(`There is no level of ${key.sku} at ${key.locationId} to judge.`);
  }
  const level = await wholeLevel(services, read);
  const { figures } = level;
  let hasTold = false;
  for (const condition of watchedConditions) {
    const { alert, published } = newest.get(condition) ?? { alert: null, published: true };
    const isOpen = alert?.status === "open";
    if (holds(condition, figures, level.settings.lowStockThreshold) === isOpen) {
      if (isOpen && !published && alert.isJudged) {
        hasTold = true;
        await tell(services, alert);
      }
      continue;
    }
    hasTold = true;
    const moment = momentAfter(alert, level);
    if (isOpen) {
      if (condition === "out_of_stock") {
        await tell(services, alertOf("back_in_stock", level, { ...moment, figures, atMs: nowMs, isJudged: true }));
      }
      await endCondition(client, tables.views, { type: condition, ...key, ...moment, atMs: nowMs });
    } else {
      await tell(services, alertOf(condition, level, { ...moment, figures, atMs: nowMs, isJudged: true }));
    }
  }
  return hasTold;
}

/** A whole level has its version; in the epoch of a split one, beginnings and ends are counted. */
function momentAfter(alert: Alert | null, level: Parameters<typeof alertOf>[1]): AlertMoment {
  const epoch = epochOf(level);
  if (level.cells === 0) {
    return { epoch, version: level.version };
  }
  if (alert?.epoch !== epoch) {
    return { epoch, version: 1 };
  }
  return { epoch, version: alert.version + (alert.status === "open" ? 1 : 2) };
}

function notificationOf(alert: Alert): Notification {
  const { alertId, type, sku, locationId, status, available, threshold, raisedAtMs, resolvedAtMs } = alert;
  return {
    subject: `${type}: ${sku} at ${locationId}`,
    body: bodyOf({
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
