import { describe, expect, it } from "vitest";
import { type Cell, initialFigures, plainChange } from "../../functions/domain/level.ts";
import { type Movement, movementOf } from "../../functions/domain/movement.ts";
import { differencesOf, differencesOfReservation, type Evidence, historyOf } from "../../functions/domain/reconcile.ts";
import { changeFor, type HeldReservation, type Reservation } from "../../functions/domain/reservation.ts";
import { aHold, aLeg, aLevel, aLine } from "./sample.ts";

const received = aLevel(initialFigures({ onHand: 5 }), { version: 1 });
const hold: HeldReservation = {
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
  history: historyOf(movements),
  cells: [],
  reservations: new Map([["r-1", hold]]),
  queue: [entry],
};
const kinds = (evidence: Partial<Evidence>) => differencesOf({ ...sound, ...evidence }).map(({ kind }) => kind);

describe("reconcile", () => {
  it("finds nothing where nothing is wrong", () => {
    expect(differencesOf(sound)).toEqual([]);
  });

  it("names figures that do not add up, or are below 0", () => {
    const level = { ...after, figures: { ...after.figures, damaged: 1 } };
    expect(differencesOf({ ...sound, level })).toContainEqual({ kind: "figures", cell: 0, figures: ["available"] });
    const negative = {
      ...after,
      figures: { ...initialFigures({ onHand: 5, reserved: 2, damaged: -1 }), backordered: 2 },
    };
    expect(differencesOf({ ...sound, level: negative })).toContainEqual({
      kind: "figures",
      cell: 0,
      figures: ["sellable", "damaged"],
    });
  });

  it("names a movement that is missing, and one that does not give the level", () => {
    expect(differencesOf({ ...sound, history: historyOf(movements.slice(1)) })).toContainEqual({
      kind: "replay",
      cell: 0,
      fault: { kind: "gap", missingVersion: 1 },
    });
    expect(differencesOf({ ...sound, history: historyOf(movements.slice(0, 1)) })).toContainEqual({
      kind: "replay",
      cell: 0,
      fault: { kind: "gap", missingVersion: 2 },
    });
    const [first, second] = movements as [Movement, Movement];
    expect(
      differencesOf({ ...sound, history: historyOf([first, { ...second, after: { ...second.after, onHand: 4 } }]) }),
    ).toEqual([
      { kind: "replay", cell: 0, fault: { kind: "drift", version: 2, figure: "onHand", expected: 5, found: 4 } },
    ]);
    const level = { ...after, figures: { ...after.figures, incoming: 3 } };
    expect(differencesOf({ ...sound, level })).toEqual([
      { kind: "replay", cell: 0, fault: { kind: "drift", version: 2, figure: "incoming", expected: 0, found: 3 } },
    ]);
  });

  it("names a sum of promises that is not that of the open reservations, though the trail agrees with each", () => {
    const lost = aLevel(initialFigures({ onHand: 5, reserved: 3, backordered: 2 }), {
      version: 3,
      lastChange: plainChange("adjusted", "office", 3_000),
    });
    const trail = [...movements, movementOf({ before: after, after: lost })];
    expect(differencesOf({ ...sound, level: lost, history: historyOf(trail) })).toEqual([
      { kind: "promised", level: { reserved: 3, backordered: 2 }, openLegs: { reserved: 2, backordered: 2 } },
    ]);
  });

  it("names a reservation that rests on what was never taken for it", () => {
    const stranger: Reservation = {
      ...hold,
      reservationId: "r-2",
      uid: "u-2",
      lines: [aLine("A", 1, null, [aLeg("A", "L1", 1)])],
    };
    const reservations = new Map([...sound.reservations, ["r-2", stranger] as const]);
    expect(differencesOf({ ...sound, reservations })).toEqual([
      { kind: "promised", level: { reserved: 2, backordered: 2 }, openLegs: { reserved: 3, backordered: 2 } },
      {
        kind: "reservation",
        reservationId: "r-2",
        uid: "u-2",
        status: "held",
        byMovements: { reserved: 0, backordered: 0 },
        byReservation: { reserved: 1, backordered: 0 },
      },
    ]);
  });

  it("tells incarnations of a reservation's id apart", () => {
    const reborn = new Map([["r-1", { ...hold, uid: "u-9" }]]);
    expect(
      differencesOf({ ...sound, reservations: reborn }).filter(({ kind }) => kind === "reservation"),
    ).toMatchObject([
      { uid: "u-9", status: "held", byMovements: { reserved: 0 } },
      { uid: "u-1", status: "missing", byMovements: { reserved: 2, backordered: 2 } },
    ]);
  });

  it("looks at the legs on this level only", () => {
    const elsewhere = [aLeg("A", "L2", 7), aLeg("B", "L1", 7)];
    const lines = [...hold.lines, aLine("A", 7, "L2", elsewhere)];
    expect(differencesOf({ ...sound, reservations: new Map([["r-1", { ...hold, lines }]]) })).toEqual([]);
  });

  it("leaves out reservations to which nothing is promised any more", () => {
    const back = aLevel(initialFigures({ onHand: 5 }), {
      version: 3,
      lastChange: changeFor(hold, "released", { actor: "shop", atMs: 3_000 }),
    });
    const trail = [...movements, movementOf({ before: after, after: back })];
    expect(historyOf(trail).promised).toEqual([]);
    expect(historyOf(movements).promised).toEqual([{ reservationId: "r-1", uid: "u-1", reserved: 2, backordered: 2 }]);
    expect(
      differencesOf({ ...sound, level: back, history: historyOf(trail), reservations: new Map(), queue: [] }),
    ).toEqual([]);
  });

  it("names promises that no open reservation rests on", () => {
    expect(differencesOf({ ...sound, reservations: new Map() })).toEqual([
      { kind: "promised", level: { reserved: 2, backordered: 2 }, openLegs: { reserved: 0, backordered: 0 } },
      {
        kind: "reservation",
        reservationId: "r-1",
        uid: "u-1",
        status: "missing",
        byMovements: { reserved: 2, backordered: 2 },
        byReservation: { reserved: 0, backordered: 0 },
      },
      { kind: "queue", reservationId: "r-1", promisedAtMs: 7, inQueue: 2, byReservation: 0 },
    ]);
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
    expect(kinds({ queue: [{ ...entry, promisedAtMs: 8 }] })).toEqual(["queue", "queue"]);
    // Two lines that were promised at the same time share one entry.
    const waiting = { promisedAtMs: 7, quantity: 1 };
    const lines = [
      aLine("A", 3, null, [aLeg("A", "L1", 2, waiting)]),
      aLine("A", 1, "L1", [aLeg("A", "L1", 0, waiting)]),
    ];
    expect(kinds({ reservations: new Map([["r-1", { ...hold, lines }]]) })).toEqual([]);
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
    const evidence = { level, history: historyOf(movements.slice(0, 1)), reservations, queue: [] };
    const recorded = { record: cell, history: historyOf([movementOf({ before: null, after: cell })]) };
    expect(kinds({ ...evidence, cells: [recorded] })).toEqual([]);
    expect(differencesOf({ ...sound, ...evidence, cells: [{ ...recorded, history: historyOf([]) }] })).toContainEqual({
      kind: "replay",
      cell: 1,
      fault: { kind: "gap", missingVersion: 1 },
    });
  });
});

