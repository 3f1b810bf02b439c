import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateToLines, owesQueue } from "../../functions/domain/backorder.ts";
import { aLeg, aLevel, aLine, plainSettings } from "./sample.ts";

const place = (promisedAtMs: number, quantity: number) => ({ promisedAtMs, quantity });
const head = { sku: "A", locationId: "L1", promisedAtMs: 10 };

describe("the backorder queue", () => {
  it("is owed something when there are units and somebody waits, from the day of sale on", () => {
    const level = aLevel({ available: 1, backordered: 1 });
    expect(owesQueue(level, 0)).toBe(true);
    expect(owesQueue(aLevel({ available: 0, backordered: 1 }), 0)).toBe(false);
    expect(owesQueue(aLevel({ available: 1 }), 0)).toBe(false);
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

  it("goes on telling when the rest is expected, while a unit of the line is owed anywhere", () => {
    const restockAt = "2027-01-01T00:00:00.000Z";
    const legs = [aLeg("A", "L1", 1, place(10, 2)), aLeg("A", "L2", 0, place(10, 1))];
    const served = (quantity: number, of = legs) =>
      allocateToLines([aLine("A", 4, null, of, { restockAt })], head, quantity);
    expect(served(2)[0]?.restockAt).toBe(restockAt);
    expect(served(1, legs.slice(0, 1))[0]?.restockAt).toBe(restockAt);
    expect(served(2, legs.slice(0, 1))[0]?.restockAt).toBeNull();
  });

  it("gives nothing to who has left it, or waits for other units", () => {
    const lines = [
      aLine("A", 3, null, [aLeg("A", "L1", 3)]),
      aLine("A", 2, "L2", [aLeg("A", "L2", 0, place(10, 2))]),
      aLine("B", 2, null, [aLeg("B", "L1", 0, place(10, 2))]),
      aLine("A", 2, null, [aLeg("A", "L1", 0, place(11, 2))]),
    ];
    expect(allocateToLines(lines, head, 3)).toEqual(lines);
  });

  it("gives a kit the component that it waits for", () => {
    const components = [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 1 },
    ];
    const kit = aLine("K", 1, null, [aLeg("A", "L1", 0, place(10, 2)), aLeg("B", "L1", 1)], { components });
    expect(allocateToLines([kit], head, 2)[0]?.legs).toEqual([aLeg("A", "L1", 2), aLeg("B", "L1", 1)]);
  });

  const queued = fc
    .uniqueArray(fc.integer({ min: 9, max: 11 }), { maxLength: 3 })
    .chain((times) =>
      fc.tuple(
        fc.nat({ max: 3 }),
        fc.tuple(
          ...[...times].sort((a, b) => a - b).map((at) => fc.integer({ min: 1, max: 4 }).map((n) => place(at, n))),
        ),
      ),
    );

  it("gives what there is to the promise that is served, as far as it goes, and takes from no other", () => {
    fc.assert(
      fc.property(fc.array(queued, { maxLength: 4 }), fc.nat({ max: 9 }), (waiting, quantity) => {
        const lines = waiting.map(([allocated, places]) =>
          aLine("A", 9, null, [aLeg("A", "L1", allocated, ...places)]),
        );
        const after = allocateToLines(lines, head, quantity);
        const sum = (of: typeof lines, units: (leg: ReturnType<typeof aLeg>) => number) =>
          of.flatMap(({ legs }) => legs).reduce((total, leg) => total + units(leg), 0);
        const owed = (leg: ReturnType<typeof aLeg>, isServed: boolean) =>
          leg.places
            .filter(({ promisedAtMs }) => (promisedAtMs === head.promisedAtMs) === isServed)
            .reduce((total, each) => total + each.quantity, 0);
        const given = Math.min(
          quantity,
          sum(lines, (leg) => owed(leg, true)),
        );
        expect(sum([...after], (leg) => leg.allocated)).toBe(sum(lines, (leg) => leg.allocated) + given);
        expect(sum([...after], (leg) => owed(leg, true))).toBe(sum(lines, (leg) => owed(leg, true)) - given);
        expect(sum([...after], (leg) => owed(leg, false))).toBe(sum(lines, (leg) => owed(leg, false)));
        for (const { backordered, places } of after.flatMap(({ legs }) => legs)) {
          expect(backordered).toBe(places.reduce((total, each) => total + each.quantity, 0));
          expect(places.every((each) => each.quantity > 0)).toBe(true);
        }
      }),
    );
  });
});
