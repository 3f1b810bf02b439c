import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Disposition,
  deltasOfReceived,
  dispositions,
  type Returned,
  returnLines,
  shipAll,
  shipLines,
} from "../../functions/domain/fulfilment.ts";
import { figuresOfLine, legsOf, type ReservationLine } from "../../functions/domain/line.ts";
import { aLeg, aLine } from "./sample.ts";

const components = [
  { sku: "A", quantity: 2 },
  { sku: "B", quantity: 1 },
];
const kits = aLine("K", 2, null, [aLeg("A", "L1", 3), aLeg("A", "L2", 1), aLeg("B", "L1", 2)], { components });
const plain = aLine("A", 4, null, [aLeg("A", "L1", 3), aLeg("A", "L2", 1)]);

const shippedOf = (change: ReturnType<typeof shipLines>) =>
  change.kind === "changed"
    ? legsOf(change).map(({ sku, locationId, allocated, fulfilled }) => [sku, locationId, allocated, fulfilled])
    : change;

describe("a shipment", () => {
  it("leaves from the legs in the order of allocation, or from the location that it names", () => {
    expect(shippedOf(shipLines([plain], [{ sku: "A", quantity: 3, locationId: null }]))).toEqual([
      ["A", "L1", 0, 3],
      ["A", "L2", 1, 0],
    ]);
    expect(shippedOf(shipLines([plain], [{ sku: "A", quantity: 1, locationId: "L2" }]))).toEqual([
      ["A", "L1", 3, 0],
      ["A", "L2", 0, 1],
    ]);
    expect(shipLines([plain], [{ sku: "A", quantity: 2, locationId: "L2" }])).toEqual({
      kind: "too-many",
      sku: "A",
      requested: 2,
      possible: 1,
    });
  });

  it("of a kit is whole, or by component", () => {
    const whole = shipLines([kits], [{ sku: "K", quantity: 1, locationId: null }]);
    expect(shippedOf(whole)).toEqual([
      ["A", "L1", 1, 2],
      ["A", "L2", 1, 0],
      ["B", "L1", 1, 1],
    ]);
    const part = shipLines([kits], [{ sku: "B", quantity: 2, locationId: null }]);
    const [line] = part.kind === "changed" ? part.lines : [];
    expect(line === undefined ? null : figuresOfLine(line, true)).toMatchObject({ allocated: 2, fulfilled: 0 });
    expect(shipLines([kits], [{ sku: "K", quantity: 3, locationId: null }])).toMatchObject({ possible: 2 });
    const one = aLine("K", 2, null, [aLeg("A", "L1", 3), aLeg("B", "L1", 2)], { components });
    expect(shipLines([one], [{ sku: "K", quantity: 2, locationId: null }])).toMatchObject({ possible: 1 });
  });

  it("of a kit from a location is what that location has of all components", () => {
    const spread = aLine("K", 2, null, [aLeg("A", "L1", 2), aLeg("A", "L2", 2), aLeg("B", "L1", 2)], { components });
    const from = (locationId: string, quantity: number) =>
      shippedOf(shipLines([spread], [{ sku: "K", quantity, locationId }]));
    expect(from("L1", 1)).toEqual([
      ["A", "L1", 0, 2],
      ["A", "L2", 2, 0],
      ["B", "L1", 1, 1],
    ]);
    expect(from("L1", 2)).toMatchObject({ kind: "too-many", possible: 1 });
    expect(from("L2", 1)).toMatchObject({ kind: "too-many", possible: 0 });
  });

  it("goes to the next line when one has no more, and leaves lines of other SKUs alone", () => {
    const lines = [aLine("A", 1, "L2", [aLeg("A", "L2", 1)]), aLine("B", 5, null, [aLeg("B", "L1", 5)]), plain];
    const change = shipLines(lines, [{ sku: "A", quantity: 3, locationId: null }]);
    expect(
      change.kind === "changed" ? change.lines.map((line) => shippedOf({ ...change, lines: [line] })) : change,
    ).toEqual([
      [["A", "L2", 0, 1]],
      [["B", "L1", 5, 0]],
      [
        ["A", "L1", 1, 2],
        ["A", "L2", 1, 0],
      ],
    ]);
  });

  it("of a SKU that is ordered by itself takes nothing from a kit that has it as a component", () => {
    const lines = [kits, aLine("A", 1, null, [aLeg("A", "L1", 1)])];
    expect(shipLines(lines, [{ sku: "A", quantity: 2, locationId: null }])).toMatchObject({ possible: 1 });
    const change = shipLines(lines, [{ sku: "A", quantity: 1, locationId: null }]);
    expect(change.kind === "changed" ? change.lines[0] : null).toEqual(kits);
  });

  it("of what nobody ordered is none", () => {
    expect(shipLines([plain], [{ sku: "Z", quantity: 1, locationId: null }])).toMatchObject({ possible: 0 });
  });

  it("is all or nothing over its lines", () => {
    const units = [
      { sku: "A", quantity: 4, locationId: null },
      { sku: "A", quantity: 1, locationId: null },
    ];
    expect(shipLines([plain], units)).toMatchObject({ kind: "too-many", possible: 0 });
  });

  it("of everything waits for what is still backordered", () => {
    const waiting = aLine("A", 3, null, [aLeg("A", "L1", 1, { promisedAtMs: 1, quantity: 2 })]);
    expect(shipAll([plain, waiting])).toEqual({ kind: "too-many", sku: "A", requested: 3, possible: 1 });
    expect(shippedOf(shipAll([plain]))).toEqual([
      ["A", "L1", 0, 3],
      ["A", "L2", 0, 1],
    ]);
  });

  it("of everything says how many kits are in hand, and not how many components", () => {
    const place = { promisedAtMs: 1, quantity: 2 };
    const waiting = aLine("K", 3, null, [aLeg("A", "L1", 4, place), aLeg("B", "L1", 3)], { components });
    expect(shipAll([waiting])).toEqual({ kind: "too-many", sku: "K", requested: 3, possible: 2 });
  });

  it("of the rest is what was not shipped before", () => {
    const once = shipLines([plain], [{ sku: "A", quantity: 3, locationId: null }]);
    expect(once.kind === "changed" ? shippedOf(shipAll(once.lines)) : once).toEqual([
      ["A", "L1", 0, 3],
      ["A", "L2", 0, 1],
    ]);
  });
});

