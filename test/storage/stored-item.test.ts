import { describe, expect, it } from "vitest";
import {
  partOf,
  readBoolean,
  readList,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  withoutNulls,
} from "../../functions/storage/stored-item.ts";

const row = { pk: "SKU#A", sk: "ITEM", name: "Mug", count: 3, active: true, tags: ["x"], limit: { quantity: 2 } };

describe("a stored item", () => {
  it("gives what it has, and nothing for what may be missing", () => {
    expect(readString(row, "name")).toBe("Mug");
    expect(readNumber(row, "count")).toBe(3);
    expect(readBoolean(row, "active")).toBe(true);
    expect(readList(row, "tags")).toEqual(["x"]);
    expect(readOneOf(row, "name", ["Mug", "Cup"])).toBe("Mug");
    expect(readNumber(readMap(row, "limit"), "quantity")).toBe(2);
    expect([readOptionalNumber(row, "none"), readOptionalString(row, "none")]).toEqual([null, null]);
  });

  it("that lacks its shape is a loud defect, which names the row and the attribute", () => {
    const told = "The item SKU#A / ITEM has no";
    expect(() => readNumber(row, "name")).toThrow(`${told} number in name.`);
    expect(() => readString(row, "count")).toThrow(`${told} string in count.`);
    expect(() => readBoolean(row, "none")).toThrow(`${told} boolean in none.`);
    expect(() => readList(row, "limit")).toThrow(`${told} list in limit.`);
    expect(() => readMap(row, "tags")).toThrow(`${told} map in tags.`);
    expect(() => readOneOf(row, "name", ["Cup"])).toThrow(`${told} one of Cup in name.`);
    expect(() => readOptionalString(row, "count")).toThrow(told);
    expect(() => readOptionalNumber(row, "name")).toThrow(told);
  });

  it("names the row also for what is wrong inside of it", () => {
    const line = partOf({ ...row, lines: [{ quantity: "2" }] }, "lines", { quantity: "2" });
    expect(() => readNumber(line, "quantity")).toThrow("The item SKU#A / ITEM has no number in quantity.");
    expect(() => readString(readMap(row, "limit"), "sku")).toThrow("The item SKU#A / ITEM has no string in sku.");
    expect(() => partOf(row, "lines", null)).toThrow("The item SKU#A / ITEM has no map in lines.");
    const movement = { pk: "LEVEL#A#L1", version: 7, after: {} };
    expect(() => readNumber(readMap(movement, "after"), "onHand")).toThrow("The item LEVEL#A#L1 / 7 has no number");
  });

  it("has no attribute for what has no value", () => {
    expect(withoutNulls({ a: null, b: undefined, c: 0, d: false, e: "" })).toEqual({ c: 0, d: false, e: "" });
  });
});
