import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { OperationId } from "../../functions/contract/routes.ts";
import type { Level } from "../../functions/domain/level.ts";
import type { HeldReservation, Reservation } from "../../functions/domain/reservation.ts";
import { renderAlert, renderBackorder, renderMovement } from "../../functions/http/render/audit.ts";
import { renderAvailability } from "../../functions/http/render/availability.ts";
import { renderItem, renderLocation } from "../../functions/http/render/catalogue.ts";
import { renderLevel } from "../../functions/http/render/level.ts";
import { renderCommitted, renderReservation } from "../../functions/http/render/reservation.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { aHold, aLeg, aLevel, aLine, plainSettings } from "../domain/sample.ts";
import { startMs } from "./gateway.ts";

/** The answer, when it has the shape that is published for it. */
function published<T>(operationId: OperationId, answer: T): T {
  const parsed = z.safeParse(answerSchemas[operationId][200] as z.ZodMiniType, answer);
  expect(parsed.error?.issues).toBeUndefined();
  return answer;
}

const held: HeldReservation = {
  ...aHold,
  uid: "uid",
  version: 7,
  linesRevision: 2,
  requestDigest: "digest",
  referenceId: "cart-81",
  createdAtMs: startMs,
  expiresAtMs: startMs + 60_000,
  lines: [aLine("A", 3, null, [aLeg("A", "L1", 2), aLeg("A", "L2", 1)]), aLine("B", 1, "L2", [aLeg("B", "L2", 1)])],
};
/** All of it left the house, or was given back. */
const shippedLines = held.lines.map((line) => ({
  ...line,
  legs: line.legs.map((leg) => ({ ...leg, allocated: 0, fulfilled: leg.allocated })),
}));
const endedLines = held.lines.map((line) => ({ ...line, legs: [] }));
const order = { orderId: "1001", committedAtMs: startMs + 1_000, reacquired: false };
const endedAtMs = startMs + 2_000;

