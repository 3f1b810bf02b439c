/** Reading: queries and scans in pages, and items in batches. */
import { conditionOf } from "../../../bench/expressions/conditions.ts";
import { placeholdersOf } from "../../../bench/expressions/placeholders.ts";
import { ExpressionError } from "../../../bench/expressions/tokens.ts";
import type { Attributes } from "../../../bench/expressions/values.ts";
import { compareKeys, type Slot, type Table } from "./table.ts";

export interface QueryInput {
  readonly IndexName?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
  readonly ScanIndexForward?: boolean | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly Limit?: number | undefined;
  readonly ExclusiveStartKey?: Attributes | undefined;
}

export interface Page {
  readonly Items: readonly Attributes[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey: Attributes | undefined;
}

/** How a read sees a place: as it is now, or as it was some time ago. */
export type View = (slot: Slot) => Attributes | undefined;

/** The partition that a key condition names, so that only it is looked at. */
const partitionCondition = /^\s*(#?[A-Za-z0-9_]+)\s*=\s*(:[A-Za-z0-9_]+)/;

/** One page; `mostItems` stands for the megabyte that DynamoDB reads at most. */
export function query(table: Table, input: QueryInput, view: View, mostItems: number): Page {
  const { KeyConditionExpression = "", FilterExpression, ScanIndexForward = true } = input;
  const placeholders = placeholdersOf(input, [KeyConditionExpression, FilterExpression]);
  const isWanted = conditionOf(KeyConditionExpression);
  const index = table.schema.indexes.find(({ indexName }) => indexName === input.IndexName);
  if ((index === undefined) !== (input.IndexName === undefined)) {
    throw new Error(`The table does not have the specified index: ${input.IndexName}`);
  }
  if (input.ExclusiveStartKey !== undefined && !isWanted(input.ExclusiveStartKey, placeholders)) {
    throw new ExpressionError("The provided starting key is outside query boundaries based on provided conditions");
  }
  const [, , value = ""] = partitionCondition.exec(KeyConditionExpression) ?? [];
  const slots =
    index === undefined ? table.partition(String(input.ExpressionAttributeValues?.[value] ?? "")) : table.all();
  const found = slots.flatMap((slot) => {
    const image = view(slot);
    const isThere =
      image !== undefined && (index === undefined || (index.partitionKey in image && index.sortKey in image));
    return isThere && isWanted(image, placeholders) ? [image] : [];
  });
  const ordered = index === undefined ? found : inOrderOfIndex(table, index.sortKey, found);
  const keyOf = (item: Attributes): Attributes =>
    index === undefined
      ? table.keyOf(item)
      : {
          ...table.keyOf(item),
          [index.partitionKey]: item[index.partitionKey],
          [index.sortKey]: item[index.sortKey],
        };
  const sortNames = index === undefined ? [table.schema.sortKey] : orderingOf(table, index.sortKey);
  const directed = ScanIndexForward ? ordered : [...ordered].reverse();
  const behind = afterKey(directed, input.ExclusiveStartKey, sortNames, ScanIndexForward);
  return pageOf(behind, input, mostItems, keyOf, placeholders);
}

export function scan(table: Table, input: QueryInput, view: View, mostItems: number): Page {
  const placeholders = placeholdersOf(input, [input.FilterExpression]);
  const start = input.ExclusiveStartKey;
  const slots = table.all();
  const from = start === undefined ? 0 : slots.indexOf(table.slot(start)) + 1;
  const images = slots.slice(from).flatMap((slot): readonly Attributes[] => {
    const image = view(slot);
    return image === undefined ? [] : [image];
  });
  return pageOf(images, input, mostItems, (item) => table.keyOf(item), placeholders);
}

function pageOf(
  items: readonly Attributes[],
  { FilterExpression, Limit }: QueryInput,
  mostItems: number,
  keyOf: (item: Attributes) => Attributes,
  placeholders: ReturnType<typeof placeholdersOf>,
): Page {
  const most = Math.min(Limit ?? Number.POSITIVE_INFINITY, mostItems);
  const looked = items.slice(0, most);
  const last = looked.at(-1);
  const passes = FilterExpression === undefined ? null : conditionOf(FilterExpression);
  const Items = passes === null ? looked : looked.filter((item) => passes(item, placeholders));
  return {
    Items,
    Count: Items.length,
    ScannedCount: looked.length,
    // A page that the limit ends has a key to go on from, even when nothing follows.
    LastEvaluatedKey:
      last !== undefined && (looked.length < items.length || looked.length === most) ? keyOf(last) : undefined,
  };
}

function orderingOf(table: Table, sortKey: string): readonly string[] {
  return [sortKey, table.schema.partitionKey, table.schema.sortKey];
}

function inOrderOfIndex(table: Table, sortKey: string, items: readonly Attributes[]): readonly Attributes[] {
  const names = orderingOf(table, sortKey);
  return [...items].sort((a, b) => compareBy(names, a, b));
}

function compareBy(names: readonly string[], one: Attributes, other: Attributes): number {
  return names.reduce((order, name) => order || compareKeys(one[name], other[name]), 0);
}

function afterKey(
  items: readonly Attributes[],
  start: Attributes | undefined,
  names: readonly string[],
  forward: boolean,
): readonly Attributes[] {
  if (start === undefined) {
    return items;
  }
  const first = items.findIndex((item) => (forward ? 1 : -1) * compareBy(names, item, start) > 0);
  return first === -1 ? [] : items.slice(first);
}
