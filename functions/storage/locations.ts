/** The locations: few, changed seldom, all in one partition that lists them consistently. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Location } from "../domain/catalogue.ts";
import { expressionOf, itemIsAbsent } from "./condition.ts";
import { revisionIs } from "./items.ts";
import { inventoryKeys } from "./keys.ts";
import { type Listing, type PageRequest, queryPage } from "./page.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  readBoolean,
  readNumber,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import { putOne, type SingleWriteResult } from "./transaction.ts";

function storedLocation(location: Location): Record<string, unknown> {
  return {
    ...inventoryKeys.location(location.locationId),
    name: location.name,
    priority: location.priority,
    active: location.active,
    revision: location.revision,
    updatedAt: location.updatedAtMs,
    actor: location.actor,
    ...withoutNulls({
      country: location.country,
      latitude: location.latitude,
      longitude: location.longitude,
    }),
  };
}

/** Throws a `CorruptItemError` when the item is no location. */
export function parseLocation(stored: StoredItem): Location {
  const item = upgraded(schemas.location, stored);
  return {
    locationId: readString(item, "sk"),
    name: readString(item, "name"),
    priority: readNumber(item, "priority"),
    active: readBoolean(item, "active"),
    country: readOptionalString(item, "country"),
    latitude: readOptionalNumber(item, "latitude"),
    longitude: readOptionalNumber(item, "longitude"),
    revision: readNumber(item, "revision"),
    updatedAtMs: readNumber(item, "updatedAt"),
    actor: readString(item, "actor"),
  };
}

/** The location as it is now, or null. */
export async function readLocation(
  client: DynamoDBDocumentClient,
  table: string,
  locationId: string,
): Promise<Location | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.location(locationId), ConsistentRead: true }),
  );
  return Item === undefined ? null : parseLocation(Item);
}

/** Writes the next state of a location that is still at the revision seen; 0 stands for none. */
export async function writeLocation(
  client: DynamoDBDocumentClient,
  table: string,
  location: Location,
  seenRevision: number,
): Promise<SingleWriteResult> {
  const condition = seenRevision === 0 ? itemIsAbsent : revisionIs(seenRevision);
  return await putOne(client, {
    TableName: table,
    Item: storedLocation(location),
    ...expressionOf(condition),
  });
}

const ofAllLocations = {
  KeyConditionExpression: "pk = :pk",
  ExpressionAttributeValues: { ":pk": inventoryKeys.locationsPartition },
  ConsistentRead: true,
} as const;

/** One page of the locations, consistent, in order of their ids. */
export async function pageOfLocations(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest,
): Promise<Listing<Location>> {
  return await queryPage(client, {
    ...request,
    list: "locations",
    query: { TableName: table, ...ofAllLocations },
    fixedKey: { pk: inventoryKeys.locationsPartition },
    cursorKey: { sk: { type: "string" } },
    parse: parseLocation,
  });
}

/** A location takes well under 1 KB, so this many pages of 1 MB hold more than any merchant has. */
const mostPages = 20;

/** All locations as they are now. */
export async function readAllLocations(client: DynamoDBDocumentClient, table: string): Promise<readonly Location[]> {
  const locations: Location[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ TableName: table, ...ofAllLocations, ExclusiveStartKey: start }),
    );
    locations.push(...Items.map(parseLocation));
    if (LastEvaluatedKey === undefined) {
      return locations;
    }
    start = LastEvaluatedKey;
  }
  throw new Error("There are more locations than can be read at once.");
}