describe("a reservation's answer", () => {
  it("shows a hold with its deadline, its lines as submitted, and where each unit is", () => {
    expect(published("getReservation", renderReservation(held))).toEqual({
      reservationId: "r-1",
      status: "held",
      revision: 2,
      referenceId: "cart-81",
      customerId: null,
      orderId: null,
      createdAt: "2027-01-31T12:00:00.000Z",
      expiresAt: "2027-01-31T12:01:00.000Z",
      committedAt: null,
      endedAt: null,
      lines: [
        {
          sku: "A",
          quantity: 3,
          locationId: null,
          allocated: 3,
          backordered: 0,
          fulfilled: 0,
          released: 0,
          returned: 0,
          restockAt: null,
          allocations: [
            { sku: "A", locationId: "L1", quantity: 2 },
            { sku: "A", locationId: "L2", quantity: 1 },
          ],
        },
        expect.objectContaining({ sku: "B", locationId: "L2", allocated: 1 }),
      ],
    });
  });

  it.each<[Reservation, object, object]>([
    [
      { ...held, ...order, status: "committed" },
      { orderId: "1001", expiresAt: null, committedAt: "2027-01-31T12:00:01.000Z", endedAt: null },
      { allocated: 3, fulfilled: 0, released: 0, allocations: { length: 2 } },
    ],
    [
      { ...held, ...order, lines: shippedLines, status: "fulfilled", endedAtMs },
      { orderId: "1001", expiresAt: null, endedAt: "2027-01-31T12:00:02.000Z" },
      { allocated: 0, fulfilled: 3, released: 0, allocations: { length: 2 } },
    ],
    [
      { ...held, order, lines: endedLines, status: "released", endedAtMs },
      { orderId: "1001", expiresAt: null, endedAt: "2027-01-31T12:00:02.000Z" },
      { allocated: 0, fulfilled: 0, released: 3, allocations: { length: 0 } },
    ],
    [
      { ...held, order: null, lines: endedLines, status: "released", endedAtMs },
      { orderId: null, committedAt: null },
      { released: 3, allocations: { length: 0 } },
    ],
    [
      { ...held, lines: endedLines, status: "expired", endedAtMs },
      { orderId: null, expiresAt: "2027-01-31T12:01:00.000Z", endedAt: "2027-01-31T12:00:02.000Z" },
      { allocated: 0, fulfilled: 0, released: 3, allocations: { length: 0 } },
    ],
  ])("shows what has become of it: %#", (reservation, whole, line) => {
    const answer = published("getReservation", renderReservation(reservation));
    expect(answer).toMatchObject({ status: reservation.status, ...whole });
    expect(answer.lines[0]).toMatchObject(line);
  });

  it("shows what is backordered, until when, and nothing of cells and queues", () => {
    const restockAt = "2027-03-01T00:00:00.000Z";
    const cell = (index: number) => ({ ...aLeg("A", "L1", 1), cell: { generation: 2, index } });
    const legs = [cell(4), cell(9), aLeg("A", "L2", 1, { promisedAtMs: startMs, quantity: 2 })];
    const waiting: HeldReservation = { ...held, lines: [aLine("A", 5, null, legs, { restockAt })] };
    const { lines } = published("getReservation", renderReservation(waiting));
    expect(lines).toEqual([
      {
        sku: "A",
        quantity: 5,
        locationId: null,
        allocated: 3,
        backordered: 2,
        fulfilled: 0,
        released: 0,
        returned: 0,
        restockAt,
        allocations: [
          { sku: "A", locationId: "L1", quantity: 2 },
          { sku: "A", locationId: "L2", quantity: 1 },
        ],
      },
    ]);
    // Once it has ended, nothing is expected any more; and what is promised lies nowhere.
    const ended: Reservation = { ...waiting, status: "expired", endedAtMs };
    expect(renderReservation(ended).lines[0]?.restockAt).toBeNull();
    const promised = [aLine("A", 2, null, [aLeg("A", "L2", 0, { promisedAtMs: startMs, quantity: 2 })])];
    expect(renderReservation({ ...held, lines: promised }).lines[0]).toMatchObject({ backordered: 2, allocations: [] });
  });

  it("shows a kit in kits, and where its components are", () => {
    const components = [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 1 },
    ];
    const legs = [
      { ...aLeg("A", "L1", 2), fulfilled: 2, returned: 2 },
      { ...aLeg("B", "L2", 1), fulfilled: 1, returned: 1 },
    ];
    const kit: HeldReservation = { ...held, lines: [aLine("K", 2, null, legs, { components })] };
    expect(published("getReservation", renderReservation(kit)).lines[0]).toMatchObject({
      quantity: 2,
      allocated: 1,
      fulfilled: 1,
      returned: 1,
      allocations: [
        { sku: "A", locationId: "L1", quantity: 4 },
        { sku: "B", locationId: "L2", quantity: 2 },
      ],
    });
  });

  it("to a commit says whether the stock had to be taken again", () => {
    const committed = { ...held, ...order, status: "committed" } as const;
    expect(published("commitReservation", renderCommitted(committed)).reacquired).toBe(false);
    expect(renderCommitted({ ...committed, reacquired: true }).reacquired).toBe(true);
  });
});

const level: Level = {
  ...aLevel({}),
  figures: {
    onHand: 10,
    reserved: 3,
    available: 7,
    damaged: 0,
    qualityControl: 0,
    safetyStock: 0,
    incoming: 0,
    backordered: 2,
    sellable: 5,
    headroom: -2,
  },
  version: 12,
  settingsRevision: 2,
  itemSettingsRevision: 1,
  settings: { ...plainSettings, lowStockThreshold: 4 },
  overrides: ["lowStockThreshold"],
  lastChange: {
    type: "reserved",
    reason: null,
    reference: "cart-81",
    actor: "shop",
    reservationId: "r-1",
    reservationUid: "uid",
    atMs: startMs,
  },
};

