import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { LevelKey } from "../domain/level.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { ViewMessage } from "../messaging/messages.ts";
import { type Delivery, done, type Ending } from "../queue-consumer.ts";
import { wholeLevel } from "../stock/read-levels.ts";
import type { Tables } from "../storage/client.ts";
import { readLevel } from "../storage/levels.ts";
import { listItem, listLevelAtLocation } from "../storage/listings.ts";
import { listReservation, unlistReservation } from "../storage/reservation-lists.ts";
import { claimSum, noteItem, noteLevel, noteSum } from "../storage/summaries.ts";

export interface ViewServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly runtime: Pick<Runtime, "now">;
}

/** Brings the summaries and lists up to date; what is older than they are changes nothing. */
export async function refreshViews(
  services: ViewServices,
  message: ViewMessage,
  { messageId }: Pick<Delivery, "messageId">,
): Promise<Ending> {
  const { client, tables } = services;
  switch (message.kind) {
    case "level":
      await noteLevel(client, tables.views, message.level);
      if (message.level.version === 1) {
        await listLevelAtLocation(client, tables.views, message.level);
      }
      return done;
    case "split-level":
      return await sumUp(services, message, messageId);
    case "reservation":
      await listReservation(client, tables.views, message.reservation);
      return done;
    case "reservation-gone":
      await unlistReservation(client, tables.views, message.reservation);
      return done;
    case "item":
      await noteItem(client, tables.views, message.item);
      await listItem(client, tables.views, message.item);
      return done;
  }
}

/** Sums a split level up, at most once a second; what became whole again is noted with its new version. */
async function sumUp(services: ViewServices, { sku, locationId }: LevelKey, claimant: string): Promise<Ending> {
  const { client, tables, runtime } = services;
  const key = { sku, locationId };
  const nowMs = runtime.now();
  if (!(await claimSum(client, tables.views, "summary", key, { claimant, nowMs }))) {
    return { kind: "discard", reason: "The level has just been summed up." };
  }
  await noteWholeLevel(services, key, nowMs);
  return done;
}

/** Notes what a level has together with its cells, as it is read from this moment on. */
export async function noteWholeLevel(services: ViewServices, key: LevelKey, nowMs: number): Promise<void> {
  const { client, tables } = services;
  const level = await readLevel(client, tables.inventory, key);
  if (level === null) {
    throw new Error(`There is no level of ${key.sku} at ${key.locationId} to sum up.`);
  }
  await noteSum(client, tables.views, await wholeLevel(services, level), nowMs);
}
