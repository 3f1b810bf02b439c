/** What buyers can have. The quick way reads summaries that are seconds behind; the exact way reads the levels. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Locations } from "../catalogue/location-directory.ts";
import type { Location } from "../domain/catalogue.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { LocationSummary, SkuSummary } from "../domain/summary.ts";
import type { Tables } from "../storage/client.ts";
import { readItem } from "../storage/items.ts";
import { readLevel, readLevelsOfSku } from "../storage/levels.ts";
import { readSummaries } from "../storage/summaries.ts";

export interface AvailabilityServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly runtime: Pick<Runtime, "now">;
  readonly locations: Pick<Locations, "current">;
}

export interface AvailabilityQuestion {
  readonly skus: readonly string[];
  /** Null for all locations. */
  readonly locationId: string | null;
  readonly exact: boolean;
}

export interface SkuAvailability {
  readonly sku: string;
  /** What a new buyer can have, never below 0. */
  readonly available: number;
  /** What may be promised beyond the stock, never below 0. */
  readonly backorderable: number;
  readonly restockAt: string | null;
  readonly asOfMs: number;
  readonly locations: readonly { readonly locationId: string; readonly available: number }[];
}

/** How many SKUs are read at the same time when the levels are read. */
const parallelReads = 16;

/** The availability of each SKU in the order asked for; null for one that is not known. */
export async function readAvailability(
  services: AvailabilityServices,
  question: AvailabilityQuestion,
): Promise<readonly (SkuAvailability | null)[]> {
  const [locations, summaries] = await Promise.all([
    services.locations.current(),
    question.exact
      ? summariesOfLevels(services, question)
      : readSummaries(services.client, services.tables.views, question.skus),
  ]);
  return question.skus.map((sku) => {
    const summary = summaries.get(sku);
    return summary === undefined ? null : availabilityOf(summary, question.locationId, locations);
  });
}

/** An archived item and a location out of use have nothing for a new buyer. */
function availabilityOf(
  { sku, item, locations: summaries, asOfMs }: SkuSummary,
  locationId: string | null,
  locations: ReadonlyMap<string, Location>,
): SkuAvailability {
  const isForSale = item?.active !== false;
  const asked = summaries.filter(
    (summary) =>
      (locationId === null || summary.locationId === locationId) && locations.get(summary.locationId)?.active !== false,
  );
  const forBuyers = (figure: (summary: LocationSummary) => number, summary: LocationSummary): number =>
    isForSale ? Math.max(0, figure(summary)) : 0;
  const perLocation = asked.map((summary) => ({
    locationId: summary.locationId,
    available: forBuyers(({ sellable }) => sellable, summary),
  }));
  return {
    sku,
    available: perLocation.reduce((sum, { available }) => sum + available, 0),
    backorderable: asked.reduce((sum, summary) => sum + forBuyers(({ headroom }) => headroom, summary), 0),
    restockAt: item?.restockAt ?? null,
    asOfMs,
    locations: perLocation,
  };
}

async function summariesOfLevels(
  services: AvailabilityServices,
  { skus, locationId }: AvailabilityQuestion,
): Promise<ReadonlyMap<string, SkuSummary>> {
  const summaries = new Map<string, SkuSummary>();
  const waiting = [...skus];
  const work = async (): Promise<void> => {
    for (let sku = waiting.shift(); sku !== undefined; sku = waiting.shift()) {
      const summary = await summaryOfLevels(services, sku, locationId);
      if (summary !== null) {
        summaries.set(sku, summary);
      }
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, work));
  return summaries;
}

async function summaryOfLevels(
  { client, tables, runtime }: AvailabilityServices,
  sku: string,
  locationId: string | null,
): Promise<SkuSummary | null> {
  const asOfMs = runtime.now();
  const [item, levels] = await Promise.all([
    readItem(client, tables.inventory, sku),
    locationId === null
      ? readLevelsOfSku(client, tables.inventory, sku)
      : readLevel(client, tables.inventory, { sku, locationId }).then((level) => (level === null ? [] : [level])),
  ]);
  if (item === null) {
    return null;
  }
  return {
    sku,
    item: { revision: item.revision, active: item.active, restockAt: item.restockAt },
    locations: levels.map(({ locationId: at, version, figures, settings }) => ({
      locationId: at,
      version,
      sellable: settings.active ? figures.sellable : 0,
      headroom: settings.active ? figures.headroom : 0,
    })),
    asOfMs,
  };
}
