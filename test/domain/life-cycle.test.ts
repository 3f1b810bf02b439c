import { describe, expect, it } from "vitest";
import {
  decideCommit,
  decideExpire,
  decideExtend,
  decideFulfil,
  decideRearrange,
  decideRelease,
  decideReturn,
  type FulfilRequest,
  longestHoldMs,
} from "../../functions/domain/life-cycle.ts";
import { legsOf } from "../../functions/domain/line.ts";
import {
  expired,
  type HeldReservation,
  orderOf,
  type Reservation,
  reacquired,
  released,
  remembering,
  shipped as shippedLines,
} from "../../functions/domain/reservation.ts";
import { timeToLiveOf } from "../../functions/domain/retention.ts";
import { aHold, aLeg, aLine, anOrder } from "./sample.ts";

/** What a fulfilment makes of an order. */
function decided(order: Reservation, request: Pick<FulfilRequest, "units">): Reservation {
  const decision = decideFulfil(order, { expectedRevision: null, change: null, ...request }, 1_020_000);
  if (decision.kind !== "fulfil") {
    throw new Error(`It was to be fulfilled: ${JSON.stringify(decision)}`);
  }
  return decision.next;
}

const held = aHold;
const committed = anOrder;
const gone = expired(held, 1_060_001);
const shipped = decided(committed, { units: null });
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
    const all = { expectedRevision: null, units: null, change: null };
    expect(decideFulfil(committed, all, 1).kind).toBe("fulfil");
    expect(decideFulfil(shipped, all, 1).kind).toBe("already-fulfilled");
    for (const reservation of [held, cancelled, gone]) {
      expect(decideFulfil(reservation, all, 1)).toMatchObject({ refusal: { status: reservation.status } });
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
    expect(legsOf(held)).toMatchObject([{ sku: "A", locationId: "L1", allocated: 3 }]);
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

describe("a change of the lines", () => {
  const lines = [{ sku: "A", quantity: 5, locationId: null }];
  const wish = { lines, ttlSeconds: null, expectedRevision: null };
  const now = 1_030_000;

  it("is one of a hold before its deadline, and keeps the deadline unless it is asked to move it", () => {
    expect(decideRearrange(held, wish, now)).toMatchObject({ kind: "rearrange", expiresAtMs: held.expiresAtMs });
    expect(decideRearrange(held, { ...wish, ttlSeconds: 600 }, now)).toMatchObject({ expiresAtMs: now + 600_000 });
    expect(decideRearrange(held, { ...wish, ttlSeconds: 86_400 }, now)).toMatchObject({
      expiresAtMs: held.createdAtMs + longestHoldMs,
    });
    expect(decideRearrange(held, wish, held.expiresAtMs)).toMatchObject({ refusal: { kind: "invalid-transition" } });
    for (const reservation of [committed, shipped, cancelled, gone]) {
      expect(decideRearrange(reservation, wish, now)).toMatchObject({ refusal: { status: reservation.status } });
    }
  });

  it("is answered again when the identical request comes with the revision from before it", () => {
    const after: HeldReservation = { ...held, linesRevision: 2, lines: [aLine("A", 5, null, [aLeg("A", "L1", 5)])] };
    expect(decideRearrange(after, { ...wish, expectedRevision: 1 }, now)).toMatchObject({ kind: "already-rearranged" });
    const other = { ...wish, lines: [{ sku: "A", quantity: 6, locationId: null }], expectedRevision: 1 };
    expect(decideRearrange(after, other, now)).toMatchObject({ refusal: { kind: "version-conflict", revision: 2 } });
  });
});

describe("a fulfilment in part", () => {
  const part = { expectedRevision: null, units: [{ sku: "A", quantity: 2, locationId: null }], change: null };

  it("leaves the order open until nothing is owed", () => {
    const partly = decided(committed, part);
    expect(partly).toMatchObject({ status: "committed", version: 3 });
    expect(decided(partly, { units: [{ sku: "A", quantity: 1, locationId: null }] })).toMatchObject({
      status: "fulfilled",
      endedAtMs: 1_020_000,
    });
  });

  it("is not more than is in hand, and says how much that is", () => {
    const units = [{ sku: "A", quantity: 4, locationId: null }];
    expect(decideFulfil(committed, { ...part, units }, 1)).toMatchObject({
      refusal: { kind: "invalid-transition", detail: "3 of A can be shipped, and not 4." },
    });
  });

  it("is not all of an order of which units are still backordered", () => {
    const waiting = aLine("B", 2, null, [aLeg("B", "L1", 1, { promisedAtMs: 1, quantity: 1 })]);
    const order = { ...committed, lines: [waiting] };
    expect(decideFulfil(order, { ...part, units: null }, 1)).toMatchObject({ refusal: { kind: "invalid-transition" } });
    expect(decideFulfil(order, { ...part, units: [{ sku: "B", quantity: 1, locationId: null }] }, 1).kind).toBe(
      "fulfil",
    );
  });

  it("with a key is made once, and the key belongs to its request", () => {
    const change = { keyDigest: "k", requestDigest: "one" };
    const once = remembering(committed, change);
    expect(decideFulfil(once, { ...part, change }, 1)).toMatchObject({ kind: "already-fulfilled" });
    expect(decideFulfil(once, { ...part, change: { ...change, requestDigest: "two" } }, 1)).toMatchObject({
      refusal: { kind: "idempotency-key-reused" },
    });
    expect(decideFulfil(once, { ...part, change: { ...change, keyDigest: "other" } }, 1).kind).toBe("fulfil");
  });

  it("ends as fulfilled when the rest is released, once", () => {
    const partly = decided(committed, part);
    if (partly.status !== "committed") {
      throw new Error("It is open.");
    }
    const ended = released(partly, 1_030_000);
    expect(ended).toMatchObject({ status: "fulfilled", endedAtMs: 1_030_000, orderId: "o-1" });
    expect(legsOf(ended)).toMatchObject([{ allocated: 0, fulfilled: 2 }]);
    expect(decideRelease(ended, null).kind).toBe("already-released");
  });
});

describe("a return", () => {
  const units = [{ sku: "A", quantity: 2, locationId: "L9", disposition: "damaged" }] as const;
  const request = { expectedRevision: null, units, change: null };

  it("is of what was shipped, never more, and says what was received where", () => {
    const decision = decideReturn(shipped, request);
    expect(decision).toMatchObject({
      kind: "return",
      received: [{ sku: "A", locationId: "L9", disposition: "damaged", quantity: 2 }],
    });
    const again = decision.kind === "return" ? decideReturn(decision.next, request) : decision;
    expect(again).toMatchObject({ refusal: { detail: "1 of A can come back, and not 2." } });
    expect(decideReturn(committed, request)).toMatchObject({ refusal: { kind: "invalid-transition" } });
  });

  it("keeps only the latest keys in mind", () => {
    const keys = Array.from({ length: 9 }, (_, index) => ({ keyDigest: `k${index}`, requestDigest: "d" }));
    const after = keys.reduce(remembering<Reservation>, shippedLines(committed, committed.lines, 1));
    expect(decideReturn(after, { ...request, change: keys[8] ?? null }).kind).toBe("already-returned");
    expect(after.remembered.map(({ keyDigest }) => keyDigest)).not.toContain("k0");
  });
});
