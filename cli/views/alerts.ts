/** The alerts of a level, made anew: those that are open now, as they were raised, from the trail. Nobody is told. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { judgeLevel } from "../../functions/alerts/send-alerts.ts";
import {
  type AlertStatus,
  alertOf,
  epochOf,
  holds,
  type WatchedCondition,
  watchedConditions,
} from "../../functions/domain/alert.ts";
import type { Level } from "../../functions/domain/level.ts";
import { type Movement, standingMovements } from "../../functions/domain/movement.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { endCondition, newestAlert, raiseAlert } from "../../functions/storage/alerts.ts";
import type { Tables } from "../../functions/storage/client.ts";
import { movementsOf } from "../../functions/storage/movements.ts";

export interface AlertRebuilding {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
  readonly runtime: Pick<Runtime, "now">;
}

/**
 * Raises what is true of the level and has no open alert, and ends what is not true any more. A level that is or was
 * split has no crossing that its own trail tells: it is judged as it is now, by the code that judges split levels.
 */
export async function rebuildAlerts(services: AlertRebuilding, level: Level): Promise<void> {
  const { client, tables, runtime } = services;
  if (level.generation > 0) {
    await judgeLevel({ ...services, publish: async () => undefined, observe: () => undefined }, level, runtime.now());
    return;
  }
  const moment = { epoch: epochOf(level), version: level.version };
  for (const condition of watchedConditions) {
    const isTrue = holds(condition, level.figures, level.settings.lowStockThreshold);
    const isOpen = (await newestAlert(client, tables.views, level, condition))?.alert.status === "open";
    if (isTrue && !isOpen) {
      await raiseAgain(services, level, condition);
    } else if (isOpen && !isTrue) {
      const { sku, locationId, lastChange } = level;
      await endCondition(client, tables.views, { type: condition, sku, locationId, ...moment, atMs: lastChange.atMs });
    }
  }
}

/**
 * It is not marked as told: the message of its crossing may be under way, or among the dead letters, and whoever tells
 * of it then finds that nobody has. No other message speaks of it, so that nobody is told because of this.
 */
async function raiseAgain(services: AlertRebuilding, level: Level, condition: WatchedCondition): Promise<void> {
  const { client, tables } = services;
  const trail = standingMovements(await movementsOf(client, tables.movements, level, level.version));
  const beginning = beginningOf(condition, level.settings.lowStockThreshold, trail);
  if (beginning === null || (await raiseAt(services, level, condition, beginning)) === "open") {
    return;
  }
  // It has ended in a time that a restore gave up: what holds again has held again since that restore.
  const restoring = trail.findLast(({ restores }) => restores !== undefined);
  if (restoring !== undefined && restoring.version > beginning.version) {
    await raiseAt(services, level, condition, restoring);
  }
}

async function raiseAt(
  { client, tables }: AlertRebuilding,
  level: Level,
  condition: WatchedCondition,
  { version, after: figures, atMs }: Movement,
): Promise<AlertStatus> {
  const raised = alertOf(condition, level, { epoch: epochOf(level), version, figures, atMs });
  const { alert } = await raiseAlert(client, tables.views, raised);
  return alert.status;
}

/**
 * The movement with which a condition began that holds after the last one; null when it has held from the beginning:
 * stock that was never there cannot run low. Judged by the threshold of now: the trail does not keep that of then.
 */
function beginningOf(
  condition: WatchedCondition,
  threshold: number | null,
  trail: readonly Movement[],
): Movement | null {
  const lastWithout = trail.findLastIndex(({ after }) => !holds(condition, after, threshold));
  return lastWithout === -1 ? null : (trail[lastWithout + 1] ?? null);
}
