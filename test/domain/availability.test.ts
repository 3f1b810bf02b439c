import { describe, expect, it } from "vitest";
import { availabilityOfKit, availabilityOfSku } from "../../functions/domain/availability.ts";
import type { SkuSummary, SummarisedItem } from "../../functions/domain/summary.ts";

const item: SummarisedItem = {
  revision: 1,
  active: true,
  restockAt: null,
  availableFrom: null,
  backorderLimit: 0,
  components: [],
};
const summary = (
  sku: string,
  levels: Record<string, readonly [sellable: number, headroom: number]>,
  changes: Partial<SummarisedItem> = {},
): SkuSummary => ({
  sku,
  item: { ...item, ...changes },
  locations: Object.entries(levels).map(([locationId, [sellable, headroom]]) => ({
    locationId,
    version: 1,
    sellable,
    headroom,
    restockAt: null,
  })),
  asOfMs: 5,
});
const scope = {
  locationId: null,
  nowMs: 0,
  isInUse: (at: string) => at !== "closed",
  allLocations: ["L1", "L2", "closed"],
};

describe("what a new buyer can have of a kit", () => {
  it("is nothing before the kit is on sale, whatever its components have", () => {
    const components = [{ sku: "A", quantity: 1 }];
    const kit = summary("K", {}, { components, availableFrom: "1970-01-01T00:00:01.000Z" });
    const parts = new Map([["A", summary("A", { L1: [3, 4] })]]);
    expect(availabilityOfKit(kit, parts, scope)).toMatchObject({
      available: 0,
      backorderable: 0,
      restockAt: "1970-01-01T00:00:01.000Z",
      locations: [{ locationId: "L1", available: 0 }],
    });
    expect(availabilityOfKit(kit, parts, { ...scope, nowMs: 1_000 })).toMatchObject({ available: 3, backorderable: 4 });
  });
});

describe("what a new buyer can have", () => {
  it("is the sum over the locations in use, and never below 0", () => {
    expect(availabilityOfSku(summary("A", { L1: [3, 0], L2: [-2, 0], closed: [9, 9] }), scope)).toMatchObject({
      available: 3,
      backorderable: 0,
      locations: [
        { locationId: "L1", available: 3 },
        { locationId: "L2", available: 0 },
      ],
    });
  });

  it("is nothing of an archived item, and of a preorder only its headroom", () => {
    expect(availabilityOfSku(summary("A", { L1: [3, 4] }, { active: false }), scope)).toMatchObject({
      available: 0,
      backorderable: 0,
    });
    const preorder = summary("A", { L1: [3, 4] }, { availableFrom: "1970-01-01T00:00:01.000Z" });
    expect(availabilityOfSku(preorder, scope)).toMatchObject({ available: 0, backorderable: 4 });
    expect(availabilityOfSku(preorder, { ...scope, nowMs: 1_000 })).toMatchObject({ available: 3 });
  });

  it("counts what may be promised where the SKU never was, at each location in use", () => {
    const known = summary("A", { L1: [0, 2] }, { backorderLimit: 5 });
    expect(availabilityOfSku(known, scope).backorderable).toBe(2 + 5);
    expect(availabilityOfSku(known, { ...scope, allLocations: ["L1", "L2", "L3"] }).backorderable).toBe(2 + 5 + 5);
    expect(availabilityOfSku(known, { ...scope, locationId: "L1" }).backorderable).toBe(2);
    expect(availabilityOfSku(known, { ...scope, locationId: "L2" }).backorderable).toBe(5);
    expect(availabilityOfSku(known, { ...scope, locationId: "closed" }).backorderable).toBe(0);
  });

  it("is asked for one location, or for all", () => {
    const known = summary("A", { L1: [3, 1], L2: [4, 2] });
    expect(availabilityOfSku(known, { ...scope, locationId: "L2" })).toMatchObject({
      available: 4,
      backorderable: 2,
      locations: [{ locationId: "L2", available: 4 }],
    });
    expect(availabilityOfSku(known, scope)).toMatchObject({ available: 7, backorderable: 3, asOfMs: 5 });
  });

  it("takes nothing that may be promised at one location for what was promised too often at another", () => {
    expect(availabilityOfSku(summary("A", { L1: [0, -3], L2: [0, 2] }), scope).backorderable).toBe(2);
  });

  it("is never more than a request can name, however much may be promised", () => {
    const known = summary("A", { L1: [0, 2_147_483_647] }, { backorderLimit: 2_147_483_647 });
    expect(availabilityOfSku(known, scope).backorderable).toBe(2_147_483_647);
  });

  it("tells when stock is expected, and nothing of an item that nobody has seen yet", () => {
    const restockAt = "2027-03-01T00:00:00.000Z";
    expect(availabilityOfSku(summary("A", { L1: [0, 0] }, { restockAt }), scope).restockAt).toBe(restockAt);
    const availableFrom = "2027-04-01T00:00:00.000Z";
    expect(availabilityOfSku(summary("A", { L1: [0, 0] }, { restockAt, availableFrom }), scope).restockAt).toBe(
      availableFrom,
    );
    const levelsOnly = { ...summary("A", { L1: [3, 0] }), item: null };
    expect(availabilityOfSku(levelsOnly, scope)).toMatchObject({ available: 3, backorderable: 0, restockAt: null });
  });
});

