import type { Location, LocationDescription } from "../domain/catalogue.ts";
import type { Outcome } from "../domain/refusal.ts";
import { parseLocation, readLocation, writeLocation } from "../storage/locations.ts";
import { type Replaced, replace } from "./replace.ts";
import type { CatalogueCommand, CatalogueServices } from "./services.ts";

export interface PutLocationCommand extends CatalogueCommand {
  readonly locationId: string;
  readonly description: LocationDescription;
}

/** Describes a location. Reservations follow its priority, and whether it is in use, seconds later. */
export async function putLocation(
  services: CatalogueServices,
  command: PutLocationCommand,
): Promise<Outcome<Replaced<Location>>> {
  const { client, tables } = services;
  const { locationId, description, actor } = command;
  return await replace<Location>(services, command, {
    read: async () => await readLocation(client, tables.inventory, locationId),
    isSame: (present) => isSameDescription(present, description),
    next: (present, nowMs) => ({
      locationId,
      ...description,
      revision: (present?.revision ?? 0) + 1,
      updatedAtMs: nowMs,
      actor,
    }),
    write: async (next, present) => await writeLocation(client, tables.inventory, next, present?.revision ?? 0),
    parse: parseLocation,
  });
}

function isSameDescription(present: LocationDescription, wished: LocationDescription): boolean {
  return (
    present.name === wished.name &&
    present.priority === wished.priority &&
    present.active === wished.active &&
    present.country === wished.country &&
    present.latitude === wished.latitude &&
    present.longitude === wished.longitude
  );
}
