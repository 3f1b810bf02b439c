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
const anyCount = fc.record({
  windowDays: fc.constantFrom(null, 7),
  window: fc.nat({ max: 1 }),
  quantity: fc.integer({ min: 1, max: 5 }),
});
const anyLines: fc.Arbitrary<readonly ReservationLine[]> = fc
  .array(fc.tuple(anyLeg, fc.array(anyCount, { maxLength: 2 })), { maxLength: 5 })
  .map((lines) =>
    lines.map(([{ places, ...leg }, counted]) => {
      const waiting = leg.cell === null ? [...places].sort((a, b) => a.promisedAtMs - b.promisedAtMs) : [];
      const backordered = waiting.reduce((sum, { quantity }) => sum + quantity, 0);
      return aLine(leg.sku, 1, null, [{ ...leg, backordered, returned: 0, places: waiting }], { counted });
    }),
  );

/** What the lines have of everything that is counted, by name. */
class Account {
  private readonly units = new Map<string, number>();

  static of(entries: Iterable<readonly [name: string, units: number]>): Account {
    const account = new Account();
    for (const [name, units] of entries) {
      account.add(name, units);
    }
    return account;
  }

  add(name: string, units: number): void {
    this.units.set(name, (this.units.get(name) ?? 0) + units);
  }

  /** Without what comes to nothing. */
  balances(): Record<string, number> {
    return Object.fromEntries([...this.units].filter(([, units]) => units !== 0));
  }
}

const stockOf = (lines: readonly ReservationLine[]) =>
  Account.of(
    lines
      .flatMap(({ legs }) => legs)
      .flatMap((leg) => [
        [`${stockName(leg)} onHand`, -leg.fulfilled],
        [`${stockName(leg)} reserved`, leg.allocated],
        [`${stockName(leg)} backordered`, leg.backordered],
      ]),
  );
const queueOf = (lines: readonly ReservationLine[]) =>
  Account.of(
    lines
      .flatMap(({ legs }) => legs)
      .flatMap(({ sku, locationId, places }) =>
        places.map(({ promisedAtMs, quantity }) => [`${sku} ${locationId} ${promisedAtMs}`, quantity]),
      ),
  );
const countersOf = (lines: readonly ReservationLine[]) =>
  Account.of(
    lines.flatMap(({ sku, counted }) =>
      counted.map(({ windowDays, window, quantity }) => [`${sku} ${windowDays} ${window}`, quantity]),
    ),
  );

describe("the change of a reservation", () => {
  it("is exactly what brings the levels from one state to the next", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const levels = stockOf(before);
        for (const effect of stockEffects(before, after)) {
          for (const [figure, units] of Object.entries(deltasOfEffect(effect))) {
            levels.add(`${stockName(effect.key)} ${figure}`, units);
          }
        }
        expect(levels.balances()).toEqual(stockOf(after).balances());
      }),
    );
  });

  it("is exactly what brings the queues from one state to the next, entry by entry", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const queue = queueOf(before);
        for (const entry of queueEffects(before, after)) {
          const name = `${entry.sku} ${entry.locationId} ${entry.promisedAtMs}`;
          expect(entry.before).toBe(queueOf(before).balances()[name] ?? 0);
          expect(entry.after).toBe(queueOf(after).balances()[name] ?? 0);
          queue.add(name, entry.after - entry.before);
        }
        expect(queue.balances()).toEqual(queueOf(after).balances());
      }),
    );
  });

  it("is exactly what brings the counters of purchases from one state to the next", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const counters = countersOf(before);
        for (const { sku, windowDays, window, quantity } of purchaseEffects(before, after)) {
          counters.add(`${sku} ${windowDays} ${window}`, quantity);
        }
        expect(counters.balances()).toEqual(countersOf(after).balances());
      }),
    );
  });

  it("is written once for each level, entry and counter, and only where something changes", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const names = [
          ...stockEffects(before, after).map(({ key }) => `stock ${stockName(key)}`),
          ...queueEffects(before, after).map((each) => `entry ${each.sku} ${each.locationId} ${each.promisedAtMs}`),
          ...purchaseEffects(before, after).map((each) => `counter ${each.sku} ${each.windowDays} ${each.window}`),
        ];
        expect(new Set(names).size).toBe(names.length);
        for (const { allocated, backordered, fulfilled } of stockEffects(before, after)) {
          expect([allocated, backordered, fulfilled].some((units) => units !== 0)).toBe(true);
        }
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

  it("is undone by going back", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (before, after) => {
        const there = stockEffects(before, after).map(({ key, allocated, backordered, fulfilled }) => [
          stockName(key),
          [allocated, backordered, fulfilled],
        ]);
        const back = stockEffects(after, before).map(({ key, allocated, backordered, fulfilled }) => [
          stockName(key),
          [-allocated, -backordered, -fulfilled].map((units) => units + 0),
        ]);
        expect(Object.fromEntries(back)).toEqual(Object.fromEntries(there));
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
    // The level, the entry of the queue and the counter.
    expect(writesToEnd([line])).toBe(3);
    expect(writesToEnd([aLine("A", 2, null, [aLeg("A", "L1", 1), aLeg("A", "L2", 1)])])).toBe(2);
  });

  it("rests on the level itself where its cell was merged", () => {
    const cell = { ...aLeg("A", "L1", 2), cell: { generation: 1, index: 3 } };
    const lines = [aLine("A", 3, null, [cell, aLeg("A", "L1", 1)])];
    expect(legsOf({ lines: resolveMergedCells(lines, () => true) })).toEqual([aLeg("A", "L1", 3)]);
    expect(resolveMergedCells(lines, () => false)).toEqual(lines);
  });
});