describe("one open reservation", () => {
  it("agrees with the movements that name it, and an earlier incarnation of its id is none of its business", () => {
    expect(differencesOfReservation(hold, movements)).toEqual([]);
    const earlier = movements.map((movement) => ({ ...movement, reservationUid: "earlier" }));
    expect(differencesOfReservation(hold, [...earlier, ...movements])).toEqual([]);
  });

  it("differs where it rests on units that no movement promised, or has been promised others", () => {
    const nothing = { reserved: 0, backordered: 0 };
    const promised = { reserved: 2, backordered: 2 };
    const named = { kind: "reservation", reservationId: "r-1", uid: "u-1", status: "held", sku: "A", locationId: "L1" };
    expect(differencesOfReservation(hold, [])).toEqual([{ ...named, byMovements: nothing, byReservation: promised }]);
    expect(differencesOfReservation({ ...hold, lines: [] }, movements)).toEqual([
      { ...named, byMovements: promised, byReservation: nothing },
    ]);
  });

  it("may rest on a level and on its cells: they count together", () => {
    const leg = { ...aLeg("A", "L1", 2, { promisedAtMs: 7, quantity: 2 }), cell: { generation: 1, index: 4 } };
    expect(differencesOfReservation({ ...hold, lines: [aLine("A", 4, null, [leg])] }, movements)).toEqual([]);
  });
});
