/** Reading of items and locations. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Item, Location } from "../domain/catalogue.ts";
import { done, type Outcome, refused } from "../domain/refusal.ts";
import type { Tables } from "../storage/client.ts";
import { readItem } from "../storage/items.ts";
import { pageOfItems } from "../storage/listings.ts";
import { pageOfLocations, readLocation } from "../storage/locations.ts";
import type { Listing, PageRequest } from "../storage/page.ts";

interface CatalogueReading {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
}

/** The item as it is now. */
export async function getItem({ client, tables }: CatalogueReading, sku: string): Promise<Outcome<Item>> {
  const item = await readItem(client, tables.inventory, sku);
  return item === null ? refused({ kind: "not-found", resource: "item" }) : done(item);
}

/** One page of the items in order of their SKUs, seconds behind the truth; a query narrows them to those with all its words. */
export async function listItems(
  { client, tables }: CatalogueReading,
  request: PageRequest & { readonly query: string | null },
): Promise<Listing<Item>> {
  return await pageOfItems(client, tables.views, request);
}

/** The location as it is now. */
export async function getLocation(
  { client, tables }: CatalogueReading,
  locationId: string,
): Promise<Outcome<Location>> {
  const location = await readLocation(client, tables.inventory, locationId);
  return location === null ? refused({ kind: "not-found", resource: "location" }) : done(location);
}

/** One page of the locations as they are now, in order of their ids. */
export async function listLocations(
  { client, tables }: CatalogueReading,
  request: PageRequest,
): Promise<Listing<Location>> {
  return await pageOfLocations(client, tables.inventory, request);
}
