/** The cells of split levels: their stored form, how they are read, and the steps of splitting and merging. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { inventoryTable } from "../contract/tables.ts";
import {
  type Cell,
  type CellId,
  initialFigures,
  type LastChange,
  type LevelKey,
  type StockKey,
} from "../domain/level.ts";
import type { Runtime } from "../domain/runtime.ts";
import { batchGet } from "./batch-get.ts";
import { itemIsAbsent } from "./condition.ts";
import { entityOf, inventoryKeys } from "./keys.ts";
import { versionIs } from "./level-conditions.ts";
import { changeOfStock } from "./level-writes.ts";
import { parseFigures, parseLastChange, storedLastChange } from "./levels.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import { CorruptItemError, readNumber, readString, type StoredItem } from "./stored-item.ts";
import type { TransactionPart } from "./transaction.ts";

const daySeconds = 86_400;
/** A merged cell stays as a signpost for what rested on it; afterwards, that there is no such cell says the same. */
export const mergedRetentionSeconds = 30 * daySeconds;

/** Throws a `CorruptItemError` when the item is no cell. */
export function parseCell(key: StockKey & { readonly cell: CellId }, stored: StoredItem): Cell {
  const item = upgraded(schemas.cell, stored);
  return {
    sku: key.sku,
    locationId: key.locationId,
    cell: key.cell,
    figures: parseFigures(item),
    version: readNumber(item, "version"),
    isMerged: item["merged"] === true,
    lastChange: parseLastChange(item),
  };
}

/** Whether legs that rested on the cell rest on its level now; undefined stands for no such cell. */
export function isMergedCell(image: StoredItem | undefined): boolean {
  return image === undefined || image["merged"] === true;
}

/** A new cell with so many units, unless it is there already. */
export function creationOfCell(
  table: string,
  key: StockKey,
  quantity: number,
  lastChange: LastChange,
): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: {
        ...inventoryKeys.stock(key),
        ...initialFigures({ onHand: quantity }),
        version: 1,
        lastChange: storedLastChange(lastChange),
      },
      ConditionExpression: itemIsAbsent.expression,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** Takes everything out of a cell that is as it was read; the level gets it in the same transaction. */
export function mergingOfCell(table: string, cell: Cell, lastChange: LastChange): TransactionPart {
  const { onHand, reserved } = cell.figures;
  const ttl = Math.ceil(lastChange.atMs / 1000) + mergedRetentionSeconds;
  return changeOfStock(table, cell, lastChange, { onHand: -onHand, reserved: -reserved }, [versionIs(cell.version)], {
    set: { merged: true, [inventoryTable.timeToLive]: ttl },
  });
}

/** The keys of all cells of one split. */
export function cellKeys({ sku, locationId }: LevelKey, generation: number, cells: number): StockKey[] {
  return Array.from({ length: cells }, (_, at) => ({ sku, locationId, cell: { generation, index: at + 1 } }));
}

/**
 * All cells that a split has made so far, each as it is now, in any order; merged ones among them. With a runtime it
 * waits where partitions have no units left.
 */
export async function readCells(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
  { generation, cells }: { readonly generation: number; readonly cells: number },
  runtime?: Pick<Runtime, "random" | "sleep">,
): Promise<readonly Cell[]> {
  const keys = cellKeys(level, generation, cells).map((key) => inventoryKeys.stock(key));
  const found = await batchGet(client, table, keys, { consistent: true, runtime });
  return found.map((item) => {
    const entity = entityOf({ pk: readString(item, "pk"), sk: readString(item, "sk") });
    if (entity.kind !== "stock" || entity.key.cell === null) {
      throw new CorruptItemError(item, "pk", "cell");
    }
    return parseCell({ ...entity.key, cell: entity.key.cell }, item);
  });
}

/** The record of one split, for those who look into the past of a level. */
export interface Split {
  readonly generation: number;
  readonly cells: number;
  readonly atMs: number;
}

export function recordOfSplit(table: string, level: LevelKey, split: Split): TransactionPart {
  return {
    Put: {
      TableName: table,
      Item: { ...inventoryKeys.split(level, split.generation), ...split },
      ConditionExpression: itemIsAbsent.expression,
    },
  };
}

/** How often a level is split in its life is bounded by people's patience; a page holds thousands. */
const mostSplits = 1_000;

/** All splits of a level, the latest first. */
export async function readSplits(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
): Promise<readonly Split[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :split)",
      ExpressionAttributeValues: {
        ":pk": inventoryKeys.skuPartition(level.sku),
        ":split": inventoryKeys.splitSortKeyPrefix(level),
      },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: mostSplits,
    }),
  );
  return Items.map((stored) => upgraded(schemas.split, stored)).map((item) => ({
    generation: readNumber(item, "generation"),
    cells: readNumber(item, "cells"),
    atMs: readNumber(item, "atMs"),
  }));
}

/** What somebody found who read all cells of a split level twice. */
export interface SoldOut {
  readonly generation: number;
  /** Units that were left, too few for what was wanted. */
  readonly left: number;
  readonly foundAtMs: number;
}

/** Tells the others what was found; it is old news after a second, and then deleted. */
export async function markSoldOut(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
  soldOut: SoldOut,
): Promise<void> {
  const ttl = Math.ceil(soldOut.foundAtMs / 1000) + daySeconds;
  await client.send(
    new PutCommand({
      TableName: table,
      Item: { ...inventoryKeys.soldOut(level), ...soldOut, [inventoryTable.timeToLive]: ttl },
    }),
  );
}

export async function readSoldOut(
  client: DynamoDBDocumentClient,
  table: string,
  level: LevelKey,
): Promise<SoldOut | null> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: inventoryKeys.soldOut(level) }));
  return Item === undefined
    ? null
    : {
        generation: readNumber(Item, "generation"),
        left: readNumber(Item, "left"),
        foundAtMs: readNumber(Item, "foundAtMs"),
      };
}
