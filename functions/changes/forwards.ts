/** What one change of the inventory table means to whom. Pure: the stream's reader sends what this says. */
import { crossingsIn } from "../domain/alert.ts";
import { isOpen, type Reservation } from "../domain/reservation.ts";
import type {
  AlertMessage,
  AuditMessage,
  DeadlineMessage,
  ExpiredMessage,
  SettingsMessage,
  ViewMessage,
} from "../messaging/messages.ts";
import type { StoredChange } from "../storage/stream-record.ts";

export type Forward =
  | { readonly to: "audit"; readonly message: AuditMessage }
  | { readonly to: "alerts"; readonly message: AlertMessage }
  | { readonly to: "views"; readonly message: ViewMessage }
  | { readonly to: "settings"; readonly message: SettingsMessage }
  /** To be delivered at the deadline, as far as the queue can wait. */
  | { readonly to: "deadlines"; readonly message: DeadlineMessage; readonly atMs: number }
  | { readonly to: "expired"; readonly message: ExpiredMessage };

export type Destination = Forward["to"];

export function forwardsOf(change: StoredChange): readonly Forward[] {
  switch (change.kind) {
    case "level": {
      const { before, after } = change;
      const written = { before, after };
      return [
        { to: "audit", message: written },
        { to: "views", message: { kind: "level", level: after } },
        ...(crossingsIn(written).length > 0 ? [{ to: "alerts", message: written } as const] : []),
        // The item may have changed at the very moment in which its settings were copied to the new level.
        ...(before === null ? [{ to: "settings", message: { sku: after.sku } } as const] : []),
      ];
    }
    case "item": {
      const { before, after } = change;
      return [
        { to: "views", message: { kind: "item", item: after } },
        ...(before?.settingsRevision === after.settingsRevision
          ? []
          : [{ to: "settings", message: { sku: after.sku } } as const]),
      ];
    }
    case "reservation":
      return deadlineOf(change.before, change.after);
    case "reservation-deleted":
      return isOpen(change.before)
        ? [{ to: "expired", message: { reservation: change.before, ttlSeconds: change.ttlSeconds } }]
        : [];
    case "other":
      return [];
  }
}

/**
 * Only a new hold, or one whose deadline was brought forward, starts a chain of messages: the message of an
 * extended hold finds the later deadline when it comes, and waits on.
 */
function deadlineOf(before: Reservation | null, after: Reservation): readonly Forward[] {
  if (after.status !== "held") {
    return [];
  }
  const hasMessage = before?.status === "held" && before.uid === after.uid && before.expiresAtMs <= after.expiresAtMs;
  const { reservationId, uid, expiresAtMs } = after;
  return hasMessage ? [] : [{ to: "deadlines", message: { reservationId, uid }, atMs: expiresAtMs }];
}
