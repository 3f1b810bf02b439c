/** What one change of the inventory table means to whom. Pure: the stream's reader sends what this says. */
import { alertsRaisedBy, crossingsIn } from "../domain/alert.ts";
import type { Level, LevelKey } from "../domain/level.ts";
import { legsOf } from "../domain/line.ts";
import type { LevelChange } from "../domain/movement.ts";
import { isOpen, orderOf, type Reservation } from "../domain/reservation.ts";
import type {
  AlertMessage,
  AuditMessage,
  BackorderMessage,
  DeadlineMessage,
  ExpiredMessage,
  NamedReservation,
  SettingsMessage,
  SplitLevelMessage,
  ViewMessage,
} from "../messaging/messages.ts";
import type { StoredChange } from "../storage/stream-record.ts";

export type Forward =
  | { readonly to: "audit"; readonly message: AuditMessage }
  | { readonly to: "alerts"; readonly message: AlertMessage; readonly when?: Later }
  | { readonly to: "views"; readonly message: ViewMessage; readonly when?: Later }
  | { readonly to: "settings"; readonly message: SettingsMessage }
  | { readonly to: "backorders"; readonly message: BackorderMessage; readonly when?: Later }
  | { readonly to: "deadlines"; readonly message: DeadlineMessage; readonly when: Later }
  | { readonly to: "expired"; readonly message: ExpiredMessage };

/** When a message is to be delivered, as far as the queue can wait. */
export type Later = { readonly atMs: number } | { readonly afterSeconds: number };

export type Destination = Forward["to"];

/**
 * How long the sum of a split level waits to be looked at: longer than a claim to sum it up holds (one second) by
 * twice what a clock may be wrong (two seconds), so that whoever comes too late for it comes after it was taken: the
 * claimant's clock may be ahead, and his own behind.
 */
const sumAfterSeconds = 5;

export function forwardsOf(change: StoredChange): readonly Forward[] {
  if (isRewriting(change)) {
    return [];
  }
  switch (change.kind) {
    case "level":
      return ofLevel(change);
    case "cell": {
      const { before, after } = change;
      return [{ to: "audit", message: { before, after } }, ...ofSum(after)];
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
      return [
        ...deadlineOf(change.before, change.after),
        ...namesOf(change.before, change.after),
        ...(change.before === null ? placesOf(change.after) : []),
      ];
    case "reservation-deleted": {
      const { before: reservation, ttlSeconds } = change;
      return isOpen(reservation)
        ? [{ to: "expired", message: { reservation, ttlSeconds } }]
        : [{ to: "views", message: { kind: "reservation-gone", reservation: named(reservation) } }];
    }
    case "other":
      return [];
  }
}

/**
 * A level or a cell of the same version in another form: nothing has happened. Its movement is that of the write that
 * made this version, which may not be in the trail yet, and not that of a write which changed no figure.
 */
function isRewriting(change: StoredChange): boolean {
  return (change.kind === "level" || change.kind === "cell") && change.before?.version === change.after.version;
}

function ofLevel({ before, after }: LevelChange): readonly Forward[] {
  const change = { before, after };
  const isOfSplit = after.cells > 0 || (before?.cells ?? 0) > 0;
  const tells = crossingsIn(change).length > 0 || alertsRaisedBy(change).length > 0;
  return [
    { to: "audit", message: change },
    ...(isOfSplit ? ofSum(after) : [{ to: "views", message: { kind: "level", level: after } } as const]),
    ...(tells ? [{ to: "alerts", message: { kind: "level", change } } as const] : []),
    // The item may have changed at the very moment in which its settings were copied to the new level.
    ...(before === null ? [{ to: "settings", message: { sku: after.sku } } as const] : []),
    ...ofQueue(before, after),
  ];
}

function ofSum({ sku, locationId }: LevelKey): readonly Forward[] {
  const message: SplitLevelMessage = { kind: "split-level", sku, locationId };
  const when = { afterSeconds: sumAfterSeconds };
  return [
    { to: "views", message, when },
    { to: "alerts", message, when },
  ];
}

/** There is stock for those who wait; or a day was set from which they are served. */
function ofQueue(before: Level | null, { sku, locationId, figures, settings }: Level): readonly Forward[] {
  const { availableFrom } = settings;
  const isNewDay = availableFrom !== null && availableFrom !== before?.settings.availableFrom;
  return [
    ...(figures.available > 0 && figures.backordered > 0
      ? [{ to: "backorders", message: { sku, locationId, availableFrom: null } } as const]
      : []),
    ...(isNewDay
      ? [
          {
            to: "backorders",
            message: { sku, locationId, availableFrom },
            when: { atMs: Date.parse(availableFrom) },
          } as const,
        ]
      : []),
  ];
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
  return hasMessage ? [] : [{ to: "deadlines", message: { reservationId, uid }, when: { atMs: expiresAtMs } }];
}

/**
 * A record that appears may have been deleted by mistake and put back. While it was gone, the allocator may have
 * stopped at a queue without its places, and no write of the level comes to wake it.
 */
function placesOf(reservation: Reservation): readonly Forward[] {
  const owed = isOpen(reservation) ? legsOf(reservation).filter(({ backordered }) => backordered > 0) : [];
  return owed.map(({ sku, locationId }) => ({ to: "backorders", message: { sku, locationId, availableFrom: null } }));
}

function named(reservation: Reservation): NamedReservation {
  const { reservationId, uid, createdAtMs, referenceId } = reservation;
  return { reservationId, uid, createdAtMs, referenceId, orderId: orderOf(reservation)?.orderId ?? null };
}

/** A reservation is listed under a name that it did not have before. */
function namesOf(before: Reservation | null, after: Reservation): readonly Forward[] {
  const [earlier, now] = [before === null ? null : named(before), named(after)];
  const isNew = earlier?.uid !== now.uid;
  const hasNewName =
    (now.referenceId !== null && isNew) || (now.orderId !== null && (isNew || earlier?.orderId !== now.orderId));
  return hasNewName ? [{ to: "views", message: { kind: "reservation", reservation: now } }] : [];
}
