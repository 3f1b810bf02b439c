/** Lists in the views table, seconds behind the truth: all items, and which SKUs have a level at a location. */
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Item } from "../domain/catalogue.ts";
import type { LevelKey } from "../domain/level.ts";
import { parseItem, storedItemFields } from "./items.ts";
import { viewKeys } from "./keys.ts";
import { type Listing, type PageRequest, queryPage } from "./page.ts";
import { readString } from "./stored-item.ts";
import { writeIfNewer } from "./write-if-newer.ts";

/** More words than these make no search narrower. */
const mostWords = 10;

function searchText({ sku, name, externalSku, barcode }: Item): string {
  return [sku, name, externalSku, barcode]
    .filter((text) => text !== null)
    .join("\n")
    .toLowerCase();
}

/** An item as it is listed. */
export function listedItem(item: Item): Record<string, unknown> {
  return { ...viewKeys.listedItem(item.sku), ...storedItemFields(item), searchText: searchText(item) };
}

/** Lists the item as it is, unless something newer is listed. */
export async function listItem(client: DynamoDBDocumentClient, table: string, item: Item): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: listedItem(item),
        ConditionExpression: "attribute_not_exists(pk) OR revision < :revision",
        ExpressionAttributeValues: { ":revision": item.revision },
      }),
    );
  });
}

/** One page of the items in order of their SKUs; with a query, those that have all of its words somewhere. */
export async function pageOfItems(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly query: string | null },
): Promise<Listing<Item>> {
  const words = (request.query ?? "").toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords);
  const values = Object.fromEntries(words.map((word, index) => [`:word${index}`, word]));
  return await queryPage(client, {
    limit: request.limit,
    cursor: request.cursor,
    list: `items?${words.join(" ")}`,
    query: {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": viewKeys.itemsPartition, ...values },
      ...(words.length === 0
        ? {}
        : {
            FilterExpression: Object.keys(values)
              .map((word) => `contains(searchText, ${word})`)
              .join(" AND "),
          }),
    },
    fixedKey: { pk: viewKeys.itemsPartition },
    cursorKey: { sk: { type: "string" } },
    parse: (item) => parseItem(readString(item, "sk"), item),
  });
}

/** Notes that the SKU has a level at the location. */
export async function listLevelAtLocation(client: DynamoDBDocumentClient, table: string, key: LevelKey): Promise<void> {
  await client.send(new PutCommand({ TableName: table, Item: viewKeys.locationMember(key) }));
}

/** One page of the SKUs that have a level at the location, in order. */
export async function pageOfSkusAtLocation(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly locationId: string },
): Promise<Listing<string>> {
  const pk = viewKeys.locationPartition(request.locationId);
  return await queryPage(client, {
    limit: request.limit,
    cursor: request.cursor,
    list: `levels?locationId=${request.locationId}`,
    query: { TableName: table, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } },
    fixedKey: { pk },
    cursorKey: { sk: { type: "string" } },
    parse: (item) => readString(item, "sk"),
  });
}
