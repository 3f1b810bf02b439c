/** What is stored is read back as it was. */
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocationStrategies as namedInTheContract } from "../../functions/contract/allocation.ts";
import { allocationStrategies } from "../../functions/domain/allocation.ts";
import type { Item } from "../../functions/domain/catalogue.ts";
import { initialFigures, overridableSettings } from "../../functions/domain/level.ts";
import type { Leg, ReservationLine } from "../../functions/domain/line.ts";
import type { HeldReservation, Reservation } from "../../functions/domain/reservation.ts";
import { parseItem, storedItemFields } from "../../functions/storage/items.ts";
import { parseLevel, storedLevel } from "../../functions/storage/levels.ts";
import { parseReservation, storedReservation } from "../../functions/storage/reservation-item.ts";
import { aHold, aLevel, plainSettings } from "../domain/sample.ts";

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

describe("the stored form", () => {
  it("of a reservation gives the reservation", () => {
    fc.assert(
      fc.property(reservation, (each) => {
        expect(parseReservation(each.reservationId, stored(storedReservation(each, 3_600)))).toEqual(each);
      }),
    );
  });

  const item: fc.Arbitrary<Item> = fc.record({
    sku: fc.constant("A"),
    name,
    backorder: fc.constantFrom(
      { policy: "deny", limit: null } as const,
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
    fc.assert(
      fc.property(settings, units, fc.subarray([...overridableSettings]), (each, backordered, overrides) => {
        const figures = initialFigures({ onHand: 5, backordered }, each.backorderLimit);
        const level = aLevel(figures, { settings: each, overrides, generation: 2, cells: 8 });
        expect(parseLevel(level, stored(storedLevel(level)))).toEqual(level);
      }),
    );
    expect(parseLevel(aLevel({}), stored(storedLevel(aLevel({}))))).toMatchObject({
      settings: plainSettings,
      cells: 0,
    });
  });
});

describe("the contract", () => {
  it("names the allocation strategies that there are", () => {
    expect(namedInTheContract).toEqual(allocationStrategies);
  });
});
