/** What is stored is read back as it was. */
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemSizeBytes } from "../../bench/item-size.ts";
import { allocationStrategies as namedInTheContract } from "../../functions/contract/allocation.ts";
import { allocationStrategies } from "../../functions/domain/allocation.ts";
import type { Item } from "../../functions/domain/catalogue.ts";
import {
  type Cell,
  type Figures,
  figureNames,
  initialFigures,
  type LastChange,
  movementTypes,
  overridableSettings,
} from "../../functions/domain/level.ts";
import type { Leg, ReservationLine } from "../../functions/domain/line.ts";
import type { HeldReservation, Reservation } from "../../functions/domain/reservation.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { creationOfCell, isMergedCell, parseCell } from "../../functions/storage/cells.ts";
import { parseItem, storedItemFields } from "../../functions/storage/items.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { parseLevel, storedLevel } from "../../functions/storage/levels.ts";
import { parseReservation, storedReservation } from "../../functions/storage/reservation-item.ts";
import { CorruptItemError } from "../../functions/storage/stored-item.ts";
import { aHold, aLeg, aLevel, aLine } from "../domain/sample.ts";

const stored = (item: Record<string, unknown>) => unmarshall(marshall(item, { removeUndefinedValues: true }));

const units = fc.nat({ max: 1_000 });
const name = fc.constantFrom("A", "B", "with.dots:and~more");
const time = fc
  .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

const leg: fc.Arbitrary<Leg> = fc
  .record({
    sku: name,
    locationId: name,
    cell: fc.constantFrom(null, { generation: 3, index: 17 }),
    allocated: units,
    fulfilled: units,
    returned: units,
    places: fc.array(fc.record({ promisedAtMs: units, quantity: fc.integer({ min: 1, max: 9 }) }), { maxLength: 3 }),
  })
  .map((parts) => ({ ...parts, backordered: parts.places.reduce((sum, { quantity }) => sum + quantity, 0) }));
const line: fc.Arbitrary<ReservationLine> = fc.record({
  sku: name,
  quantity: units,
  locationId: fc.option(name),
  components: fc.option(fc.array(fc.record({ sku: name, quantity: units }), { minLength: 1, maxLength: 3 })),
  legs: fc.array(leg, { maxLength: 3 }),
  counted: fc.array(
    fc.record({ windowDays: fc.option(fc.integer({ min: 1, max: 9 })), window: units, quantity: units }),
    { maxLength: 2 },
  ),
  restockAt: fc.option(time),
});
const held: fc.Arbitrary<HeldReservation> = fc
  .record({
    referenceId: fc.option(name),
    customerId: fc.option(name),
    terms: fc.record({
      strategy: fc.constantFrom(...allocationStrategies),
      shipTo: fc.option(fc.record({ latitude: fc.integer({ min: -90, max: 90 }), longitude: units })),
      mayBackorder: fc.boolean(),
    }),
    remembered: fc.array(fc.record({ keyDigest: name, requestDigest: name }), { maxLength: 3 }),
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  })
  .map((parts) => ({ ...aHold, ...parts }));
const order = { orderId: "o", committedAtMs: 5 };
const reservation: fc.Arbitrary<Reservation> = fc.oneof(
  held,
  held.map((each): Reservation => ({ ...each, ...order, status: "committed", reacquired: true })),
  held.map((each): Reservation => ({ ...each, ...order, status: "fulfilled", reacquired: false, endedAtMs: 9 })),
  held.map(
    (each): Reservation => ({ ...each, status: "released", order: { ...order, reacquired: false }, endedAtMs: 9 }),
  ),
  held.map((each): Reservation => ({ ...each, status: "released", order: null, endedAtMs: 9 })),
  held.map((each): Reservation => ({ ...each, status: "expired", endedAtMs: 9 })),
);

/** The places of all values in an item, those inside of lists and maps among them; not of what is no content. */
function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const inside =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...path, key]))
      : [];
  return path.length === 0 ? inside.filter(([top = ""]) => !["pk", "sk", "ttl"].includes(top)) : [path, ...inside];
}

/** The item with nothing usable in one place. */
function damaged(item: Record<string, unknown>, [key = "", ...rest]: readonly string[]): Record<string, unknown> {
  const inside = item[key] as Record<string, unknown>;
  const value = rest.length === 0 ? null : damaged(inside, rest);
  return Array.isArray(item)
    ? (Object.assign([...item], { [key]: value }) as unknown as Record<string, unknown>)
    : { ...item, [key]: value };
}

