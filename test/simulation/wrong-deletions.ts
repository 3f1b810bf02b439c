/** The table deletes what it should not: open reservations whose time has not come. They are put back. */
import { inventoryKeys } from "../../functions/storage/keys.ts";
import type { Operation } from "./operation.ts";
import { startMs, tables, type World } from "./world/world.ts";

/** How often it is tried, and how long after the reservation was asked for. */
const mostTries = 6;
const longestAfterMs = 1_800_000;

export function deleteWrongly(world: World, operations: readonly Operation[]): void {
  const random = world.random.named("wrong deletions");
  const reserved = operations.flatMap(({ atMs, command }) =>
    command.kind === "reserve" ? [{ atMs, reservationId: command.reservationId }] : [],
  );
  for (let tries = 0; tries < mostTries && reserved.length > 0; tries += 1) {
    const { atMs, reservationId } = random.pick(reserved);
    world.schedule.at(startMs + atMs + longestAfterMs * random.next() ** 2, () => {
      const table = world.database.table(tables.inventory);
      const slot = table.slot({ ...inventoryKeys.reservation(reservationId) });
      const status = slot.image?.["status"];
      const isOpen = (status === "held" || status === "committed") && slot.preparedBy === null;
      if (isOpen && world.faults.strikes("wrong-deletion", random, 30)) {
        world.note(() => `TTL deletes ${reservationId}, which is ${status}`);
        world.database.deleteAsExpired(table, slot, world.nowMs);
      }
    });
  }
}
