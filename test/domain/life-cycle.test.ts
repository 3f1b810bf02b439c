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
} from "../../functions/domain/life-cycle.ts";
import { legsOf } from "../../functions/domain/line.ts";
import {
  changeFor,
  endOf,
  expired,
  type HeldReservation,
  isOpen,
  orderOf,
  type Reservation,
  reacquired,
  rearranged,
  released,
  remembering,
  shipped as shippedLines,
  withLines,
} from "../../functions/domain/reservation.ts";
import { firstDeadline, timeToLiveOf } from "../../functions/domain/reservation-times.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
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

const longestHoldMs = usualTimes.longestHoldSeconds * 1000;

describe("the deadline of a new hold", () => {
  const strict = { ...usualTimes, usualHoldSeconds: 300, longestHoldSeconds: 600 };
  it("is as far away as the request says, or as is usual", () => {
    expect(firstDeadline(strict, 60, 1_000)).toBe(61_000);
    expect(firstDeadline(strict, null, 1_000)).toBe(301_000);
  });
  it("never lies beyond the longest life of a hold", () => {
    expect(firstDeadline(strict, 86_400, 1_000)).toBe(601_000);
    expect(firstDeadline({ ...strict, usualHoldSeconds: 900 }, null, 1_000)).toBe(601_000);
  });
});

