import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Location } from "../domain/catalogue.ts";
import type { Runtime } from "../domain/runtime.ts";
import { readAllLocations } from "../storage/locations.ts";

/** How old the locations may be that a reservation is planned with. */
const mostAgeMs = 5_000;

/** All locations by id, at most a few seconds old. */
export interface Locations {
  current(): Promise<ReadonlyMap<string, Location>>;
  /** These among them, even when they are new. */
  including(locationIds: Iterable<string>): Promise<ReadonlyMap<string, Location>>;
}

/** All locations, kept in memory and read again when they are older than five seconds. */
export class LocationDirectory implements Locations {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  private readonly runtime: Pick<Runtime, "now">;
  private latest: { readonly atMs: number; readonly locations: Promise<ReadonlyMap<string, Location>> } | null = null;

  constructor(client: DynamoDBDocumentClient, table: string, runtime: Pick<Runtime, "now">) {
    this.client = client;
    this.table = table;
    this.runtime = runtime;
  }

  /** By id. A failed read is not kept. */
  async current(): Promise<ReadonlyMap<string, Location>> {
    const nowMs = this.runtime.now();
    if (this.latest === null || nowMs - this.latest.atMs > mostAgeMs) {
      const reading = { atMs: nowMs, locations: this.read() };
      this.latest = reading;
      reading.locations.catch(() => {
        this.latest = this.latest === reading ? null : this.latest;
      });
    }
    return await this.latest.locations;
  }

  /** By id. When one of these is not among them, it is new: they are read again. */
  async including(locationIds: Iterable<string>): Promise<ReadonlyMap<string, Location>> {
    const known = await this.current();
    for (const locationId of locationIds) {
      if (!known.has(locationId)) {
        this.latest = null;
        return await this.current();
      }
    }
    return known;
  }

  private async read(): Promise<ReadonlyMap<string, Location>> {
    const locations = await readAllLocations(this.client, this.table);
    return new Map(locations.map((location) => [location.locationId, location]));
  }
}
