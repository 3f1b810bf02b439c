import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  endedLines,
  figuresOfLine,
  isSameRequest,
  type Leg,
  legsOf,
  mergeLegs,
  oldestOf,
} from "../../functions/domain/line.ts";
import { aLeg, aLine } from "./sample.ts";

const components = [
  { sku: "A", quantity: 2 },
  { sku: "B", quantity: 1 },
];
const place = (promisedAtMs: number, quantity: number) => ({ promisedAtMs, quantity });
const shipped = (leg: Leg, fulfilled: number, returned = 0): Leg => ({
  ...leg,
  allocated: leg.allocated - fulfilled,
  fulfilled,
  returned,
});

describe("a line", () => {
  it("counts a kit when all of its components do", () => {
    const waiting = aLine("K", 3, null, [aLeg("A", "L1", 4, place(1, 2)), aLeg("B", "L1", 3)], { components });
    expect(figuresOfLine(waiting, true)).toEqual({
      allocated: 2,
      backordered: 1,
      fulfilled: 0,
      released: 0,
      returned: 0,
    });
    expect(figuresOfLine({ ...waiting, legs: [] }, false)).toMatchObject({ released: 3 });
  });

  it("counts a kit as shipped, or as come back, when all of its components are", () => {
    const legs = (as: number, bs: number, returned = 0) => [
      shipped(aLeg("A", "L1", 3), Math.min(as, 3)),
      shipped(aLeg("A", "L2", 3), Math.max(0, as - 3)),
      shipped(aLeg("B", "L1", 3), bs, returned),
    ];
    const kits = (as: number, bs: number) => figuresOfLine(aLine("K", 3, null, legs(as, bs), { components }), true);
    expect(kits(5, 3)).toEqual({ allocated: 1, backordered: 0, fulfilled: 2, released: 0, returned: 0 });
    expect(kits(6, 1)).toMatchObject({ allocated: 2, fulfilled: 1 });
    expect(kits(1, 3)).toMatchObject({ allocated: 3, fulfilled: 0 });
    expect(figuresOfLine(aLine("K", 3, null, legs(6, 3, 2), { components }), true).returned).toBe(0);
    const back = legs(6, 3, 2).map((leg) => (leg.sku === "A" ? { ...leg, returned: leg.fulfilled - 1 } : leg));
    expect(figuresOfLine(aLine("K", 3, null, back, { components }), true).returned).toBe(2);
  });

  it("is at every time in hand, promised, shipped or given back, whole", () => {
    const legs = fc.array(
      fc.record({ allocated: fc.nat({ max: 5 }), fulfilled: fc.nat({ max: 5 }), owed: fc.nat({ max: 5 }) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(legs, (parts) => {
        const quantity = parts.reduce((sum, { allocated, fulfilled, owed }) => sum + allocated + fulfilled + owed, 0);
        const line = aLine(
          "A",
          quantity,
          null,
          parts.map(({ allocated, fulfilled, owed }, at) => ({
            ...aLeg("A", `L${at}`, allocated, ...(owed > 0 ? [place(1, owed)] : [])),
            fulfilled,
          })),
        );
        const open = figuresOfLine(line, true);
        expect(open.allocated).toBe(parts.reduce((sum, { allocated }) => sum + allocated, 0));
        expect(open.backordered).toBe(parts.reduce((sum, { owed }) => sum + owed, 0));
        expect(open.allocated + open.backordered + open.fulfilled + open.released).toBe(quantity);
        const [end] = endedLines([line]);
        const closed = end === undefined ? open : figuresOfLine(end, false);
        expect(closed).toEqual({
          allocated: 0,
          backordered: 0,
          fulfilled: open.fulfilled,
          released: quantity - open.fulfilled,
          returned: 0,
        });
      }),
    );
  });

  it("that has ended rests on nothing but where it was shipped from, and counts no more than that", () => {
    const counted = [
      { windowDays: 7, window: 1, quantity: 3 },
      { windowDays: 7, window: 2, quantity: 2 },
    ];
    const legs = [shipped(aLeg("A", "L1", 4, place(9, 1)), 4, 1), aLeg("A", "L2", 1)];
    expect(endedLines([aLine("A", 6, null, legs, { counted })])).toEqual([
      aLine("A", 6, null, [shipped(aLeg("A", "L1", 4), 4, 1)], {
        counted: [
          { windowDays: 7, window: 1, quantity: 3 },
          { windowDays: 7, window: 2, quantity: 1 },
        ],
      }),
    ]);
  });

  it("asks for the same only with the same SKUs, quantities and locations in the same order", () => {
    const [a, b] = [
      { sku: "A", quantity: 1, locationId: null },
      { sku: "B", quantity: 2, locationId: "L1" },
    ] as const;
    expect(isSameRequest([a, b], [{ ...a }, { ...b }])).toBe(true);
    for (const other of [
      [b, a],
      [a],
      [a, b, b],
      [a, { ...b, quantity: 3 }],
      [a, { ...b, locationId: null }],
      [a, { ...b, sku: "C" }],
    ]) {
      expect(isSameRequest([a, b], other)).toBe(false);
    }
  });
});

describe("legs", () => {
  it("on the same level or cell are one, with their places in order of promises", () => {
    const cell = { ...aLeg("A", "L1", 1), cell: { generation: 1, index: 2 } };
    const lines = [
      aLine("A", 1, null, [shipped(aLeg("A", "L1", 3, place(20, 1)), 2, 1), cell]),
      aLine("A", 1, "L1", [shipped(aLeg("A", "L1", 2, place(10, 1), place(20, 2)), 1), aLeg("B", "L1", 1)]),
    ];
    expect(legsOf({ lines })).toEqual([
      shipped(aLeg("A", "L1", 5, place(10, 1), place(20, 3)), 3, 1),
      cell,
      aLeg("B", "L1", 1),
    ]);
    expect(mergeLegs([cell, { ...cell, cell: { generation: 2, index: 2 } }])).toHaveLength(2);
  });

  it("keep the oldest promises", () => {
    const places = [place(10, 2), place(20, 3)];
    expect([0, 1, 2, 4, 9].map((quantity) => oldestOf(places, quantity))).toEqual([
      [],
      [place(10, 1)],
      [place(10, 2)],
      [place(10, 2), place(20, 2)],
      places,
    ]);
  });
});
