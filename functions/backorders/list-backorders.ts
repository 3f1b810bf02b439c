import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { QueueEntry } from "../domain/backorder.ts";
import { stillExpectedAt } from "../domain/level.ts";
import type { Runtime } from "../domain/runtime.ts";
import { pageOfQueue } from "../storage/backorders.ts";
import type { Tables } from "../storage/client.ts";
import { readLevelsOfSku } from "../storage/levels.ts";
import { type Listing, type PageRequest, pageOfMany } from "../storage/page.ts";

export interface WaitingEntry {
  readonly entry: QueueEntry;
  /** When new stock is expected now, which may be later than it was promised. */
  readonly restockAt: string | null;
}

export interface BackorderListing {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory">;
  readonly runtime: Pick<Runtime, "now">;
}

/** One page of those who wait for a SKU, oldest promise first; one location after the other unless one is named. */
export async function listBackorders(
  { client, tables, runtime }: BackorderListing,
  request: PageRequest & { readonly sku: string; readonly locationId: string | null },
): Promise<Listing<WaitingEntry>> {
  const { sku, locationId, limit, cursor } = request;
  const levels = (await readLevelsOfSku(client, tables.inventory, sku)).filter(
    (level) => locationId === null || level.locationId === locationId,
  );
  const nowMs = runtime.now();
  const expected = new Map(levels.map((level) => [level.locationId, stillExpectedAt(level.settings, nowMs)]));
  const listing = await pageOfMany(
    levels,
    { limit, cursor },
    `backorders?${sku}`,
    (level) => level.locationId,
    async (level, page) => await pageOfQueue(client, tables.inventory, { ...page, level }),
  );
  return listing.kind === "bad-cursor"
    ? listing
    : {
        ...listing,
        items: listing.items.map((entry) => ({ entry, restockAt: expected.get(entry.locationId) ?? null })),
      };
}
