import { describe, expect, it } from "vitest";
import { deltasOfReceived, returnLines, shipAll, shipLines } from "../../functions/domain/fulfilment.ts";
import { figuresOfLine, legsOf } from "../../functions/domain/line.ts";
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
    expect(shipAll([waiting])).toEqual({ kind: "too-many", sku: "A", requested: 3, possible: 1 });
    expect(shippedOf(shipAll([plain]))).toEqual([
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

describe("a line", () => {
  it("counts a kit when all of its components do", () => {
    const waiting = aLine("K", 3, null, [aLeg("A", "L1", 4, { promisedAtMs: 1, quantity: 2 }), aLeg("B", "L1", 3)], {
      components,
    });
    expect(figuresOfLine(waiting, true)).toEqual({
      allocated: 2,
      backordered: 1,
      fulfilled: 0,
      released: 0,
      returned: 0,
    });
    expect(figuresOfLine({ ...waiting, legs: [] }, false)).toMatchObject({ released: 3 });
  });
});