describe("an answer", () => {
  it("shows a level's figures, the settings in force, and no room below 0", () => {
    expect(published("getLevel", renderLevel(level))).toEqual({
      sku: "A",
      locationId: "L1",
      onHand: 10,
      reserved: 3,
      available: 7,
      damaged: 0,
      qualityControl: 0,
      safetyStock: 0,
      incoming: 0,
      backordered: 2,
      sellable: 5,
      backorderable: 0,
      cells: 1,
      lowStockThreshold: 4,
      restockAt: null,
      availableFrom: null,
      overrides: { lowStockThreshold: 4 },
      version: 12,
      settingsRevision: 2,
      updatedAt: "2027-01-31T12:00:00.000Z",
    });
    const none = { ...level, settings: { ...level.settings, lowStockThreshold: null, backorderLimit: 9 } };
    const answer = published("getLevel", renderLevel({ ...none, overrides: ["lowStockThreshold", "backorderLimit"] }));
    expect(answer.overrides).toEqual({ lowStockThreshold: null, backorder: { policy: "allow", limit: 9 } });
    expect(renderLevel({ ...level, cells: 64, generation: 1 }).cells).toBe(64);
  });

  it("shows a movement with every figure, and without what is inside", () => {
    const movement = renderMovement({
      sku: "A",
      locationId: "L1",
      cell: null,
      version: 12,
      ...level.lastChange,
      changes: { reserved: 3, available: -3, sellable: -3 },
      after: level.figures,
    });
    published("listMovements", { items: [movement], nextCursor: null });
    expect(movement).toMatchObject({ cell: 0, at: "2027-01-31T12:00:00.000Z", after: level.figures });
    expect(movement).not.toHaveProperty("reservationUid");
  });

  it("shows an alert", () => {
    const alert = renderAlert({
      alertId: "a-1",
      type: "low_stock",
      sku: "A",
      locationId: "L1",
      status: "resolved",
      epoch: 0,
      version: 12,
      available: 2,
      threshold: 4,
      raisedAtMs: startMs,
      resolvedAtMs: endedAtMs,
      isJudged: false,
    });
    published("listAlerts", { items: [alert], nextCursor: "eyJ9" });
    expect(alert).toMatchObject({ status: "resolved", resolvedAt: "2027-01-31T12:00:02.000Z" });
  });

  it("shows an item and a location", () => {
    const item = renderItem({
      sku: "A",
      name: "Mug",
      backorder: { policy: "allow", limit: null },
      availableFrom: null,
      purchaseLimit: { quantity: 2, windowDays: null },
      components: [{ sku: "B", quantity: 2 }],
      restockAt: "2027-02-01T00:00:00.000Z",
      lowStockThreshold: null,
      externalSku: "MUG/1",
      barcode: null,
      active: true,
      revision: 3,
      settingsRevision: 2,
      updatedAtMs: startMs,
      actor: "office",
    });
    expect(published("getItem", item)).not.toHaveProperty("actor");
    const location = renderLocation({
      locationId: "L1",
      name: "North",
      priority: 1,
      active: true,
      country: "DE",
      latitude: 52.5,
      longitude: 13.4,
      revision: 1,
      updatedAtMs: startMs,
      actor: "office",
    });
    published("getLocation", location);
    published("listLocations", { items: [location], nextCursor: null });
  });

  it("shows what a new buyer can have, and does not break over a SKU that nobody knows", () => {
    const known = renderAvailability("A", {
      available: 3,
      backorderable: 2,
      restockAt: null,
      asOfMs: startMs,
      locations: [{ locationId: "L1", available: 3 }],
    });
    const items = [known, renderAvailability("B", null)];
    expect(published("getAvailability", { items }).items).toEqual([
      {
        sku: "A",
        tracked: true,
        available: 3,
        inStock: true,
        backorderable: 2,
        restockAt: null,
        asOf: "2027-01-31T12:00:00.000Z",
        locations: [{ locationId: "L1", available: 3 }],
      },
      {
        sku: "B",
        tracked: false,
        available: 0,
        inStock: false,
        backorderable: 0,
        restockAt: null,
        asOf: null,
        locations: [],
      },
    ]);
    const none = { available: 0, backorderable: 9, restockAt: null, asOfMs: startMs, locations: [] };
    expect(renderAvailability("A", none).inStock).toBe(false);
  });

  it("shows who waits, since when and until when, and not which incarnation of the reservation it is", () => {
    const entry = {
      sku: "A",
      locationId: "L1",
      promisedAtMs: startMs,
      reservationId: "r-1",
      reservationUid: "u-1",
      quantity: 2,
    };
    const restockAt = "2027-03-01T00:00:00.000Z";
    const answer = { items: [renderBackorder({ entry, restockAt })], nextCursor: null };
    expect(published("listBackorders", answer).items).toEqual([
      {
        sku: "A",
        locationId: "L1",
        reservationId: "r-1",
        quantity: 2,
        promisedAt: "2027-01-31T12:00:00.000Z",
        restockAt,
      },
    ]);
  });

  it("shows which part of a split level a movement is of", () => {
    const cell = { generation: 2, index: 7 };
    const movement = renderMovement({
      sku: "A",
      locationId: "L1",
      cell,
      version: 1,
      ...level.lastChange,
      changes: {},
      after: level.figures,
    });
    expect(movement).toMatchObject({ cell: 7, generation: 2 });
    published("listMovements", { items: [movement], nextCursor: null });
  });
});
