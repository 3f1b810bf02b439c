/** Which locations have been out of use, and since when: they take no new reservations, seconds later. */
import { keyPrefixes } from "../../functions/contract/tables.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { parseLocation } from "../../functions/storage/locations.ts";
import { tables, type World } from "./world/world.ts";

/** How old the list of locations may be that a reservation is planned with. */
const mostAgeMs = 5_000;

interface Use {
  readonly fromMs: number;
  readonly active: boolean;
}

export class LocationsInUse {
  private readonly world: World;
  /** How each location was described, from when on. */
  private readonly uses = new Map<string, Use[]>();

  constructor(world: World) {
    this.world = world;
    world.watch(({ table, key, after }) => {
      if (table === tables.inventory && key["pk"] === keyPrefixes.locations && after !== undefined) {
        const { locationId, active } = parseLocation(after);
        const known = this.uses.get(locationId) ?? [];
        this.uses.set(locationId, [...known, { fromMs: world.nowMs, active }]);
      }
    });
  }

  /** Whether whoever plans since then takes it to be in use: it has been, all the time. */
  isInUse(locationId: string, sinceMs: number): boolean {
    return this.since(locationId, sinceMs - mostAgeMs).every(({ active }) => active);
  }

  /** A reservation that was made by a request which began at that time. */
  judge({ reservationId, lines }: Reservation, begunMs: number): void {
    for (const { locationId } of lines.flatMap(({ legs }) => legs)) {
      if (this.since(locationId, begunMs - mostAgeMs).every(({ active }) => !active)) {
        this.world.fail("a location out of use takes no new reservations", `${reservationId} rests on ${locationId}`);
      }
    }
  }

  /** How it was described at that time and since. */
  private since(locationId: string, sinceMs: number): readonly Use[] {
    const known = this.uses.get(locationId) ?? [];
    const first = known.findLastIndex(({ fromMs }) => fromMs < sinceMs);
    return known.slice(Math.max(0, first));
  }
}
