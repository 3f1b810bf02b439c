/** What becomes of an observation: lines of the log, and metrics. */
import type { ReservationOutcome } from "./contract/metrics.ts";
import { legsOf } from "./domain/line.ts";
import type { Observation, Observe } from "./domain/observation.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export function observer({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): Observe {
  return (observation) => {
    switch (observation.kind) {
      case "planned": {
        const { reservation, writes } = observation;
        log.debug("plan tried", () => ({
          reservationId: reservation.reservationId,
          writes,
          legs: legsIn(reservation),
        }));
        return;
      }
      case "contended": {
        const { reason, tries, waitMs } = observation;
        if (reason === "conflict") {
          metrics.add("conflicts", 1);
        }
        if (waitMs !== null) {
          metrics.add("retries", 1);
        }
        log.debug(waitMs === null ? "contention lasted" : "tried again", () => ({ reason, tries, waitMs }));
        return;
      }
      case "planned-again": {
        const { tries } = observation;
        log.debug("planned again", () => ({ reason: "condition-failed", tries }));
        return;
      }
      case "reservation-written":
        noteWritten(log, metrics, observation);
        return;
      case "not-reserved": {
        const { because } = observation;
        metrics.add("reservations", 1, outcomeOf(because));
        return;
      }
      case "alert-sent": {
        const { alertId, type } = observation;
        metrics.add("alertsSent", 1);
        log.info("alert sent", { alertId, type });
        return;
      }
    }
  };
}

function legsIn(reservation: Parameters<typeof legsOf>[0]) {
  return legsOf(reservation).map(({ sku, locationId, cell, allocated, backordered }) => {
    return { sku, locationId, cell, allocated, backordered };
  });
}

function outcomeOf(because: Extract<Observation, { kind: "not-reserved" }>["because"]): ReservationOutcome {
  switch (because) {
    case "insufficient-stock":
      return "out-of-stock";
    case "contention":
      return "contention";
    default:
      return "refused";
  }
}

/** Counts what brought a reservation to another state, and how long after its deadline a hold ended. */
function noteWritten(
  log: Log,
  metrics: Metrics,
  { from, reservation, way, atMs }: Extract<Observation, { kind: "reservation-written" }>,
): void {
  const { reservationId, uid, status, expiresAtMs } = reservation;
  if (from === status) {
    return;
  }
  metrics.add("reservations", 1, status);
  const lateMs = atMs - expiresAtMs;
  const wasHold = from === "held" || from === "expired";
  if (way !== "request" || (wasHold && lateMs > 0)) {
    metrics.add("expiryLag", Math.max(0, lateMs), way);
  }
  const fields = {
    reservationId,
    uid,
    from,
    reservationStatus: status,
    way,
    lateMs: wasHold ? Math.max(0, lateMs) : undefined,
  };
  if (way === "request") {
    // The line of the request says the rest.
    log.debug("reservation written", () => fields);
  } else {
    log.info("reservation written", fields);
  }
}
