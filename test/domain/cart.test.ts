import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepLegs } from "../../functions/domain/cart.ts";
import { queueEffects, stockEffects } from "../../functions/domain/effects.ts";
import { componentsOf, type ReservationLine } from "../../functions/domain/line.ts";
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

  const legs = fc.array(
    fc.record({
      sku: fc.constantFrom("A", "B"),
      locationId: fc.constantFrom("L1", "L2"),
      allocated: fc.nat({ max: 3 }),
      waits: fc.array(
        fc.record({ promisedAtMs: fc.integer({ min: 1, max: 4 }), quantity: fc.integer({ min: 1, max: 3 }) }),
        {
          maxLength: 2,
        },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const wishes = fc.uniqueArray(
    fc.record({
      sku: fc.constantFrom("A", "B", "K"),
      quantity: fc.integer({ min: 1, max: 5 }),
      locationId: fc.constantFrom(null, "L1", "L2"),
    }),
    { selector: ({ sku, locationId }) => `${sku}#${locationId}`, minLength: 1, maxLength: 4 },
  );
  const kit = [
    { sku: "A", quantity: 1 },
    { sku: "B", quantity: 2 },
  ];

  it("never keeps what it did not have, and what it keeps and misses is what it wishes", () => {
    fc.assert(
      fc.property(legs, wishes, fc.constantFrom("own-first", "named-first" as const), (had, wished, order) => {
        const before = had.map(({ sku, locationId, allocated, waits }, index) => {
          const times = new Map(waits.map(({ promisedAtMs, quantity }) => [promisedAtMs, quantity]));
          const places = [...times].sort(([a], [b]) => a - b).map(([at, quantity]) => place(at, quantity));
          const quantity = allocated + places.reduce((sum, each) => sum + each.quantity, 0);
          return aLine(sku, quantity, index % 2 === 0 ? null : locationId, [
            aLeg(sku, locationId, allocated, ...places),
          ]);
        });
        const asked = wished.map((each) =>
          wish(each.sku, each.quantity, each.locationId, each.sku === "K" ? kit : null),
        );
        const { lines, missing } = keepLegs(before, asked, order);
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
});
