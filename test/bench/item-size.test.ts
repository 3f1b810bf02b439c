import { expect, test } from "vitest";
import { itemSizeBytes, valueSizeBytes } from "../../bench/item-size.ts";

test("counts the bytes of names and values in UTF-8", () => {
  expect(itemSizeBytes({ id: { S: "abc" } })).toBe(2 + 3);
  expect(itemSizeBytes({ größe: { S: "€" } })).toBe(7 + 3);
  expect(itemSizeBytes({})).toBe(0);
});

test.each([
  ["0", 1],
  ["7", 2],
  ["12", 2],
  ["123", 3],
  ["120", 3],
  ["1200", 2],
  ["1.2", 3],
  ["0.12", 2],
  ["0.001", 2],
  ["100.5", 4],
  ["1767225600000", 6],
  ["1e30", 2],
  ["12e29", 3],
  ["1.2E-5", 2],
  ["12345678901234567890123456789012345678", 20],
])("counts a byte for each power of 100 in %s, and one more", (text, bytes) => {
  expect(valueSizeBytes({ N: text })).toBe(bytes);
});

test("counts a byte for the sign of a negative number", () => {
  expect(valueSizeBytes({ N: "-12" })).toBe(3);
  expect(valueSizeBytes({ N: "-12.5" })).toBe(4);
});

test("counts a byte for null and Boolean, and the raw bytes of a binary", () => {
  expect(valueSizeBytes({ NULL: true })).toBe(1);
  expect(valueSizeBytes({ BOOL: false })).toBe(1);
  expect(valueSizeBytes({ B: new Uint8Array(10) })).toBe(10);
});

test("counts 3 bytes for a list or map, and one more for each element", () => {
  expect(valueSizeBytes({ L: [] })).toBe(3);
  expect(valueSizeBytes({ M: {} })).toBe(3);
  expect(valueSizeBytes({ L: [{ S: "ab" }, { N: "7" }] })).toBe(3 + (1 + 2) + (1 + 2));
  expect(valueSizeBytes({ M: { sku: { S: "ab" }, tags: { L: [{ S: "x" }] } } })).toBe(
    3 + (1 + 3 + 2) + (1 + 4 + (3 + 1 + 1)),
  );
});

test("counts a set of texts like a list, and does not guess the size of other sets", () => {
  expect(valueSizeBytes({ SS: ["a", "bc"] })).toBe(3 + (1 + 1) + (1 + 2));
  expect(() => valueSizeBytes({ NS: ["1"] })).toThrow("NS");
});
