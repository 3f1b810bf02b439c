/** What buyers can have. The quick way reads summaries that are seconds behind; the exact way reads the levels. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Locations } from "../catalogue/location-directory.ts";
import { type AvailabilityOf, availabilityOfKit, availabilityOfSku } from "../domain/availability.ts";
import { levelSettingsOf } from "../domain/catalogue.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { SkuSummary } from "../domain/summary.ts";
import { wholeLevel } from "../stock/read-levels.ts";
import type { Tables } from "../storage/client.ts";
import { readSku } from "../storage/levels.ts";
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

/** How many SKUs are read at the same time when the levels are read. */
const parallelReads = 16;

type Summaries = ReadonlyMap<string, SkuSummary>;

/** The availability of each SKU in the order asked for; null for one that is not known. */
export async function readAvailability(
  services: AvailabilityServices,
  { skus, locationId, exact }: AvailabilityQuestion,
): Promise<readonly (AvailabilityOf | null)[]> {
  const read = async (wanted: readonly string[]): Promise<Summaries> =>
    exact
      ? await summariesOfLevels(services, wanted)
      : await readSummaries(services.client, services.tables.views, wanted);
  const [locations, ordered] = await Promise.all([services.locations.current(), read(skus)]);
  const components = [...ordered.values()].flatMap(({ item }) => item?.components ?? []).map(({ sku }) => sku);
  const others = [...new Set(components)].filter((sku) => !ordered.has(sku));
  const summaries = others.length === 0 ? ordered : new Map([...ordered, ...(await read(others))]);

  const nowMs = services.runtime.now();
  const isInUse = (at: string): boolean => locations.get(at)?.active !== false;
  const scope = { locationId, nowMs, isInUse, allLocations: [...locations.keys()] };
  return skus.map((sku) => {
    const summary = summaries.get(sku);
    if (summary === undefined) {
      return null;
    }
    return (summary.item?.components.length ?? 0) > 0
      ? availabilityOfKit(summary, summaries, scope)
      : availabilityOfSku(summary, scope);
  });
}

async function summariesOfLevels(services: AvailabilityServices, skus: readonly string[]): Promise<Summaries> {
  const summaries = new Map<string, SkuSummary>();
  const waiting = [...skus];
  const work = async (): Promise<void> => {
    for (let sku = waiting.shift(); sku !== undefined; sku = waiting.shift()) {
      const summary = await summaryOfLevels(services, sku);
      if (summary !== null) {
        summaries.set(sku, summary);
      }
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, work));
  return summaries;
}

async function summaryOfLevels(services: AvailabilityServices, sku: string): Promise<SkuSummary | null> {
  const asOfMs = services.runtime.now();
  const { item, levels } = await readSku(services.client, services.tables.inventory, sku);
  if (item === null) {
    return null;
  }
  const whole = await Promise.all(levels.map(async (level) => await wholeLevel(services, level)));
  const { revision, active, restockAt, availableFrom, components } = item;
  return {
    sku,
    item: {
      revision,
      active,
      restockAt,
      availableFrom,
      components,
      backorderLimit: levelSettingsOf(item).backorderLimit,
    },
    locations: whole.map(({ locationId, version, figures, settings }) => ({
      locationId,
      version,
      sellable: settings.active ? figures.sellable : 0,
      headroom: settings.active ? figures.headroom : 0,
      restockAt: settings.restockAt,
    })),
    asOfMs,
  };
}
