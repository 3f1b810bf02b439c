import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deltasOfEffect,
  purchaseEffects,
  queueEffects,
  stockEffects,
  writesToEnd,
} from "../../functions/domain/effects.ts";
import { stockName } from "../../functions/domain/level.ts";
import { endedLines, legsOf, type ReservationLine, resolveMergedCells } from "../../functions/domain/line.ts";
import { aLeg, aLine } from "./sample.ts";

const anyLeg = fc.record({
  sku: fc.constantFrom("A", "B"),
  locationId: fc.constantFrom("L1", "L2"),
  cell: fc.constantFrom(null, { generation: 1, index: 1 }, { generation: 1, index: 2 }),
  allocated: fc.nat({ max: 5 }),
  fulfilled: fc.nat({ max: 5 }),
  places: fc.uniqueArray(
    fc.record({ promisedAtMs: fc.integer({ min: 1, max: 5 }), quantity: fc.integer({ min: 1, max: 4 }) }),
    { selector: ({ promisedAtMs }) => promisedAtMs, maxLength: 2 },
  ),
});
const anyLines: fc.Arbitrary<readonly ReservationLine[]> = fc.array(anyLeg, { maxLength: 5 }).map((legs) =>
  legs.map(({ places, ...leg }) => {
    const waiting = leg.cell === null ? [...places].sort((a, b) => a.promisedAtMs - b.promisedAtMs) : [];
    const backordered = waiting.reduce((sum, { quantity }) => sum + quantity, 0);
    return aLine(leg.sku, 1, null, [{ ...leg, backordered, returned: 0, places: waiting }]);
  }),
);

describe("the change of a reservation", () => {
  it("is exactly what brings the levels and the queues from one state to the next", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const held = new Map<string, [number, number, number]>();
        for (const [lines, sign] of [
          [before, 1],
          [after, -1],
        ] as const) {
          for (const leg of legsOf({ lines })) {
            const sum = held.get(stockName(leg)) ?? [0, 0, 0];
            held.set(stockName(leg), [
              sum[0] + sign * leg.allocated,
              sum[1] + sign * leg.backordered,
              sum[2] + sign * leg.fulfilled,
            ]);
          }
        }
        for (const { key, allocated, backordered, fulfilled } of stockEffects(before, after)) {
          const [a, b, f] = held.get(stockName(key)) ?? [0, 0, 0];
          expect([a + allocated, b + backordered, f + fulfilled]).toEqual([0, 0, 0]);
          held.delete(stockName(key));
        }
        expect([...held.values()].flat().every((units) => units === 0)).toBe(true);

        const inQueue = (lines: readonly ReservationLine[]) =>
          legsOf({ lines })
            .flatMap(({ places }) => places)
            .reduce((sum, { quantity }) => sum + quantity, 0);
        const moved = queueEffects(before, after).reduce((sum, effect) => sum + effect.after - effect.before, 0);
        expect(moved).toBe(inQueue(after) - inQueue(before));
      }),
    );
  });

  it("is nothing when nothing changes", () => {
    fc.assert(
      fc.property(anyLines, (lines) => {
        expect([
          ...stockEffects(lines, lines),
          ...queueEffects(lines, lines),
          ...purchaseEffects(lines, lines),
        ]).toEqual([]);
      }),
    );
  });

  it("takes units off the shelf when they are shipped, and only then", () => {
    const shipped = { key: { sku: "A", locationId: "L1", cell: null }, allocated: -2, backordered: 0, fulfilled: 2 };
    expect(deltasOfEffect(shipped)).toEqual({ onHand: -2, reserved: -2, backordered: 0 });
  });

  it("gives everything open back at the end, and says how many writes that takes", () => {
    const line = aLine("A", 5, null, [aLeg("A", "L1", 2, { promisedAtMs: 1, quantity: 3 })], {
      counted: [{ windowDays: 30, window: 7, quantity: 5 }],
    });
    expect(stockEffects([line], endedLines([line]))).toMatchObject([{ allocated: -2, backordered: -3 }]);
    expect(purchaseEffects([line], endedLines([line]))).toEqual([
      { sku: "A", windowDays: 30, window: 7, quantity: -5 },
    ]);
    expect(writesToEnd([line])).toBe(3);
  });

  it("rests on the level itself where its cell was merged", () => {
    const cell = { ...aLeg("A", "L1", 2), cell: { generation: 1, index: 3 } };
    const lines = [aLine("A", 3, null, [cell, aLeg("A", "L1", 1)])];
    expect(legsOf({ lines: resolveMergedCells(lines, () => true) })).toEqual([aLeg("A", "L1", 3)]);
    expect(resolveMergedCells(lines, () => false)).toEqual(lines);
  });
});
