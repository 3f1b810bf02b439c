/** The bodies of the queues' messages, as JSON. The stream's reader makes them; each consumer takes one kind. */
import type { Item } from "../domain/catalogue.ts";
import type { Level } from "../domain/level.ts";
import type { LevelChange } from "../domain/movement.ts";
import type { OpenReservation } from "../domain/reservation.ts";

/** audit queue: every write of a level. */
export type AuditMessage = LevelChange;

/** alerts queue: a write of a level in which a watched condition began or ended. */
export type AlertMessage = LevelChange;

/** views queue: the newest known state of a level or an item. */
export type ViewMessage =
  | { readonly kind: "level"; readonly level: Level }
  | { readonly kind: "item"; readonly item: Item };

/** deadlines queue: delivered at the deadline of a hold, or sooner when that is more than 15 minutes away. */
export interface DeadlineMessage {
  readonly reservationId: string;
  readonly uid: string;
}

/** expired queue: the record of an open reservation that the table's TTL deleted. */
export interface ExpiredMessage {
  readonly reservation: OpenReservation;
  /** The deleted record's TTL in seconds since the epoch; null when it had none. */
  readonly ttlSeconds: number | null;
}

/** settings queue: an item whose levels must carry its present settings. */
export interface SettingsMessage {
  readonly sku: string;
}
