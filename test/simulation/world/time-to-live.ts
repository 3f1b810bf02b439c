/** The tables' TTL: an item is deleted within 48 hours after its time, if it is still its time then. */
import { inventoryTable } from "../../../functions/contract/tables.ts";
import type { Random } from "./random.ts";
import { startMs, tables, type World } from "./world.ts";

const dayMs = 86_400_000;
/** What is to be deleted later than this is not waited for. */
const horizonMs = startMs + 4 * dayMs;

export function startTimeToLive(world: World): void {
  const attribute = inventoryTable.timeToLive;
  const random = world.random.named("time to live");
  world.watch(({ table, key, before, after }) => {
    const ttl = after?.[attribute];
    if (table === tables.movements || typeof ttl !== "number" || ttl === before?.[attribute]) {
      return;
    }
    const dueMs = ttl * 1000;
    if (dueMs <= horizonMs) {
      visit(world, random, table, key, dueMs + delayOf(world, random));
    }
  });

  function visit(w: World, chance: Random, tableName: string, key: Readonly<Record<string, unknown>>, atMs: number) {
    w.schedule.at(atMs, () => {
      const table = w.database.table(tableName);
      const outcome = w.database.expire(table, table.slot(key), attribute, w.nowMs);
      if (outcome === "deleted") {
        w.note(() => `TTL deletes ${Object.values(key).join(" / ")}`);
      } else if (outcome === "busy") {
        visit(w, chance, tableName, key, w.nowMs + 1_000);
      }
    });
  }
}

/** AWS says: typically within a few days; without a fault it is prompt here, so that it meets the other ways. */
function delayOf(world: World, random: Random): number {
  return world.faults.strikes("late-deletion", random, 20) ? 2 * dayMs * random.next() : 10_000 * random.next();
}