describe("a return", () => {
  const shipped = (() => {
    const change = shipAll([kits]);
    return change.kind === "changed" ? change.lines : [];
  })();

  it("of a kit brings its components back, each once", () => {
    const units = [{ sku: "K", quantity: 1, locationId: "L9", disposition: "restock" }] as const;
    const once = returnLines(shipped, units);
    expect(once).toMatchObject({
      received: [
        { sku: "A", locationId: "L9", quantity: 2 },
        { sku: "B", locationId: "L9", quantity: 1 },
      ],
    });
    const [line] = once.kind === "changed" ? once.lines : [];
    expect(line === undefined ? null : figuresOfLine(line, false)).toMatchObject({ fulfilled: 2, returned: 1 });
    const twice = once.kind === "changed" ? returnLines(once.lines, [{ ...units[0], quantity: 2 }]) : once;
    expect(twice).toEqual({ kind: "too-many", sku: "K", requested: 2, possible: 1 });
  });

  it("is taken from what was shipped wherever from, and says what came back where and in which state", () => {
    const change = shipAll([plain]);
    const back = returnLines(change.kind === "changed" ? change.lines : [], [
      { sku: "A", quantity: 4, locationId: "L9", disposition: "qualityControl" },
    ]);
    expect(back).toMatchObject({
      received: [{ sku: "A", locationId: "L9", disposition: "qualityControl", quantity: 4 }],
    });
    expect(back.kind === "changed" ? back.lines[0]?.legs.map(({ returned }) => returned) : back).toEqual([3, 1]);
  });

  it("to several places says of each how much came back there", () => {
    const change = shipAll([plain]);
    const back = returnLines(change.kind === "changed" ? change.lines : [], [
      { sku: "A", quantity: 1, locationId: "L8", disposition: "restock" },
      { sku: "A", quantity: 2, locationId: "L9", disposition: "damaged" },
    ]);
    expect(back).toMatchObject({
      received: [
        { sku: "A", locationId: "L8", disposition: "restock", quantity: 1 },
        { sku: "A", locationId: "L9", disposition: "damaged", quantity: 2 },
      ],
    });
  });

  it("of a kit may be by component", () => {
    const back = returnLines(shipped, [{ sku: "B", quantity: 2, locationId: "L1", disposition: "damaged" }]);
    expect(back).toMatchObject({ received: [{ sku: "B", locationId: "L1", disposition: "damaged", quantity: 2 }] });
    expect(
      back.kind === "changed"
        ? returnLines(back.lines, [{ sku: "K", quantity: 1, locationId: "L1", disposition: "restock" }])
        : back,
    ).toMatchObject({
      kind: "too-many",
      possible: 0,
    });
  });

  it("is all or nothing over its lines", () => {
    const restock = { sku: "K", locationId: "L1", disposition: "restock" } as const;
    expect(
      returnLines(shipped, [
        { ...restock, quantity: 2 },
        { ...restock, quantity: 1 },
      ]),
    ).toEqual({ kind: "too-many", sku: "K", requested: 1, possible: 0 });
  });

  it("puts all of it on hand, and keeps from buyers what cannot be sold", () => {
    const of = (disposition: "restock" | "damaged" | "qualityControl", quantity: number) => ({
      sku: "A",
      locationId: "L1",
      disposition,
      quantity,
    });
    expect(deltasOfReceived([of("restock", 1), of("damaged", 2), of("qualityControl", 3)])).toEqual({
      onHand: 6,
      damaged: 2,
      qualityControl: 3,
    });
  });
});

