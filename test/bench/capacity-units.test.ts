import { expect, test } from "vitest";
import { indexWriteUnits, itemReadUnits, queryReadUnits, tableWriteUnits } from "../../bench/capacity-units.ts";
import { type AttributeMap, itemSizeBytes } from "../../bench/item-size.ts";

/** An item of exactly this size, with the attributes given. */
function itemOf(bytes: number, attributes: AttributeMap = {}): AttributeMap {
  const filler = bytes - itemSizeBytes(attributes) - 1;
  return { ...attributes, f: { S: "x".repeat(filler) } };
}

test("a write costs a unit for each KB begun, of the larger of the item before and after", () => {
  expect(tableWriteUnits({ before: undefined, after: itemOf(1024) })).toBe(1);
  expect(tableWriteUnits({ before: undefined, after: itemOf(1025) })).toBe(2);
  expect(tableWriteUnits({ before: itemOf(3000), after: itemOf(100) })).toBe(3);
  expect(tableWriteUnits({ before: itemOf(3000), after: undefined })).toBe(3);
  expect(tableWriteUnits({ before: undefined, after: undefined })).toBe(1);
});

test("a read costs a unit for each 4 KB begun, half when it may be stale, double in a transaction", () => {
  expect(itemReadUnits(itemOf(4096), "consistent")).toBe(1);
  expect(itemReadUnits(itemOf(4097), "consistent")).toBe(2);
  expect(itemReadUnits(itemOf(4097), "eventual")).toBe(1);
  expect(itemReadUnits(itemOf(100), "transactional")).toBe(2);
  expect(itemReadUnits(undefined, "eventual")).toBe(0.5);
});

test("a query sums its items before it rounds", () => {
  expect(queryReadUnits([itemOf(1500), itemOf(2500)], "consistent")).toBe(1);
  expect(queryReadUnits([itemOf(1536), itemOf(6656)], "consistent")).toBe(2);
  expect(queryReadUnits([], "eventual")).toBe(0.5);
});

const index = { partitionKey: "status", sortKey: "at" };
const entry = (status: string, at: string, bytes = 100): AttributeMap =>
  itemOf(bytes, { status: { S: status }, at: { N: at } });

test("an index costs nothing for an item that is not in it, or whose entry stays the same", () => {
  expect(indexWriteUnits(index, { before: undefined, after: itemOf(100) })).toBe(0);
  expect(indexWriteUnits(index, { before: undefined, after: itemOf(100, { status: { S: "open" } }) })).toBe(0);
  expect(indexWriteUnits(index, { before: entry("open", "1"), after: entry("open", "1") })).toBe(0);
});

test("an index costs one entry when it appears, changes or goes", () => {
  expect(indexWriteUnits(index, { before: undefined, after: entry("open", "1") })).toBe(1);
  expect(indexWriteUnits(index, { before: entry("open", "1"), after: entry("open", "1", 1500) })).toBe(2);
  expect(indexWriteUnits(index, { before: entry("open", "1"), after: undefined })).toBe(1);
});

test("an index costs a deletion and a put when the entry's key changes", () => {
  expect(indexWriteUnits(index, { before: entry("open", "1"), after: entry("resolved", "1") })).toBe(2);
});
