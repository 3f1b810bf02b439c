/**
 * Makes the views anew from the other two tables, by the code that keeps them: each item is taken for one that has just
 * been made, and what the stream's reader would have told the views of it is done at once. What is older than a row
 * changes nothing, so it may run while the service does, and be broken off and repeated.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { noteWholeLevel, refreshViews } from "../../functions/availability/refresh-views.ts";
import { forwardsOf } from "../../functions/changes/forwards.ts";
import type { Level } from "../../functions/domain/level.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import type { Tables } from "../../functions/storage/client.ts";
import { listLevelAtLocation } from "../../functions/storage/listings.ts";
import { creationOf, type StoredChange } from "../../functions/storage/stream-record.ts";
import { pagesOf } from "../../functions/storage/walk.ts";
import { inParallel, Pace } from "../pace.ts";
import { rebuildAlerts } from "./alerts.ts";
import { pruneViews } from "./prune.ts";

export interface RebuildServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
  readonly runtime: Pick<Runtime, "now" | "sleep">;
}

export interface Rebuilt {
  /** Rows, or parts of rows, that were not true. */
  readonly removed: number;
  readonly levels: number;
  readonly items: number;
  readonly reservations: number;
}

const parallelItems = 8;
/** In place of the message that would have been sent. */
const asIfSent = { messageId: "views rebuild" };

/** `rate`: how many items are worked on in a second, and how many rows are removed. */
export async function rebuildViews(services: RebuildServices, rate: number): Promise<Rebuilt> {
  const { client, tables, runtime } = services;
  const removed = await pruneViews({ client, tables, pace: new Pace(runtime, rate) });
  const counts = { levels: 0, items: 0, reservations: 0 };
  const pace = new Pace(runtime, rate);
  for await (const items of pagesOf(client, tables.inventory)) {
    const changes = items.map(creationOf).filter(({ kind }) => kind !== "other" && kind !== "cell");
    await inParallel(changes, parallelItems, async (change) => {
      await pace.next();
      await refresh(services, change);
      if (change.kind === "level") {
        counts.levels += 1;
      } else if (change.kind === "item") {
        counts.items += 1;
      } else {
        counts.reservations += 1;
      }
    });
  }
  return { removed, ...counts };
}

async function refresh(services: RebuildServices, change: StoredChange): Promise<void> {
  if (change.kind === "level") {
    await refreshLevel(services, change.after);
    return;
  }
  for (const forward of forwardsOf(change)) {
    if (forward.to === "views") {
      await refreshViews(services, forward.message, asIfSent);
    }
  }
}

/** A level is listed at its location whatever its version is, and its alerts are what is true of it now. */
async function refreshLevel(services: RebuildServices, level: Level): Promise<void> {
  const { client, tables, runtime } = services;
  if (level.cells > 0) {
    await noteWholeLevel(services, level, runtime.now());
  } else {
    await refreshViews(services, { kind: "level", level }, asIfSent);
  }
  await listLevelAtLocation(client, tables.views, level);
  await rebuildAlerts(services, level);
}
