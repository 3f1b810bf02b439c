import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepLegs } from "../../functions/domain/cart.ts";
import { queueEffects, stockEffects } from "../../functions/domain/effects.ts";
import { componentsOf, mergeLegs, type ReservationLine } from "../../functions/domain/line.ts";
import { aLeg, aLine } from "./sample.ts";

const wish = (
  sku: string,
  quantity: number,
  locationId: string | null = null,
  components: ReservationLine["components"] = null,
) => ({
  sku,
  quantity,
  locationId,
  components,
});
const place = (promisedAtMs: number, quantity: number) => ({ promisedAtMs, quantity });

describe("a cart that changes", () => {
  it("keeps what each line has, and misses only what it grows by", () => {
    const before = [aLine("A", 3, null, [aLeg("A", "L1", 2), aLeg("A", "L2", 1)])];
    const { lines, missing } = keepLegs(before, [wish("A", 5)]);
    expect(lines[0]?.legs).toEqual(before[0]?.legs);
    expect(missing).toEqual([{ line: 0, sku: "A", quantity: 2, locationId: null }]);
  });

  it("gives back the newest promises first, and then the last of what is in hand", () => {
    const legs = [aLeg("A", "L1", 1), aLeg("A", "L2", 1, place(10, 2), place(20, 3))];
    const kept = (quantity: number) => keepLegs([aLine("A", 7, null, legs)], [wish("A", quantity)]).lines[0]?.legs;
    expect(kept(5)).toEqual([aLeg("A", "L1", 1), aLeg("A", "L2", 1, place(10, 2), place(20, 1))]);
    expect(kept(3)).toEqual([aLeg("A", "L1", 1), aLeg("A", "L2", 1, place(10, 1))]);
    expect(kept(1)).toEqual([aLeg("A", "L1", 1)]);
  });

  it("gives a line what another one lets go of, as far as its location allows", () => {
    const before = [aLine("A", 2, null, [aLeg("A", "L1", 1), aLeg("A", "L2", 1)])];
    const { lines, missing } = keepLegs(before, [wish("A", 2, "L2")]);
    expect(lines[0]?.legs).toEqual([aLeg("A", "L2", 1)]);
    expect(missing).toEqual([{ line: 0, sku: "A", quantity: 1, locationId: "L2" }]);
  });

  it("can serve lines that name a location before those that can go elsewhere", () => {
    const before = [aLine("A", 1, null, [aLeg("A", "L1", 1)])];
    const wished = [wish("A", 1), wish("A", 1, "L1")];
    expect(keepLegs(before, wished).missing).toMatchObject([{ line: 1 }]);
    expect(keepLegs(before, wished, "named-first").missing).toMatchObject([{ line: 0 }]);
  });

  it("takes the components of a kit that is broken up for plain lines", () => {
    const components = [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 1 },
    ];
    const before = [aLine("K", 1, null, [aLeg("A", "L1", 2), aLeg("B", "L1", 1)], { components })];
    const { lines, missing } = keepLegs(before, [wish("A", 3)]);
    expect(lines[0]?.legs).toEqual([aLeg("A", "L1", 2)]);
    expect(missing).toEqual([{ line: 0, sku: "A", quantity: 1, locationId: null }]);
  });

  const kit = [
    { sku: "A", quantity: 1 },
    { sku: "B", quantity: 2 },
  ];

  const wait = fc.record({ promisedAtMs: fc.integer({ min: 1, max: 4 }), quantity: fc.integer({ min: 1, max: 3 }) });
  const standing = fc.record({
    sku: fc.constantFrom("A", "B"),
    locationId: fc.constantFrom("L1", "L2"),
    allocated: fc.nat({ max: 3 }),
    waits: fc.uniqueArray(wait, { selector: ({ promisedAtMs }) => promisedAtMs, maxLength: 2 }),
  });
  const had = fc.record({
    sku: fc.constantFrom("A", "B", "K"),
    locationId: fc.constantFrom(null, "L1", "L2"),
    legs: fc.array(standing, { maxLength: 4 }),
  });
  /** As requests make them: no two lines have the same SKU and location. */
  const carts = fc
    .uniqueArray(had, { selector: ({ sku, locationId }) => `${sku}#${locationId}`, maxLength: 4 })
    .map((cart) =>
      cart.map(({ sku, locationId, legs }) => {
        const own = legs.map((leg) => {
          const places = [...leg.waits].sort((a, b) => a.promisedAtMs - b.promisedAtMs);
          return aLeg(sku === "K" ? leg.sku : sku, locationId ?? leg.locationId, leg.allocated, ...places);
        });
        return aLine(sku, 1, locationId, mergeLegs(own), sku === "K" ? { components: kit } : {});
      }),
    );
  const wishes = fc.uniqueArray(
    fc.record({
      sku: fc.constantFrom("A", "B", "K"),
      quantity: fc.integer({ min: 1, max: 5 }),
      locationId: fc.constantFrom(null, "L1", "L2"),
    }),
    { selector: ({ sku, locationId }) => `${sku}#${locationId}`, minLength: 1, maxLength: 4 },
  );
  const asked = wishes.map((wished) =>
    wished.map((each) => wish(each.sku, each.quantity, each.locationId, each.sku === "K" ? kit : null)),
  );
  const orders = fc.constantFrom("own-first", "named-first" as const);

  it("never keeps what it did not have, and what it keeps and misses is what it wishes", () => {
    fc.assert(
      fc.property(carts, asked, orders, (before, wished, order) => {
        const { lines, missing } = keepLegs(before, wished, order);
        for (const { allocated, backordered } of stockEffects(before, lines)) {
          expect(allocated).toBeLessThanOrEqual(0);
          expect(backordered).toBeLessThanOrEqual(0);
        }
        for (const effect of queueEffects(before, lines)) {
          expect(effect.after).toBeLessThan(effect.before);
        }
        for (const [index, line] of lines.entries()) {
          for (const { sku, quantity } of componentsOf(line)) {
            const kept = line.legs
              .filter((leg) => leg.sku === sku)
              .reduce((sum, { allocated, backordered }) => sum + allocated + backordered, 0);
            const misses = missing
              .filter((demand) => demand.line === index && demand.sku === sku)
              .reduce((sum, demand) => sum + demand.quantity, 0);
            expect(kept + misses).toBe(quantity * line.quantity);
          }
          expect(line.legs.every((leg) => line.locationId === null || leg.locationId === line.locationId)).toBe(true);
        }
      }),
    );
  });

  it("misses nothing that it gives back", () => {
    fc.assert(
      fc.property(carts, asked, orders, (before, wished, order) => {
        const { lines, missing } = keepLegs(before, wished, order);
        for (const { key } of stockEffects(before, lines)) {
          const mayServe = missing.filter(
            ({ sku, locationId }) => sku === key.sku && (locationId === null || locationId === key.locationId),
          );
          expect(mayServe).toEqual([]);
        }
      }),
    );
  });

  it("holds exactly so many units in the queue as its places say, each promise once and the oldest first", () => {
    fc.assert(
      fc.property(carts, asked, orders, (before, wished, order) => {
        for (const { backordered, places } of keepLegs(before, wished, order).lines.flatMap((line) => line.legs)) {
          expect(places.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(backordered);
          const times = places.map(({ promisedAtMs }) => promisedAtMs);
          expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        }
      }),
    );
  });

  it("keeps units in hand before promises, and older promises before newer ones", () => {
    const oneLine = fc.tuple(
      fc.nat({ max: 4 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(oneLine, ([allocated, times, quantity]) => {
        const places = [...times].sort((a, b) => a - b).map((at) => place(at, 1));
        const before = aLine("A", allocated + places.length, null, [aLeg("A", "L1", allocated, ...places)]);
        const [leg] = keepLegs([before], [wish("A", quantity)]).lines[0]?.legs ?? [];
        expect(leg?.allocated ?? 0).toBe(Math.min(allocated, quantity));
        expect(leg?.places ?? []).toEqual(places.slice(0, Math.max(0, quantity - allocated)));
      }),
    );
  });

  it("goes on telling when units are expected, as it was promised, while any of them is owed", () => {
    const restockAt = "2027-03-01T00:00:00.000Z";
    const before = [aLine("A", 3, null, [aLeg("A", "L1", 1, place(10, 2))], { restockAt })];
    const told = (wished: ReturnType<typeof wish>) => keepLegs(before, [wished]).lines[0]?.restockAt;
    expect(told(wish("A", 2))).toBe(restockAt);
    expect(told(wish("A", 1))).toBeNull();
    expect(told(wish("A", 3, "L1"))).toBe(restockAt);
    const apart = [aLine("A", 3, null, [aLeg("A", "L1", 1), aLeg("A", "L2", 0, place(10, 2))], { restockAt })];
    expect(keepLegs(apart, [wish("A", 2)]).lines[0]?.restockAt).toBe(restockAt);
    const later = "2027-04-01T00:00:00.000Z";
    const two = [...before, aLine("A", 1, "L1", [aLeg("A", "L1", 0, place(20, 1))], { restockAt: later })];
    const kept = keepLegs(two, [wish("A", 3), wish("A", 1, "L1")]).lines;
    expect(kept.map((line) => line.restockAt)).toEqual([restockAt, later]);
  });

  it("gives back promises at every location that it needs no more", () => {
    const before = [aLine("A", 4, null, [aLeg("A", "L1", 0, place(10, 2)), aLeg("A", "L2", 0, place(10, 2))])];
    expect(keepLegs(before, [wish("A", 3)]).lines[0]?.legs).toEqual([
      aLeg("A", "L1", 0, place(10, 2)),
      aLeg("A", "L2", 0, place(10, 1)),
    ]);
    expect(keepLegs(before, [wish("A", 1)]).lines[0]?.legs).toEqual([aLeg("A", "L1", 0, place(10, 1))]);
  });

  it("keeps cells as they are", () => {
    const cell = { ...aLeg("A", "L1", 2), cell: { generation: 2, index: 5 } };
    const { lines, missing } = keepLegs([aLine("A", 3, null, [cell, aLeg("A", "L1", 1)])], [wish("A", 2)]);
    expect(lines[0]?.legs).toEqual([cell]);
    expect(missing).toEqual([]);
  });

  it("that is made anew misses everything, kits by their components", () => {
    expect(keepLegs([], [wish("A", 2, "L1"), wish("K", 3, null, kit)])).toMatchObject({
      lines: [{ legs: [] }, { legs: [] }],
      missing: [
        { line: 0, sku: "A", quantity: 2, locationId: "L1" },
        { line: 1, sku: "A", quantity: 3, locationId: null },
        { line: 1, sku: "B", quantity: 6, locationId: null },
      ],
    });
  });
});
