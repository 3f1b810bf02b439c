/** The table deletes what it should not: open reservations whose time has not come. They are put back. */
import { inventoryKeys } from "../../functions/storage/keys.ts";
import type { Clients } from "./clients.ts";
import type { Operation } from "./plan.ts";
import { startMs, tables, type World } from "./world/world.ts";

/** How often it is tried, and how long after the reservation was asked for. */
const mostTries = 6;
const longestAfterMs = 1_800_000;

/**
 * Only records are deleted whose id nobody will ask for again: under an id that is in use again nothing can be put
 * back, and the service says so loudly.
 */
export function deleteWrongly(world: World, clients: Clients, operations: readonly Operation[]): void {
  const random = world.random.named("wrong deletions");
  const askedFor = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (operation.command.kind === "reserve") {
      const { reservationId } = operation.command;
      askedFor.set(reservationId, [...(askedFor.get(reservationId) ?? []), operation]);
    }
  }
  const ids = [...askedFor];
  for (let tries = 0; tries < mostTries && ids.length > 0; tries += 1) {
    const [reservationId, by] = random.pick(ids);
    const lastMs = Math.max(...by.map(({ atMs }) => atMs));
    world.schedule.at(startMs + lastMs + longestAfterMs * random.next() ** 2, () => {
      const table = world.database.table(tables.inventory);
      const slot = table.slot({ ...inventoryKeys.reservation(reservationId) });
      const status = slot.image?.["status"];
      const isOpen = (status === "held" || status === "committed") && slot.preparedBy === null;
      if (isOpen && clients.areSettled(by) && world.faults.strikes("wrong-deletion", random, 30)) {
        world.note(() => `TTL deletes ${reservationId}, which is ${status}`);
        world.database.deleteAsExpired(table, slot, world.nowMs);
      }
    });
  }
}
