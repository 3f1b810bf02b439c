import { beforeEach, describe, expect, it } from "vitest";
import { metrics } from "../../functions/contract/metrics.ts";
import type { Observation } from "../../functions/domain/observation.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import type { Metrics } from "../../functions/metrics.ts";
import { observer } from "../../functions/observer.ts";
import { aHold } from "../domain/sample.ts";
import { RecordedLog } from "../http/gateway.ts";

let log: RecordedLog;
let counted: string[];

beforeEach(() => {
  log = new RecordedLog();
  counted = [];
});

const recorder: Metrics = {
  add: (id, value, ...[dimension]) => {
    counted.push([metrics[id].name, ...(dimension === undefined ? [] : [dimension]), value].join(" "));
  },
};
const observe = (observation: Observation): void => observer({ log, metrics: recorder })(observation);

const deadlineMs = 10_000;
const hold: Reservation = { ...aHold, customerId: "customer-7", expiresAtMs: deadlineMs };
const { status: _held, ...core } = hold;
const ended = { ...core, endedAtMs: 1 };
const ordered = { orderId: "o-1", committedAtMs: 1, reacquired: false };

type Written = Extract<Observation, { kind: "reservation-written" }>;

function write(reservation: Reservation, from: Written["from"], way: Written["way"] = "request", atMs = 9_000): void {
  observe({ kind: "reservation-written", from, reservation, way, atMs });
}

describe("a reservation", () => {
  it("is counted by the state that a write brings it to, and not when it stays in its state", () => {
    write(hold, null);
    write(hold, "held");
    write({ ...core, ...ordered, status: "committed" }, "held");
    write({ ...ended, ...ordered, status: "fulfilled" }, "committed");
    write({ ...ended, status: "released", order: null }, "held");
    expect(counted).toEqual([
      "Reservations held 1",
      "Reservations committed 1",
      "Reservations fulfilled 1",
      "Reservations released 1",
    ]);
  });

  it.each(["deadline", "time-to-live"] as const)("that ended by its %s is counted and logged with how late", (way) => {
    write({ ...ended, status: "expired" }, "held", way, deadlineMs + 700);
    expect(counted).toEqual(["Reservations expired 1", `ExpiryLag ${way} 700`]);
    expect(log.entries).toMatchObject([
      { level: "info", fields: { reservationId: hold.reservationId, reservationStatus: "expired", way, lateMs: 700 } },
    ]);
  });

  it("ends no time before its deadline, whatever the clocks of two machines say", () => {
    write({ ...ended, status: "expired" }, "held", "deadline", deadlineMs - 3);
    expect(counted).toContain("ExpiryLag deadline 0");
  });

  it("that a caller still pays or gives up after its deadline is late by request; an order is never late", () => {
    write({ ...core, ...ordered, status: "committed" }, "held", "request", deadlineMs + 50);
    write({ ...core, ...ordered, status: "committed" }, "expired", "request", deadlineMs + 60);
    write({ ...ended, status: "released", order: ordered }, "committed", "request", deadlineMs + 70);
    write({ ...ended, status: "released", order: null }, "held", "request", deadlineMs - 1);
    expect(counted.filter((each) => each.startsWith("ExpiryLag"))).toEqual([
      "ExpiryLag request 50",
      "ExpiryLag request 60",
    ]);
  });

  it.each([
    ["insufficient-stock", "out-of-stock"],
    ["purchase-limit-exceeded", "refused"],
    ["contention", "contention"],
  ] as const)("that was not made because of %s is counted as %s", (because, outcome) => {
    observe({ kind: "not-reserved", reservationId: "r-1", because });
    expect(counted).toEqual([`Reservations ${outcome} 1`]);
  });
});

describe("contention", () => {
  it("is counted as a retry when the write is sent again, and as a conflict when another transaction was met", () => {
    observe({ kind: "contended", reason: "conflict", tries: 1, waitMs: 5 });
    observe({ kind: "contended", reason: "throttled", tries: 2, waitMs: 5 });
    observe({ kind: "contended", reason: "conflict", tries: 3, waitMs: null });
    expect(counted).toEqual(["TransactionConflicts 1", "Retries 1", "Retries 1", "TransactionConflicts 1"]);
    expect(log.entries.map(({ level, message, fields }) => [level, message, fields["reason"]])).toEqual([
      ["debug", "tried again", "conflict"],
      ["debug", "tried again", "throttled"],
      ["debug", "contention lasted", "conflict"],
    ]);
  });
});

describe("the log", () => {
  it("has each plan with its legs, and never the customer", () => {
    observe({ kind: "planned", reservation: hold, writes: 2 });
    observe({ kind: "planned-again", tries: 1 });
    write(hold, null);
    write({ ...ended, status: "expired" }, "held", "deadline");
    observe({ kind: "alert-sent", alertId: "low_stock#A#L1#2", type: "low_stock" });
    expect(log.entries[0]).toMatchObject({ level: "debug", fields: { writes: 2, legs: [{ sku: "A" }] } });
    expect(counted).toContain("AlertsSent 1");
    expect(JSON.stringify(log.entries)).not.toContain("customer-7");
  });
});