describe("whatever is shipped and comes back", () => {
  const inHand = fc.nat({ max: 5 });
  const plainLine = fc
    .tuple(fc.constantFrom("A", "C"), inHand, inHand)
    .map(([sku, here, there]) => aLine(sku, 1, null, [aLeg(sku, "L1", here), aLeg(sku, "L2", there)]));
  /** Not always in the proportion of whole kits: some of it may have been shipped by component. */
  const kitLine = fc
    .tuple(inHand, inHand, inHand)
    .map(([a, more, b]) =>
      aLine("K", 1, null, [aLeg("A", "L1", a), aLeg("A", "L2", more), aLeg("B", "L1", b)], { components }),
    );
  const orders: fc.Arbitrary<readonly ReservationLine[]> = fc.array(fc.oneof(plainLine, kitLine), {
    minLength: 1,
    maxLength: 3,
  });
  const units = fc.record({
    sku: fc.constantFrom("A", "B", "C", "K"),
    quantity: fc.integer({ min: 1, max: 6 }),
    locationId: fc.constantFrom("L1", "L2"),
  });
  interface Step {
    readonly does: "ship from anywhere" | "ship from a location" | "return";
    readonly units: { readonly sku: string; readonly quantity: number; readonly locationId: string };
    readonly disposition: Disposition;
  }
  const steps: fc.Arbitrary<readonly Step[]> = fc.array(
    fc.record({
      does: fc.constantFrom("ship from anywhere", "ship from a location", "return" as const),
      units,
      disposition: fc.constantFrom(...dispositions),
    }),
    { maxLength: 8 },
  );

  /** One step, which either moves all of its units or says how many it could. */
  function taken(lines: readonly ReservationLine[], step: Step, quantity = step.units.quantity): Returned {
    const wanted = { ...step.units, quantity };
    if (step.does === "return") {
      return returnLines(lines, [{ ...wanted, disposition: step.disposition }]);
    }
    const locationId = step.does === "ship from anywhere" ? null : wanted.locationId;
    const change = shipLines(lines, [{ ...wanted, locationId }]);
    return change.kind === "changed" ? { ...change, received: [] } : change;
  }

  it("loses no unit and makes none, and never more comes back than was shipped", () => {
    fc.assert(
      fc.property(orders, steps, (order, path) => {
        let lines = order;
        const received: Record<string, number> = { A: 0, B: 0, C: 0 };
        for (const step of path) {
          const change = taken(lines, step);
          if (change.kind === "changed") {
            lines = change.lines;
            for (const { sku, quantity } of change.received) {
              received[sku] = (received[sku] ?? 0) + quantity;
            }
          }
        }
        for (const [index, line] of lines.entries()) {
          for (const [at, leg] of line.legs.entries()) {
            expect(leg.allocated + leg.fulfilled).toBe(order[index]?.legs[at]?.allocated);
            expect(leg.allocated).toBeGreaterThanOrEqual(0);
            expect(leg.returned).toBeGreaterThanOrEqual(0);
            expect(leg.returned).toBeLessThanOrEqual(leg.fulfilled);
          }
        }
        for (const [sku, quantity] of Object.entries(received)) {
          const back = lines.flatMap(({ legs }) => legs).filter((leg) => leg.sku === sku);
          expect(back.reduce((sum, leg) => sum + leg.returned, 0)).toBe(quantity);
        }
      }),
    );
  });

  it("is whole: as many units of each SKU as were named, of a kit as many as its components take", () => {
    const moved = (lines: readonly ReservationLine[], sku: string, step: Step) =>
      lines
        .flatMap(({ legs }) => legs)
        .filter((leg) => leg.sku === sku)
        .reduce((sum, { fulfilled, returned }) => sum + (step.does === "return" ? returned : fulfilled), 0);
    fc.assert(
      fc.property(orders, steps, (order, path) => {
        let lines = order;
        for (const step of path) {
          const change = taken(lines, step);
          if (change.kind === "too-many") {
            continue;
          }
          const { sku, quantity } = step.units;
          const parts = sku === "K" ? components : [{ sku, quantity: 1 }];
          for (const part of ["A", "B", "C"]) {
            const each = parts.find((candidate) => candidate.sku === part)?.quantity ?? 0;
            expect(moved(change.lines, part, step) - moved(lines, part, step)).toBe(quantity * each);
          }
          lines = change.lines;
        }
      }),
    );
  });

  it("is as many units as it says are possible, when it is too many", () => {
    fc.assert(
      fc.property(orders, steps, (order, path) => {
        let lines = order;
        for (const step of path) {
          const change = taken(lines, step);
          if (change.kind === "too-many") {
            expect(change).toMatchObject({ sku: step.units.sku, requested: step.units.quantity });
            expect(change.possible).toBeLessThan(step.units.quantity);
            expect(taken(lines, step, change.possible + 1)).toMatchObject({ kind: "too-many" });
          }
          const possible = change.kind === "too-many" ? taken(lines, step, change.possible) : change;
          lines = possible.kind === "changed" ? possible.lines : [];
          expect(lines).toHaveLength(order.length);
        }
      }),
    );
  });
});