describe("extension", () => {
  const extend = { ttlSeconds: 600, expectedRevision: null };
  it("counts from now", () => {
    expect(decideExtend(held, extend, usualTimes, 1_030_000)).toEqual({ kind: "extend", expiresAtMs: 1_630_000 });
  });
  it("never reaches beyond the longest life of a hold", () => {
    const old = { ...held, expiresAtMs: held.createdAtMs + longestHoldMs - 1_000 };
    expect(decideExtend(old, extend, usualTimes, held.createdAtMs + longestHoldMs - 2_000)).toEqual({
      kind: "extend",
      expiresAtMs: held.createdAtMs + longestHoldMs,
    });
  });
  it("takes nothing from a hold that was made when it might live longer", () => {
    const strict = { ...usualTimes, longestHoldSeconds: 60 };
    const old = { ...held, expiresAtMs: held.createdAtMs + 3_600_000 };
    const nowMs = held.createdAtMs + 120_000;
    expect(decideExtend(old, extend, strict, nowMs)).toEqual({ kind: "extend", expiresAtMs: nowMs + 600_000 });
    expect(decideExtend(old, { ...extend, ttlSeconds: 7_200 }, strict, nowMs)).toEqual({
      kind: "extend",
      expiresAtMs: old.expiresAtMs,
    });
  });
  it("is refused at the deadline and after it", () => {
    expect(decideExtend(held, extend, usualTimes, held.expiresAtMs)).toMatchObject({
      refusal: { kind: "invalid-transition" },
    });
  });
  it("is refused when the lines are not those that the caller saw", () => {
    expect(decideExtend(held, { ...extend, expectedRevision: 2 }, usualTimes, 1_030_000)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 1 },
    });
    expect(decideExtend(held, { ...extend, expectedRevision: 1 }, usualTimes, 1_030_000).kind).toBe("extend");
  });
  it("is refused once the hold is no hold any more", () => {
    for (const reservation of [committed, shipped, cancelled, gone]) {
      expect(decideExtend(reservation, extend, usualTimes, 1_030_000)).toMatchObject({
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
  it("is a release only of the lines that the caller saw", () => {
    expect(decideRelease(held, 1).kind).toBe("release");
    expect(decideRelease(held, 2)).toMatchObject({ refusal: { kind: "version-conflict", revision: 1 } });
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
  it("gives everything back that was open, and tells when", () => {
    for (const ended of [gone, cancelled, released(held, 1_020_000)]) {
      expect(legsOf(ended)).toEqual([]);
      expect(isOpen(ended)).toBe(false);
    }
    expect([held, committed, gone, cancelled].map(endOf)).toEqual([null, null, 1_060_001, 1_020_000]);
    expect(released(held, 1).version).toBe(held.version + 1);
    expect(gone.version).toBe(held.version + 1);
  });
});

describe("a reservation", () => {
  it("rests on each level once, however many of its lines do", () => {
    expect(legsOf(held)).toEqual([aLeg("A", "L1", 3)]);
  });
  it("counts its versions through a late commit", () => {
    const again = reacquired(gone, { orderId: "o-1", committedAtMs: 2_000_000 }, gone.lines);
    expect(again).toMatchObject({ status: "committed", version: 3, uid: "u-1", reacquired: true });
    expect("endedAtMs" in again).toBe(false);
  });
  it("counts the revision of its lines only when they are others, and its version always", () => {
    const other = [aLine("A", 5, null, [aLeg("A", "L1", 5)])];
    expect(rearranged(held, other, 1_090_000)).toMatchObject({
      linesRevision: 2,
      version: 2,
      expiresAtMs: 1_090_000,
      lines: other,
    });
    expect(rearranged(held, held.lines, 1_090_000)).toMatchObject({ linesRevision: 1, version: 2 });
    // What was allocated to a backorder, or came back, is no change that the caller made.
    expect(withLines(held, other)).toMatchObject({ linesRevision: 1, version: 2, lines: other });
  });
  it("says on every level which of its incarnations was the cause of a change", () => {
    expect(changeFor(held, "released", { actor: "shop", atMs: 5, reason: "abandoned" })).toEqual({
      type: "released",
      reason: "abandoned",
      reference: "cart-1",
      actor: "shop",
      reservationId: "r-1",
      reservationUid: "u-1",
      atMs: 5,
    });
    expect(changeFor(held, "reserved", { actor: "shop", atMs: 5 }).reason).toBeNull();
  });
  it("may be deleted by the table a grace after the deadline, never while committed, and long after the end", () => {
    expect(timeToLiveOf(usualTimes, held)).toBe(1_060 + 3_600);
    expect(timeToLiveOf(usualTimes, committed)).toBeNull();
    expect(timeToLiveOf(usualTimes, gone)).toBe(1_061 + 30 * 86_400);
    expect(timeToLiveOf(usualTimes, shipped)).toBe(1_020 + 400 * 86_400);
  });
});

describe("a change of the lines", () => {
  const lines = [{ sku: "A", quantity: 5, locationId: null }];
  const wish = { lines, ttlSeconds: null, expectedRevision: null };
  const now = 1_030_000;

  it("is one of a hold before its deadline, and keeps the deadline unless it is asked to move it", () => {
    expect(decideRearrange(held, wish, usualTimes, now)).toMatchObject({
      kind: "rearrange",
      expiresAtMs: held.expiresAtMs,
    });
    expect(decideRearrange(held, { ...wish, ttlSeconds: 600 }, usualTimes, now)).toMatchObject({
      expiresAtMs: now + 600_000,
    });
    expect(decideRearrange(held, { ...wish, ttlSeconds: 86_400 }, usualTimes, now)).toMatchObject({
      expiresAtMs: held.createdAtMs + longestHoldMs,
    });
    expect(decideRearrange(held, wish, usualTimes, held.expiresAtMs)).toMatchObject({
      refusal: { kind: "invalid-transition" },
    });
    for (const reservation of [committed, shipped, cancelled, gone]) {
      expect(decideRearrange(reservation, wish, usualTimes, now)).toMatchObject({
        refusal: { status: reservation.status },
      });
    }
  });

  it("is answered again when the identical request comes with the revision from before it", () => {
    const after: HeldReservation = { ...held, linesRevision: 2, lines: [aLine("A", 5, null, [aLeg("A", "L1", 5)])] };
    expect(decideRearrange(after, { ...wish, expectedRevision: 1 }, usualTimes, now)).toMatchObject({
      kind: "already-rearranged",
    });
    const again = { ...wish, expectedRevision: 1 };
    expect(decideRearrange(after, { ...again, ttlSeconds: 600 }, usualTimes, now)).toMatchObject({
      kind: "already-rearranged",
    });
    const other = { ...again, lines: [{ sku: "A", quantity: 6, locationId: null }] };
    expect(decideRearrange(after, other, usualTimes, now)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 2 },
    });
    // Two revisions ago, or one to come, or of what has become an order meanwhile: that is no lost answer.
    for (const [reservation, expectedRevision] of [
      [{ ...after, linesRevision: 3 }, 1],
      [after, 3],
      [{ ...anOrder, linesRevision: 2, lines: after.lines }, 1],
    ] as const) {
      expect(decideRearrange(reservation, { ...wish, expectedRevision }, usualTimes, now)).toMatchObject({
        refusal: { kind: "version-conflict" },
      });
    }
  });

  it("to what the cart is already changes nothing, unless the deadline is to move", () => {
    const same = { ...wish, lines: held.lines };
    for (const expectedRevision of [null, 1]) {
      const request = { ...same, expectedRevision };
      expect(decideRearrange(held, request, usualTimes, now)).toEqual({
        kind: "already-rearranged",
        reservation: held,
      });
      expect(decideRearrange(held, { ...request, ttlSeconds: 600 }, usualTimes, now)).toMatchObject({
        kind: "rearrange",
        expiresAtMs: now + 600_000,
      });
    }
    expect(decideRearrange(held, { ...same, lines: [...held.lines].reverse() }, usualTimes, now).kind).toBe(
      "rearrange",
    );
  });

  it("is refused when the lines are not those that the caller saw", () => {
    expect(decideRearrange(held, { ...wish, expectedRevision: 2 }, usualTimes, now)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 1 },
    });
    expect(decideRearrange(held, { ...wish, expectedRevision: 1 }, usualTimes, now).kind).toBe("rearrange");
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
    expect(decideFulfil(once, part, 1).kind).toBe("fulfil");
  });

  it("notes its key, so that the same request again is answered also when the order has ended meanwhile", () => {
    const change = { keyDigest: "k", requestDigest: "one" };
    const first = decideFulfil(committed, { ...part, change }, 1);
    const next = first.kind === "fulfil" ? first.next : committed;
    expect(next.remembered).toEqual([change]);
    const ended = decided(next, { units: null });
    expect(ended.status).toBe("fulfilled");
    // The key is looked for before the revision and the status are.
    expect(decideFulfil(ended, { ...part, change, expectedRevision: 7 }, 1)).toMatchObject({
      kind: "already-fulfilled",
    });
    expect(decideFulfil(ended, part, 1)).toMatchObject({ refusal: { kind: "invalid-transition" } });
  });

  it("is of the lines that the caller saw", () => {
    expect(decideFulfil(committed, { ...part, expectedRevision: 2 }, 1)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 1 },
    });
    expect(decideFulfil(committed, { ...part, expectedRevision: 1 }, 1).kind).toBe("fulfil");
  });

  it("does not end an order to which units are still owed from the queue", () => {
    const waiting = aLine("B", 2, null, [aLeg("B", "L1", 1, { promisedAtMs: 1, quantity: 1 })]);
    const next = decided({ ...committed, lines: [waiting] }, { units: [{ sku: "B", quantity: 1, locationId: null }] });
    expect(next.status).toBe("committed");
  });

  it("gives the rest of the purchases back when the rest of the order is released", () => {
    const counted = [{ windowDays: 7, window: 3, quantity: 2 }];
    const order = { ...committed, lines: [aLine("A", 2, null, [aLeg("A", "L1", 2)], { counted })] };
    const partly = decided(order, { units: [{ sku: "A", quantity: 1, locationId: null }] });
    const ended = partly.status === "committed" ? released(partly, 1) : partly;
    expect(ended.lines[0]?.counted).toEqual([{ windowDays: 7, window: 3, quantity: 1 }]);
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

  it("is not said to be all of an order whose rest was released", () => {
    const partly = decided(committed, part);
    const ended = partly.status === "committed" ? released(partly, 1_030_000) : partly;
    expect(decideFulfil(ended, { ...part, units: null }, 1)).toMatchObject({
      refusal: { kind: "invalid-transition", status: "fulfilled" },
    });
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

  it("with a key is made once, and the key belongs to its request", () => {
    const change = { keyDigest: "k", requestDigest: "one" };
    const first = decideReturn(shipped, { ...request, change });
    const next = first.kind === "return" ? first.next : shipped;
    expect(next).toMatchObject({ remembered: [change], version: shipped.version + 1, status: "fulfilled" });
    expect(decideReturn(next, { ...request, change })).toEqual({ kind: "already-returned", reservation: next });
    expect(decideReturn(next, { ...request, change: { ...change, requestDigest: "two" } })).toMatchObject({
      refusal: { kind: "idempotency-key-reused" },
    });
  });

  it("may come from an order of which only a part has left the house", () => {
    const partly = decided(committed, { units: [{ sku: "A", quantity: 2, locationId: null }] });
    expect(decideReturn(partly, request)).toMatchObject({ kind: "return", next: { status: "committed" } });
    expect(decideReturn(partly, { ...request, units: [{ ...units[0], quantity: 3 }] })).toMatchObject({
      refusal: { kind: "invalid-transition", status: "committed", detail: "2 of A can come back, and not 3." },
    });
  });

  it("is of the lines that the caller saw", () => {
    expect(decideReturn(shipped, { ...request, expectedRevision: 2 })).toMatchObject({
      refusal: { kind: "version-conflict", revision: 1 },
    });
    expect(decideReturn(shipped, { ...request, expectedRevision: 1 }).kind).toBe("return");
  });

  it("keeps only the latest keys in mind", () => {
    const keys = Array.from({ length: 9 }, (_, index) => ({ keyDigest: `k${index}`, requestDigest: "d" }));
    const after = keys.reduce(remembering<Reservation>, shippedLines(committed, committed.lines, 1));
    expect(decideReturn(after, { ...request, change: keys[8] ?? null }).kind).toBe("already-returned");
    expect(after.remembered.map(({ keyDigest }) => keyDigest)).not.toContain("k0");
  });
});
