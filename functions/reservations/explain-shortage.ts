import type { Shortfall } from "../domain/allocation.ts";
import type { Refusal } from "../domain/refusal.ts";
import { batchGet } from "../storage/batch-get.ts";
import { parseItem } from "../storage/items.ts";
import { inventoryKeys } from "../storage/keys.ts";
import { readString } from "../storage/stored-item.ts";
import type { EndingServices } from "./services.ts";

/**
 * Turns proven shortages into the refusal that the caller reads. Only here, on refusal, are an unknown SKU,
 * an unknown location and an empty level told apart, by a second read.
 */
export async function explainShortage(
  { client, tables }: Pick<EndingServices, "client" | "tables">,
  shortfalls: readonly Shortfall[],
): Promise<Refusal> {
  const lines = shortfalls.map(({ line }) => line);
  const found = await batchGet(
    client,
    tables.inventory,
    [
      ...lines.map(({ sku }) => inventoryKeys.item(sku)),
      ...lines.flatMap(({ locationId }) => (locationId === null ? [] : [inventoryKeys.location(locationId)])),
    ],
    { consistent: true },
  );
  const byKey = new Map(found.map((item) => [`${readString(item, "pk")}\n${readString(item, "sk")}`, item]));
  const stored = ({ pk, sk }: { readonly pk: string; readonly sk: string }) => byKey.get(`${pk}\n${sk}`);

  const unknownSkus = lines.filter(({ sku }) => stored(inventoryKeys.item(sku)) === undefined).map(({ sku }) => sku);
  if (unknownSkus.length > 0) {
    return { kind: "unknown-sku", skus: [...new Set(unknownSkus)] };
  }
  const unknownLocations = lines.flatMap(({ locationId }) =>
    locationId !== null && stored(inventoryKeys.location(locationId)) === undefined ? [locationId] : [],
  );
  if (unknownLocations.length > 0) {
    return { kind: "unknown-location", locationIds: [...new Set(unknownLocations)] };
  }
  return {
    kind: "insufficient-stock",
    lines: shortfalls.map(({ line, available }) => {
      const item = stored(inventoryKeys.item(line.sku));
      return {
        sku: line.sku,
        locationId: line.locationId,
        requested: line.quantity,
        available,
        backorderable: 0,
        restockAt: item === undefined ? null : parseItem(line.sku, item).restockAt,
      };
    }),
  };
}
