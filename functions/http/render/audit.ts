import type { Alert } from "../../domain/alert.ts";
import type { QueueEntry } from "../../domain/backorder.ts";
import type { Movement } from "../../domain/movement.ts";
import type { AnswerBody } from "../call.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";

export function renderMovement(movement: Movement): AnswerBody<"listMovements">["items"][number] {
  return {
    sku: movement.sku,
    locationId: movement.locationId,
    cell: movement.cell?.index ?? 0,
    generation: movement.cell?.generation ?? 0,
    version: movement.version,
    type: movement.type,
    at: isoTime(movement.atMs),
    actor: movement.actor,
    reason: movement.reason,
    reference: movement.reference,
    reservationId: movement.reservationId,
    changes: { ...movement.changes },
    after: { ...movement.after },
  };
}

export function renderAlert(alert: Alert): AnswerBody<"listAlerts">["items"][number] {
  return {
    alertId: alert.alertId,
    type: alert.type,
    sku: alert.sku,
    locationId: alert.locationId,
    status: alert.status,
    available: alert.available,
    threshold: alert.threshold,
    raisedAt: isoTime(alert.raisedAtMs),
    resolvedAt: isoTimeOrNull(alert.resolvedAtMs),
  };
}

export function renderBackorder({
  entry,
  restockAt,
}: {
  readonly entry: QueueEntry;
  readonly restockAt: string | null;
}): AnswerBody<"listBackorders">["items"][number] {
  const { sku, locationId, reservationId, quantity, promisedAtMs } = entry;
  return { sku, locationId, reservationId, quantity, promisedAt: isoTime(promisedAtMs), restockAt };
}
