import { describe, expect, it } from "vitest";
import { forwardsOf } from "../../functions/changes/forwards.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { aHold, aLeg, aLevel, aLine, anOrder, plainSettings } from "../domain/sample.ts";

const waiting = [aLine("A", 3, null, [aLeg("A", "L1", 1, { promisedAtMs: 7, quantity: 2 })])];
const queuesTold = (before: Reservation | null, after: Reservation) =>
  forwardsOf({ kind: "reservation", before, after }).flatMap(({ to, message }) =>
    to === "backorders" ? [message] : [],
  );

describe("a level with a day from which its item is available", () => {
  const level = { kind: "level" } as const;
  const availableFrom = "2027-01-04T08:00:00.000Z";
  const preorder = aLevel({}, { settings: { ...plainSettings, availableFrom } });
  const daysTold = (...change: Parameters<typeof forwardsOf>) =>
    forwardsOf(...change).flatMap((forward) =>
      forward.to === "backorders" ? [{ message: forward.message, when: forward.when }] : [],
    );
  const told = {
    message: { sku: "A", locationId: "L1", availableFrom },
    when: { atMs: Date.parse(availableFrom) },
  };

  it("has its queue served on that day, when it is new and when the day is", () => {
    expect(daysTold({ ...level, before: null, after: preorder })).toEqual([told]);
    expect(daysTold({ ...level, before: aLevel({}), after: { ...preorder, version: 2 } })).toEqual([told]);
  });

  it("starts no second chain of messages while the day stays", () => {
    expect(daysTold({ ...level, before: preorder, after: { ...preorder, version: 2 } })).toEqual([]);
    expect(daysTold({ ...level, before: preorder, after: aLevel({}) })).toEqual([]);
  });
});

describe("a level or a cell that is rewritten in another form", () => {
  it("is news to nobody, and the next version is", () => {
    const level = aLevel({ available: 3, backordered: 2 });
    const cell = { ...level, cell: { generation: 1, index: 1 }, isMerged: false };
    expect(forwardsOf({ kind: "level", before: level, after: level })).toEqual([]);
    expect(forwardsOf({ kind: "cell", before: cell, after: cell })).toEqual([]);
    const next = { ...level, version: level.version + 1 };
    expect(forwardsOf({ kind: "level", before: level, after: next }).map(({ to }) => to)).toContain("audit");
  });
});

describe("a record that appears", () => {
  it("wakes the queues in which it waits: it may have been put back after a deletion by mistake", () => {
    const queue = { sku: "A", locationId: "L1", availableFrom: null };
    expect(queuesTold(null, { ...anOrder, lines: waiting })).toEqual([queue]);
    expect(queuesTold(null, { ...aHold, lines: waiting })).toEqual([queue]);
  });

  it("wakes nobody when nothing is owed to it, or when it was there before", () => {
    expect(queuesTold(null, aHold)).toEqual([]);
    expect(queuesTold(null, { ...aHold, lines: waiting, status: "expired", endedAtMs: 1 })).toEqual([]);
    expect(queuesTold({ ...aHold, lines: waiting }, { ...anOrder, lines: waiting })).toEqual([]);
  });
});
