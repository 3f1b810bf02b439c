/** The bodies of the queues' messages, as JSON. The stream's reader makes them; each consumer takes one kind. */
import type { Item } from "../domain/catalogue.ts";
import type { Level, LevelKey } from "../domain/level.ts";
import type { LevelChange, StockChange } from "../domain/movement.ts";
import type { OpenReservation } from "../domain/reservation.ts";

/** audit queue: every write of a level or a cell. */
export type AuditMessage = StockChange;

/** Units of a split level have moved: its sum is to be looked at, once for many such moves. */
export interface SplitLevelMessage extends LevelKey {
  readonly kind: "split-level";
}

/** alerts queue: a write of a level of which there is something to tell. */
export type AlertMessage = { readonly kind: "level"; readonly change: LevelChange } | SplitLevelMessage;

/** views queue: the newest known state of a level or an item, or what a reservation is known by. */
export type ViewMessage =
  | { readonly kind: "level"; readonly level: Level }
  | SplitLevelMessage
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "reservation"; readonly reservation: NamedReservation }
  | { readonly kind: "reservation-gone"; readonly reservation: NamedReservation };

/** By what a reservation can be found. */
export interface NamedReservation {
  readonly reservationId: string;
  readonly uid: string;
  readonly createdAtMs: number;
  readonly referenceId: string | null;
  readonly orderId: string | null;
}

/** backorders queue: a level that has stock for those who wait, or will be on sale. */
export interface BackorderMessage extends LevelKey {
  /** The day on which a preorder's queue is served from; null where there is stock now. */
  readonly availableFrom: string | null;
}

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
