import { describe, expect, it } from "vitest";
import { type Cell, initialFigures, plainChange } from "../../functions/domain/level.ts";
import { type Movement, movementOf } from "../../functions/domain/movement.ts";
import { differencesOf, type Evidence } from "../../functions/domain/reconcile.ts";
import { changeFor, type Reservation } from "../../functions/domain/reservation.ts";
import { aHold, aLeg, aLevel, aLine } from "./sample.ts";

const received = aLevel(initialFigures({ onHand: 5 }), { version: 1 });
const hold: Reservation = {
  ...aHold,
  lines: [aLine("A", 4, null, [aLeg("A", "L1", 2, { promisedAtMs: 7, quantity: 2 })])],
};
const after = aLevel(initialFigures({ onHand: 5, reserved: 2, backordered: 2 }), {
  version: 2,
  lastChange: changeFor(hold, "reserved", { actor: "shop", atMs: 2_000 }),
});
const movements = [movementOf({ before: null, after: received }), movementOf({ before: received, after })];
const entry = { sku: "A", locationId: "L1", promisedAtMs: 7, reservationId: "r-1", reservationUid: "u-1", quantity: 2 };
const sound: Evidence = {
  level: after,
  movements,
  cells: [],
  reservations: new Map([["r-1", hold]]),
  queue: [entry],
};
const kinds = (evidence: Partial<Evidence>) => differencesOf({ ...sound, ...evidence }).map(({ kind }) => kind);

describe("reconcile", () => {
  it("finds nothing where nothing is wrong", () => {
    expect(differencesOf(sound)).toEqual([]);
  });

  it("names figures that do not add up", () => {
    const level = { ...after, figures: { ...after.figures, damaged: 1 } };
    expect(kinds({ level })).toContain("figures");
  });

  it("names a movement that is missing, and one that does not give the level", () => {
    expect(differencesOf({ ...sound, movements: movements.slice(1) })).toContainEqual({
      kind: "replay",
      cell: 0,
      fault: { kind: "gap", missingVersion: 1 },
    });
    const [first, second] = movements as [Movement, Movement];
    expect(kinds({ movements: [first, { ...second, after: { ...second.after, onHand: 4 } }] })).toContain("replay");
  });

  it("names promises that no open reservation rests on", () => {
    expect(kinds({ reservations: new Map() })).toEqual(expect.arrayContaining(["promised", "reservation", "queue"]));
    const ended: Reservation = { ...hold, status: "expired", endedAtMs: 1 };
    expect(differencesOf({ ...sound, reservations: new Map([["r-1", ended]]) })).toContainEqual({
      kind: "reservation",
      reservationId: "r-1",
      uid: "u-1",
      status: "expired",
      byMovements: { reserved: 2, backordered: 2 },
      byReservation: { reserved: 0, backordered: 0 },
    });
  });

  it("names a place in the queue that is missing or is too large", () => {
    expect(differencesOf({ ...sound, queue: [] })).toEqual([
      { kind: "queue", reservationId: "r-1", promisedAtMs: 7, inQueue: 0, byReservation: 2 },
    ]);
    expect(kinds({ queue: [{ ...entry, quantity: 3 }] })).toEqual(["queue"]);
  });

  it("counts a level and its cells together", () => {
    const id = { generation: 1, index: 1 };
    const cell: Cell = {
      sku: "A",
      locationId: "L1",
      cell: id,
      figures: initialFigures({ onHand: 3, reserved: 1 }),
      version: 1,
      isMerged: false,
      lastChange: changeFor(hold, "reserved", { actor: "shop", atMs: 1 }),
    };
    const leg = { ...aLeg("A", "L1", 1), cell: id };
    const reservations = new Map([["r-1", { ...hold, lines: [aLine("A", 1, null, [leg])] }]]);
    const level = { ...received, lastChange: plainChange("split", "office", 1) };
    const evidence = { level, movements: movements.slice(0, 1), reservations, queue: [] };
    const recorded = { record: cell, movements: [movementOf({ before: null, after: cell })] };
    expect(kinds({ ...evidence, cells: [recorded] })).toEqual([]);
    expect(differencesOf({ ...sound, ...evidence, cells: [{ ...recorded, movements: [] }] })).toContainEqual({
      kind: "replay",
      cell: 1,
      fault: { kind: "gap", missingVersion: 1 },
    });
  });
});
