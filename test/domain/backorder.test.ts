import { describe, expect, it } from "vitest";
import { allocateToLines, owesQueue } from "../../functions/domain/backorder.ts";
import { aLeg, aLevel, aLine, plainSettings } from "./sample.ts";

const place = (promisedAtMs: number, quantity: number) => ({ promisedAtMs, quantity });
const head = { sku: "A", locationId: "L1", promisedAtMs: 10 };

describe("the backorder queue", () => {
  it("is owed something when there are units and somebody waits, from the day of sale on", () => {
    const level = aLevel({ available: 2, backordered: 3 });
    expect(owesQueue(level, 0)).toBe(true);
    expect(owesQueue(aLevel({ available: 0, backordered: 3 }), 0)).toBe(false);
    expect(owesQueue(aLevel({ available: 2 }), 0)).toBe(false);
    const settings = { ...plainSettings, availableFrom: "2027-01-01T00:00:00.000Z" };
    const day = Date.parse(settings.availableFrom);
    expect(owesQueue({ ...level, settings }, day - 1)).toBe(false);
    expect(owesQueue({ ...level, settings }, day)).toBe(true);
  });

  it("gives an earlier line its units first, and only those of the promise that is served", () => {
    const lines = [
      aLine("A", 3, null, [aLeg("A", "L1", 1, place(10, 2))], { restockAt: "2027-01-01T00:00:00.000Z" }),
      aLine("A", 5, "L1", [aLeg("A", "L1", 0, place(10, 2), place(20, 3))], { restockAt: "2027-01-01T00:00:00.000Z" }),
    ];
    const after = allocateToLines(lines, head, 3);
    expect(after.map(({ legs }) => legs)).toEqual([
      [aLeg("A", "L1", 3)],
      [aLeg("A", "L1", 1, place(10, 1), place(20, 3))],
    ]);
    expect(after.map(({ restockAt }) => restockAt)).toEqual([null, "2027-01-01T00:00:00.000Z"]);
  });

  it("gives nothing to who has left it", () => {
    const lines = [aLine("A", 3, null, [aLeg("A", "L1", 3)])];
    expect(allocateToLines(lines, head, 3)).toEqual(lines);
  });
});