describe("what a new buyer can have of a kit", () => {
  const kit = summary(
    "K",
    {},
    {
      components: [
        { sku: "A", quantity: 2 },
        { sku: "B", quantity: 1 },
      ],
    },
  );
  const parts = (changes: { readonly a?: Partial<SummarisedItem>; readonly b?: Partial<SummarisedItem> } = {}) =>
    new Map([
      ["A", summary("A", { L1: [5, 0], L2: [2, 0] }, changes.a)],
      ["B", summary("B", { L1: [1, 0], L2: [9, 4] }, changes.b)],
    ]);

  it("is as many as the scarcest component allows, everywhere and at each location", () => {
    expect(availabilityOfKit(kit, parts(), scope)).toMatchObject({
      available: 3,
      backorderable: 0,
      locations: [
        { locationId: "L1", available: 1 },
        { locationId: "L2", available: 1 },
      ],
    });
    expect(availabilityOfKit(kit, parts(), { ...scope, locationId: "L2" }).available).toBe(1);
    expect(availabilityOfKit(kit, new Map([...parts()].slice(0, 1)), scope).available).toBe(0);
  });

  it("is more when its scarcest component is expected, and not when another is, or the kit itself", () => {
    const [early, late] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    const expected = (a: string | null, b: string | null, of = kit) =>
      availabilityOfKit(of, parts({ a: { restockAt: a }, b: { restockAt: b } }), scope).restockAt;
    expect([expected(early, null), expected(null, late)]).toEqual([early, null]);
    const dated = { ...kit, item: kit.item === null ? null : { ...kit.item, restockAt: late } };
    expect(expected(early, null, dated)).toBe(early);
    const both = (a: string | null, b: string | null) =>
      availabilityOfKit(
        kit,
        new Map([
          ["A", summary("A", { L1: [1, 0] }, { restockAt: a })],
          ["B", summary("B", { L1: [0, 0] }, { restockAt: b })],
        ]),
        scope,
      ).restockAt;
    expect([both(early, late), both(late, early), both(early, null), both(null, late)]).toEqual([
      late,
      late,
      null,
      null,
    ]);
  });

  it("is nothing at a location that lacks a component", () => {
    const apart = new Map([
      ["A", summary("A", { L1: [9, 0] })],
      ["B", summary("B", { L2: [9, 0] })],
    ]);
    expect(availabilityOfKit(kit, apart, scope)).toMatchObject({
      available: 4,
      locations: [
        { locationId: "L1", available: 0 },
        { locationId: "L2", available: 0 },
      ],
    });
  });

  it("may be promised as far as all components may, stock and promises together", () => {
    const known = new Map([
      ["A", summary("A", { L1: [5, 6] })],
      ["B", summary("B", { L1: [4, 0] })],
    ]);
    // Of A there are 5 and 6 more may be promised: enough for 5 kits, of which B allows 4.
    expect(availabilityOfKit(kit, known, scope)).toMatchObject({ available: 2, backorderable: 2 });
  });

  it("is nothing of a kit that is archived, or of which a component is", () => {
    const archived = { ...kit, item: { ...item, components: kit.item?.components ?? [], active: false } };
    const promised = new Map([
      ["A", summary("A", { L1: [5, 6] })],
      ["B", summary("B", { L1: [4, 9] })],
    ]);
    expect(availabilityOfKit(archived, promised, scope)).toMatchObject({
      available: 0,
      backorderable: 0,
      locations: [{ locationId: "L1", available: 0 }],
    });
    expect(availabilityOfKit(kit, parts({ b: { active: false } }), scope)).toMatchObject({
      available: 0,
      backorderable: 0,
    });
  });

  it("is what may be promised, where a component is a preorder", () => {
    const availableFrom = "1970-01-01T00:00:01.000Z";
    const known = new Map([
      ["A", summary("A", { L1: [9, 4] }, { availableFrom })],
      ["B", summary("B", { L1: [9, 0] })],
    ]);
    expect(availabilityOfKit(kit, known, scope)).toMatchObject({ available: 0, backorderable: 2 });
    expect(availabilityOfKit(kit, known, { ...scope, nowMs: 1_000 }).available).toBe(4);
  });

  it("is as old as the oldest of what it was made from", () => {
    const of = (sku: string, asOfMs: number) => ({ ...summary(sku, {}), asOfMs });
    const known = new Map([
      ["A", of("A", 9)],
      ["B", of("B", 3)],
    ]);
    expect(availabilityOfKit({ ...kit, asOfMs: 7 }, known, scope).asOfMs).toBe(3);
    expect(availabilityOfKit({ ...kit, asOfMs: 1 }, known, scope).asOfMs).toBe(1);
  });
});
