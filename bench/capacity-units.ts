/**
 * Capacity units by AWS's published rules:
 *
 * - reads and writes: "DynamoDB read and write operations",
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 * - a write whose condition failed is billed by the item that it met: "Working with items and attributes",
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
 * - transactions: every item is written twice, to prepare and to commit: "Managing complex workflows with
 *   DynamoDB transactions", https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 * - indexes: "Using Global Secondary Indexes in DynamoDB", provisioned throughput considerations,
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
import { isDeepStrictEqual } from "node:util";
import { type AttributeMap, itemSizeBytes } from "./item-size.ts";

/** What an item was before a write and is after it; undefined where there is none. */
export interface ItemImages {
  readonly before: AttributeMap | undefined;
  readonly after: AttributeMap | undefined;
}

const writeUnitBytes = 1024;
const readUnitBytes = 4096;

/** How a read is billed in comparison to a strongly consistent one. */
export const readFactors = { eventual: 0.5, consistent: 1, transactional: 2 } as const;
export type ReadConsistency = keyof typeof readFactors;

/** A transaction prepares and commits each of its items. */
export const transactionalWriteFactor = 2;

function sizeOf(item: AttributeMap | undefined): number {
  return item === undefined ? 0 : itemSizeBytes(item);
}

/** Whole units; what is not there costs one all the same. */
function unitsOf(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}

/** Units of one write in the table itself: the larger of the item before and after. */
export function tableWriteUnits({ before, after }: ItemImages): number {
  return unitsOf(Math.max(sizeOf(before), sizeOf(after)), writeUnitBytes);
}

/** Units of one item read alone; a batch rounds each of its items like this. */
export function itemReadUnits(item: AttributeMap | undefined, consistency: ReadConsistency): number {
  return unitsOf(sizeOf(item), readUnitBytes) * readFactors[consistency];
}

/** Units of one page of a query: the sizes are summed, then rounded. */
export function queryReadUnits(items: readonly AttributeMap[], consistency: ReadConsistency): number {
  const bytes = items.reduce((sum, item) => sum + itemSizeBytes(item), 0);
  return unitsOf(bytes, readUnitBytes) * readFactors[consistency];
}

/** The attributes that name an entry of a global secondary index; all attributes are projected. */
export interface IndexShape {
  readonly partitionKey: string;
  readonly sortKey: string;
}

/**
 * Units that one write of an item costs in an index: none when the item is not in it or its entry stays the
 * same, one entry when it appears, changes or goes, and two (a deletion and a put) when its key changes.
 * Entries are written after the commit, so that a transaction does not double them.
 */
export function indexWriteUnits(index: IndexShape, { before, after }: ItemImages): number {
  const old = entryOf(index, before);
  const now = entryOf(index, after);
  if (isDeepStrictEqual(old, now)) {
    return 0;
  }
  const moved =
    old !== undefined &&
    now !== undefined &&
    !isDeepStrictEqual([old[index.partitionKey], old[index.sortKey]], [now[index.partitionKey], now[index.sortKey]]);
  return moved
    ? tableWriteUnits({ before: old, after: undefined }) + tableWriteUnits({ before: undefined, after: now })
    : tableWriteUnits({ before: old, after: now });
}

function entryOf({ partitionKey, sortKey }: IndexShape, item: AttributeMap | undefined): AttributeMap | undefined {
  return item?.[partitionKey] === undefined || item[sortKey] === undefined ? undefined : item;
}