describe("the stored form", () => {
  it("of a reservation gives the reservation", () => {
    fc.assert(
      fc.property(reservation, (each) => {
        expect(parseReservation(each.reservationId, stored(storedReservation(each, usualTimes)))).toEqual(each);
      }),
    );
  });

  it("of a reservation is a loud defect when anything in it is not what it must be, and names the row", () => {
    fc.assert(
      fc.property(reservation, fc.nat(), (each, at) => {
        const item = stored(storedReservation(each, usualTimes));
        const paths = pathsIn(item);
        const corrupt = damaged(item, paths[at % paths.length] ?? []);
        expect(() => parseReservation(each.reservationId, corrupt)).toThrow(CorruptItemError);
        expect(() => parseReservation(each.reservationId, corrupt)).toThrow("RESERVATION#r-1 / RESERVATION");
      }),
    );
  });

  it("of a plain line is little, so that a reservation of six lines with the usual names is one write unit", () => {
    const lines = Array.from({ length: 6 }, (_, at) => {
      const sku = `MUG-BLUE-0000000${at}`;
      return aLine(sku, 2, null, [aLeg(sku, "warehouse-berlin", 2)]);
    });
    const names = { reservationId: "r".repeat(25), uid: "u".repeat(22), requestDigest: "d".repeat(22) };
    const cart: HeldReservation = {
      ...aHold,
      ...names,
      referenceId: "c".repeat(36),
      customerId: "c".repeat(36),
      lines,
    };
    expect(itemSizeBytes(marshall(storedReservation(cart, usualTimes)))).toBeLessThan(1_024);
  });

  const item: fc.Arbitrary<Item> = fc.record({
    sku: fc.constant("A"),
    name,
    backorder: fc.constantFrom(
      { policy: "deny", limit: null } as const,
      { policy: "deny", limit: 7 } as const,
      { policy: "allow", limit: null } as const,
      { policy: "allow", limit: 7 } as const,
    ),
    restockAt: fc.option(time),
    availableFrom: fc.option(time),
    lowStockThreshold: fc.option(units),
    purchaseLimit: fc.constantFrom(null, { quantity: 2, windowDays: null }, { quantity: 2, windowDays: 30 }),
    components: fc.array(fc.record({ sku: name, quantity: units }), { maxLength: 3 }),
    externalSku: fc.option(name),
    barcode: fc.option(name),
    active: fc.boolean(),
    revision: units,
    settingsRevision: units,
    updatedAtMs: units,
    actor: name,
  });

  it("of an item gives the item", () => {
    fc.assert(
      fc.property(item, (each) => {
        expect(parseItem("A", stored(storedItemFields(each)))).toEqual(each);
      }),
    );
  });

  it("of an item is a loud defect when anything in it is not what it must be, and names the row", () => {
    fc.assert(
      fc.property(item, fc.nat(), (each, at) => {
        const row = stored({ ...inventoryKeys.item("A"), ...storedItemFields(each) });
        const paths = pathsIn(row);
        const corrupt = damaged(row, paths[at % paths.length] ?? []);
        expect(() => parseItem("A", corrupt)).toThrow(CorruptItemError);
        expect(() => parseItem("A", corrupt)).toThrow("SKU#A / ITEM");
      }),
    );
  });

  const lastChange: fc.Arbitrary<LastChange> = fc.record({
    type: fc.constantFrom(...movementTypes),
    reason: fc.option(name),
    reference: fc.option(name),
    actor: name,
    reservationId: fc.option(name),
    reservationUid: fc.option(name),
    atMs: units,
  });
  const figures = fc
    .tuple(...figureNames.map((figure) => fc.integer({ min: -9, max: 1_000 }).map((value) => [figure, value] as const)))
    .map((values) => Object.fromEntries(values) as Figures);

  it("of a level gives the level, its backorder limit from the headroom and what is promised", () => {
    const settings = fc.record({
      active: fc.boolean(),
      lowStockThreshold: fc.option(units),
      backorderLimit: units,
      restockAt: fc.option(time),
      availableFrom: fc.option(time),
      purchaseLimit: fc.constantFrom(null, { quantity: 2, windowDays: null }, { quantity: 2, windowDays: 30 }),
      isKit: fc.boolean(),
    });
    const split = fc.constantFrom(
      { generation: 0, cells: 0 },
      { generation: 2, cells: 0 },
      { generation: 2, cells: 8 },
    );
    const overridden = fc.subarray([...overridableSettings]);
    fc.assert(
      fc.property(settings, figures, overridden, split, lastChange, (each, numbers, overrides, cells, change) => {
        const promised = { ...numbers, headroom: each.backorderLimit - numbers.backordered };
        const level = aLevel(promised, { settings: each, overrides, ...cells, version: 7, lastChange: change });
        expect(parseLevel(level, stored(storedLevel(level)))).toEqual(level);
      }),
    );
    expect(parseLevel(aLevel({}), stored(storedLevel(aLevel({}))))).toEqual(aLevel({}));
  });

  it("of a level is a loud defect when anything in it is not what it must be, and names the row", () => {
    const full = aLevel(initialFigures({ onHand: 5 }), {
      settings: {
        active: true,
        lowStockThreshold: 1,
        backorderLimit: 0,
        restockAt: "2027-03-01T00:00:00.000Z",
        availableFrom: "2027-02-01T00:00:00.000Z",
        purchaseLimit: { quantity: 2, windowDays: 30 },
        isKit: false,
      },
      overrides: ["restockAt"],
      generation: 2,
      cells: 8,
    });
    const row = stored(storedLevel(full));
    for (const path of pathsIn(row)) {
      expect(() => parseLevel(full, damaged(row, path)), path.join(".")).toThrow(CorruptItemError);
      expect(() => parseLevel(full, damaged(row, path)), path.join(".")).toThrow("SKU#A / LEVEL#L1");
    }
  });

  it("of a cell gives the cell", () => {
    const key = { sku: "A", locationId: "L1", cell: { generation: 3, index: 17 } };
    fc.assert(
      fc.property(units, lastChange, figures, fc.boolean(), (quantity, change, later, isMerged) => {
        const item = creationOfCell("t", key, quantity, change).Put?.Item ?? {};
        const cell: Cell = {
          ...key,
          figures: initialFigures({ onHand: quantity }),
          version: 1,
          isMerged: false,
          lastChange: change,
        };
        expect(parseCell(key, stored(item))).toEqual(cell);
        const changed = stored({ ...item, ...later, version: 9, ...(isMerged ? { merged: true, ttl: 5 } : {}) });
        expect(parseCell(key, changed)).toEqual({ ...cell, figures: later, version: 9, isMerged });
        expect(isMergedCell(changed)).toBe(isMerged);
      }),
    );
    expect(isMergedCell(undefined)).toBe(true);
  });
});

describe("the contract", () => {
  it("names the allocation strategies that there are", () => {
    expect(namedInTheContract).toEqual(allocationStrategies);
  });
});
