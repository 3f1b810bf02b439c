/**
 * Availability summaries in the views table: one item for each SKU, with one attribute for each location. Each
 * part carries the version that it was read from and is replaced only by a newer one, so that messages may
 * come twice and in any order.
 */
import { isDeepStrictEqual } from "node:util";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { viewsTable } from "../contract/tables.ts";
import { backorderLimitOf, type Item, isKit } from "../domain/catalogue.ts";
import type { Level, LevelKey } from "../domain/level.ts";
import type { LocationSummary, SkuSummary } from "../domain/summary.ts";
import { batchGet } from "./batch-get.ts";
import { parseComponents } from "./items.ts";
import { viewKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  CorruptItemError,
  readable,
  readBoolean,
  readMap,
  readNumber,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import { writeIfNewer } from "./write-if-newer.ts";

/** A split level is summed up at most this often. */
const claimHoldsMs = 1_000;
const claimRetentionSeconds = 86_400;

/** Attributes of locations begin with this, so that a location's id can be anything. */
const locationPrefix = "at#";
const summaryPartitionPrefix = viewKeys.summary("").pk;

function parseLocationSummary(item: StoredItem, attribute: string): LocationSummary & { readonly atMs: number } {
  const stored = item[attribute];
  const [version, sellable, headroom, atMs, restockAtMs = null] = Array.isArray(stored) ? (stored as unknown[]) : [];
  if (
    typeof version !== "number" ||
    typeof sellable !== "number" ||
    typeof headroom !== "number" ||
    typeof atMs !== "number" ||
    (restockAtMs !== null && typeof restockAtMs !== "number")
  ) {
    throw new CorruptItemError(item, attribute, "version, sellable, headroom and time");
  }
  return {
    locationId: attribute.slice(locationPrefix.length),
    version,
    sellable,
    headroom,
    atMs,
    restockAt: restockAtMs === null ? null : new Date(restockAtMs).toISOString(),
  };
}

/** What is noted of a level as it was at a time. */
function storedPart({ version, figures, settings }: Level, atMs: number): readonly number[] {
  const { restockAt } = settings;
  return [version, figures.sellable, figures.headroom, atMs, ...(restockAt === null ? [] : [Date.parse(restockAt)])];
}

function locationAttributesOf(item: StoredItem): readonly string[] {
  return Object.keys(item)
    .filter((attribute) => attribute.startsWith(locationPrefix))
    .sort();
}

/** The locations that a summary speaks of. */
export function locationsIn(item: StoredItem): readonly string[] {
  return locationAttributesOf(item).map((attribute) => attribute.slice(locationPrefix.length));
}

function parseSummary(stored: StoredItem): SkuSummary {
  const item = upgraded(schemas.summary, stored);
  const levels = locationAttributesOf(item).map((attribute) => parseLocationSummary(item, attribute));
  const described = item["item"] === undefined ? null : readMap(item, "item");
  return {
    sku: readString(item, "pk").slice(summaryPartitionPrefix.length),
    item:
      described === null
        ? null
        : {
            revision: readNumber(described, "revision"),
            active: readBoolean(described, "active"),
            restockAt: readOptionalString(described, "restockAt"),
            availableFrom: readOptionalString(described, "availableFrom"),
            backorderLimit: readOptionalNumber(described, "backorderLimit") ?? 0,
            components: parseComponents(described, "components"),
          },
    locations: levels.map(({ atMs: _atMs, ...level }) => level),
    asOfMs: Math.max(described === null ? 0 : readNumber(described, "updatedAt"), ...levels.map(({ atMs }) => atMs)),
  };
}

/** The summaries of those SKUs that have one, by SKU, in one call for up to 100; seconds behind the truth. */
export async function readSummaries(
  client: DynamoDBDocumentClient,
  table: string,
  skus: readonly string[],
): Promise<ReadonlyMap<string, SkuSummary>> {
  const found = await batchGet(
    client,
    table,
    skus.map((sku) => viewKeys.summary(sku)),
    { consistent: false },
  );
  return new Map(found.map(parseSummary).map((summary) => [summary.sku, summary]));
}

/** Notes what a level has, unless something newer is noted. */
export async function noteLevel(client: DynamoDBDocumentClient, table: string, level: Level): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: viewKeys.summary(level.sku),
        UpdateExpression: "SET #location = :summary",
        ConditionExpression: "attribute_not_exists(#location) OR #location[0] < :version",
        ExpressionAttributeNames: { "#location": `${locationPrefix}${level.locationId}` },
        ExpressionAttributeValues: {
          ":summary": storedPart(level, level.lastChange.atMs),
          ":version": level.version,
        },
      }),
    );
  });
}

/**
 * Notes what a split level and its cells have together, as it was read at a time; a sum has no version, so of two
 * with the same version of the level the later one holds.
 */
