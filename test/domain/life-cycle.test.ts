import { describe, expect, it } from "vitest";
import {
  decideCommit,
  decideExpire,
  decideExtend,
  decideFulfil,
  decideRelease,
  longestHoldMs,
} from "../../functions/domain/life-cycle.ts";
import {
  type CommittedReservation,
  expired,
  fulfilled,
  type HeldReservation,
  legsOf,
  orderOf,
  reacquired,
  released,
} from "../../functions/domain/reservation.ts";
import { timeToLiveOf } from "../../functions/domain/retention.ts";

const held: HeldReservation = {
  status: "held",
  reservationId: "r-1",
  uid: "u-1",
  version: 1,
  linesRevision: 1,
  requestDigest: "d",
  referenceId: "cart-1",
  customerId: null,
  createdAtMs: 1_000_000,
  expiresAtMs: 1_060_000,
  lines: [
    { sku: "A", quantity: 2, locationId: null, legs: [{ sku: "A", locationId: "L1", quantity: 2 }] },
    { sku: "A", quantity: 1, locationId: "L1", legs: [{ sku: "A", locationId: "L1", quantity: 1 }] },
  ],
};
const committed: CommittedReservation = {
  ...held,
  status: "committed",
  version: 2,
  orderId: "o-1",
  committedAtMs: 1_010_000,
  reacquired: false,
};
const gone = expired(held, 1_060_001);
const shipped = fulfilled(committed, 1_020_000);
const cancelled = released(committed, 1_020_000);
const command = { orderId: "o-1", expectedRevision: null };

describe("commit", () => {
  it("is possible from a hold, whatever the clock says", () => {
    expect(decideCommit(held, command)).toEqual({ kind: "commit" });
  });
  it("answers the same order again, even after fulfilment", () => {
    expect(decideCommit(committed, command)).toMatchObject({ kind: "already-committed" });
    expect(decideCommit(shipped, command)).toMatchObject({ kind: "already-committed" });
  });
  it("refuses another order", () => {
    expect(decideCommit(committed, { ...command, orderId: "o-2" })).toMatchObject({
      kind: "refused",
      refusal: { kind: "invalid-transition", status: "committed" },
    });
  });
  it("takes the stock again from expired, and only from there", () => {
    expect(decideCommit(gone, command)).toMatchObject({ kind: "reacquire" });
    expect(decideCommit(cancelled, command)).toMatchObject({
      refusal: { kind: "invalid-transition", status: "released" },
    });
  });
  it("refuses a stale payment: the lines are not those that the caller saw", () => {
    expect(decideCommit(held, { ...command, expectedRevision: 2 })).toMatchObject({
      refusal: { kind: "version-conflict", revision: 1 },
    });
  });
});

describe("extension", () => {
  const extend = { ttlSeconds: 600, expectedRevision: null };
  it("counts from now", () => {
    expect(decideExtend(held, extend, 1_030_000)).toEqual({ kind: "extend", expiresAtMs: 1_630_000 });
  });
  it("never reaches beyond the longest life of a hold", () => {
    const old = { ...held, expiresAtMs: held.createdAtMs + longestHoldMs - 1_000 };
    expect(decideExtend(old, extend, held.createdAtMs + longestHoldMs - 2_000)).toEqual({
      kind: "extend",
      expiresAtMs: held.createdAtMs + longestHoldMs,
    });
  });
  it("is refused at the deadline and after it", () => {
    expect(decideExtend(held, extend, held.expiresAtMs)).toMatchObject({ refusal: { kind: "invalid-transition" } });
  });
  it("is refused once the hold is no hold any more", () => {
    for (const reservation of [committed, shipped, cancelled, gone]) {
      expect(decideExtend(reservation, extend, 1_030_000)).toMatchObject({
        refusal: { kind: "invalid-transition", status: reservation.status },
      });
    }
  });
});

describe("the end", () => {
  it("is a release from held and committed, once", () => {
    expect(decideRelease(held, null).kind).toBe("release");
    expect(decideRelease(committed, null).kind).toBe("release");
    expect(decideRelease(cancelled, null).kind).toBe("already-released");
    expect(decideRelease(shipped, null)).toMatchObject({ refusal: { status: "fulfilled" } });
    expect(decideRelease(gone, null)).toMatchObject({ refusal: { status: "expired" } });
  });
  it("is a fulfilment from committed only, once", () => {
    expect(decideFulfil(committed, null).kind).toBe("fulfil");
    expect(decideFulfil(shipped, null).kind).toBe("already-fulfilled");
    for (const reservation of [held, cancelled, gone]) {
      expect(decideFulfil(reservation, null)).toMatchObject({ refusal: { status: reservation.status } });
    }
  });
  it("is an expiry only of this incarnation, past its deadline, and still held", () => {
    expect(decideExpire(held, "u-1", held.expiresAtMs).kind).toBe("expire");
    expect(decideExpire(held, "u-1", held.expiresAtMs - 1)).toEqual({ kind: "wait", untilMs: held.expiresAtMs });
    expect(decideExpire(held, "u-2", held.expiresAtMs).kind).toBe("nothing-to-do");
    expect(decideExpire(committed, "u-1", held.expiresAtMs).kind).toBe("nothing-to-do");
    expect(decideExpire(null, "u-1", held.expiresAtMs).kind).toBe("nothing-to-do");
  });
  it("remembers the order that a release cancelled", () => {
    expect(orderOf(cancelled)).toEqual({ orderId: "o-1", committedAtMs: 1_010_000, reacquired: false });
    expect(orderOf(released(held, 1))).toBeNull();
    expect("orderId" in cancelled).toBe(false);
  });
});

describe("a reservation", () => {
  it("rests on each level once, however many of its lines do", () => {
    expect(legsOf(held)).toEqual([{ sku: "A", locationId: "L1", quantity: 3 }]);
  });
  it("counts its versions through a late commit", () => {
    const again = reacquired(gone, { orderId: "o-1", committedAtMs: 2_000_000 }, gone.lines);
    expect(again).toMatchObject({ status: "committed", version: 3, uid: "u-1", reacquired: true });
    expect("endedAtMs" in again).toBe(false);
  });
  it("may be deleted by the table a grace after the deadline, never while committed, and long after the end", () => {
    expect(timeToLiveOf(held, 3_600)).toBe(1_060 + 3_600);
    expect(timeToLiveOf(committed, 3_600)).toBeNull();
    expect(timeToLiveOf(gone, 3_600)).toBe(1_061 + 30 * 86_400);
    expect(timeToLiveOf(shipped, 3_600)).toBe(1_020 + 400 * 86_400);
  });
});
