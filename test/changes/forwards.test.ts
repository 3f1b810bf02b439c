import { describe, expect, it } from "vitest";
import { forwardsOf } from "../../functions/changes/forwards.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { aHold, aLeg, aLine, anOrder } from "../domain/sample.ts";

const waiting = [aLine("A", 3, null, [aLeg("A", "L1", 1, { promisedAtMs: 7, quantity: 2 })])];
const queuesTold = (before: Reservation | null, after: Reservation) =>
  forwardsOf({ kind: "reservation", before, after }).flatMap(({ to, message }) =>
    to === "backorders" ? [message] : [],
  );

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
