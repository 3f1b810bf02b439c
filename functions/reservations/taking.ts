import type { AllocationTerms } from "../domain/allocation.ts";
import type { StockEffect } from "../domain/effects.ts";
import type { LastChange } from "../domain/level.ts";
import type { RequestedLine, ReservationLine } from "../domain/line.ts";
import type { Outcome } from "../domain/refusal.ts";
import type { Reservation } from "../domain/reservation.ts";
import type { ChangeLabel } from "../storage/reservation-change.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { LabelledPart } from "../storage/transaction.ts";

/** What a command that takes stock wants, and what it makes of it. */
export interface Taking<T> {
  /** Null for a reservation that is made. */
  readonly before: Reservation | null;
  readonly wished: readonly RequestedLine[];
  readonly terms: AllocationTerms;
  readonly customerId: string | null;
  readonly budgetEndsAtMs: number;
  /** What the write of a level says of itself. */
  lastChange(effect: StockEffect): LastChange;
  /** The record that carries the promise, and what is answered when it is written. */
  next(lines: readonly ReservationLine[]): { readonly after: Reservation; readonly result: T };
  /** What it means that the record's own condition failed on this image; nothing was written. */
  recordRefused(image: StoredItem | undefined): Outcome<T>;
  /** A further part of the transaction, and what to do when it was refused: a refusal, or null to try again. */
  readonly besides?: {
    readonly part: LabelledPart<ChangeLabel>;
    refusedWith(image: StoredItem | undefined): Promise<Outcome<never> | null>;
  };
}