export async function noteSum(
  client: DynamoDBDocumentClient,
  table: string,
  level: Level,
  readAtMs: number,
): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: viewKeys.summary(level.sku),
        UpdateExpression: "SET #location = :summary",
        ConditionExpression:
          "attribute_not_exists(#location) OR #location[0] < :version OR (#location[0] = :version AND #location[3] < :at)",
        ExpressionAttributeNames: { "#location": `${locationPrefix}${level.locationId}` },
        ExpressionAttributeValues: {
          ":summary": storedPart(level, readAtMs),
          ":version": level.version,
          ":at": readAtMs,
        },
      }),
    );
  });
}

/**
 * Takes on the work of summing a split level up, for one purpose: true for one claimant in a second. Whoever is
 * late finds that it has been done, or is being done, after what he came for. A claimant is a message: when it comes
 * again, because its answer was lost or its consumer died, the work is still its own, or else nobody would do it.
 */
export async function claimSum(
  client: DynamoDBDocumentClient,
  table: string,
  purpose: "summary" | "alerts",
  level: LevelKey,
  { claimant, nowMs }: { readonly claimant: string; readonly nowMs: number },
): Promise<boolean> {
  return await writeIfNewer(async () => {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: {
          ...viewKeys.claim(purpose, level),
          claimedAt: nowMs,
          claimedBy: claimant,
          [viewsTable.timeToLive]: Math.ceil(nowMs / 1000) + claimRetentionSeconds,
        },
        ConditionExpression: "attribute_not_exists(pk) OR claimedAt <= :before OR claimedBy = :claimant",
        ExpressionAttributeValues: { ":before": nowMs - claimHoldsMs, ":claimant": claimant },
      }),
    );
  });
}

/** What the truth is of a SKU that a summary speaks of; null where there is none (any more). */
export interface TrueSku {
  readonly item: Item | null;
  levelAt(locationId: string): Level | null;
}

/**
 * The parts of a summary that the truth, read after it, does not bear out: of what is not there, newer than what is,
 * or other than it. What is merely older is no such part: it is replaced by what is newer. Of a split level, whose
 * level alone does not tell its sum, a part of the same version is taken to be right.
 */
export function wrongPartsOf(summary: StoredItem, truth: TrueSku): readonly string[] {
  const ofLevels = locationAttributesOf(summary).filter((attribute) => {
    const part = readable(() => parseLocationSummary(summary, attribute));
    const level = part === null ? null : truth.levelAt(part.locationId);
    if (part === null || level === null || part.version > level.version) {
      return true;
    }
    const { sellable, headroom } = level.figures;
    const tells = part.version === level.version && level.cells === 0;
    const isDated = part.restockAt === level.settings.restockAt;
    return tells && (part.sellable !== sellable || part.headroom !== headroom || !isDated);
  });
  if (summary["item"] === undefined) {
    return ofLevels;
  }
  const revision = readable(() => readNumber(readMap(summary, "item"), "revision"));
  const isWrong =
    truth.item === null ||
    revision === null ||
    revision > truth.item.revision ||
    (revision === truth.item.revision && !isDeepStrictEqual(summary["item"], storedDescription(truth.item)));
  return isWrong ? [...ofLevels, "item"] : ofLevels;
}

/** Takes these parts from a summary, each if it is still what was read, and the whole of it when nothing is left. */
export async function removeParts(
  client: DynamoDBDocumentClient,
  table: string,
  summary: StoredItem,
  parts: readonly string[],
): Promise<void> {
  const Key = { pk: summary["pk"], sk: summary["sk"] };
  for (const part of parts) {
    await writeIfNewer(async () => {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key,
          UpdateExpression: "REMOVE #part",
          ConditionExpression: "#part = :read",
          ExpressionAttributeNames: { "#part": part },
          ExpressionAttributeValues: { ":read": summary[part] },
        }),
      );
    });
  }
  const { Item = {} } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  if (Item["item"] === undefined && locationAttributesOf(Item).length === 0) {
    await client.send(new DeleteCommand({ TableName: table, Key }));
  }
}

function storedDescription(item: Item): Record<string, unknown> {
  const { revision, active, restockAt, availableFrom, updatedAtMs } = item;
  const backorderLimit = backorderLimitOf(item.backorder) || null;
  const components = isKit(item) ? item.components.map(({ sku, quantity }) => [sku, quantity]) : null;
  return {
    revision,
    active,
    updatedAt: updatedAtMs,
    ...withoutNulls({ restockAt, availableFrom, backorderLimit, components }),
  };
}

/** Notes what buyers must know of an item, unless something newer is noted. */
export async function noteItem(client: DynamoDBDocumentClient, table: string, item: Item): Promise<void> {
  await writeIfNewer(async () => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: viewKeys.summary(item.sku),
        UpdateExpression: "SET #item = :item",
        ConditionExpression: "attribute_not_exists(#item) OR #item.revision < :revision",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: { ":item": storedDescription(item), ":revision": item.revision },
      }),
    );
  });
}
