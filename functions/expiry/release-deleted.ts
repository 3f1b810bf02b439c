/**
 * The backstop of expiry: the table's TTL deleted the record of an open reservation, and the deleted record,
 * carried by the queue, says what must be given back.
 */
import { queueEffects } from "../domain/effects.ts";
import { contention, done, type Outcome } from "../domain/refusal.ts";
import { changeFor, expired, type HeldReservation, type OpenReservation } from "../domain/reservation.ts";
import { guardRetentionSeconds } from "../domain/reservation-times.ts";
import { asWritten, brokenPromise, transactWithin } from "../reservations/change-reservation.ts";
import { Discoveries } from "../reservations/discoveries.ts";
import type { EndingServices } from "../reservations/services.ts";
import { changeOfEntry } from "../storage/backorders.ts";
import { type ChangeLabel, effectsOfChange, recordLabel } from "../storage/reservation-change.ts";
import { creationOfReservation, expiredGuard } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { LabelledPart } from "../storage/transaction.ts";
import { expiryActor } from "./expire-hold.ts";

export interface DeletedReservation {
  readonly reservation: OpenReservation;
  /** The deleted record's TTL in seconds since the epoch; null when it had none. */
  readonly ttlSeconds: number | null;
  readonly budgetEndsAtMs: number;
}

export type Release = "released" | "put-back" | "released-before";

/**
 * Gives the units of a deleted hold back, exactly once for its `uid`. A record that the table should never
 * have deleted (committed, or its TTL still to come) is put back instead.
 */
export async function releaseDeleted(services: EndingServices, deleted: DeletedReservation): Promise<Outcome<Release>> {
  const { reservation, ttlSeconds } = deleted;
  const budget = new RetryBudget(services.runtime, deleted.budgetEndsAtMs);
  const wasDue = ttlSeconds !== null && ttlSeconds * 1000 <= services.runtime.now();
  return reservation.status === "held" && wasDue
    ? await giveBack(services, reservation, budget)
    : await putBack(services, reservation, budget);
}

async function putBack(
  services: EndingServices,
  reservation: OpenReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const { tables, times } = services;
  const record = creationOfReservation(tables.inventory, reservation, times);
  const written = await transactWithin<ChangeLabel>(services, budget, [
    { label: recordLabel, part: record },
    // The queue may have taken its places for those of somebody who is gone.
    ...queueEffects([], reservation.lines).map((effect) => ({
      label: { kind: "entry" } as const,
      part: changeOfEntry(tables.inventory, effect, reservation),
    })),
  ]);
  if (written.kind === "contended") {
    return contention;
  }
  if (written.kind === "condition-failed" && written.failed.get(recordLabel)?.["uid"] !== reservation.uid) {
    throw new Error(
      `The record of the open reservation ${reservation.reservationId} (${reservation.uid}) was deleted and its id is in use again.`,
    );
  }
  return done("put-back");
}

async function giveBack(
  services: EndingServices,
  hold: HeldReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const { tables, runtime, times } = services;
  const nowMs = runtime.now();
  const lastChange = changeFor(hold, "expired", { actor: expiryActor, atMs: nowMs });
  const guardTtl = Math.ceil(nowMs / 1000) + guardRetentionSeconds;
  const guard: LabelledPart<ChangeLabel> = {
    label: { kind: "besides", name: "guard" },
    part: expiredGuard(tables.inventory, hold.uid, guardTtl),
  };
  const discoveries = new Discoveries();
  let isIdTaken = false;
  for (;;) {
    const from = discoveries.resolve(hold);
    const to = expired(from, nowMs);
    const record = creationOfReservation(tables.inventory, to, times);
    const parts: readonly LabelledPart<ChangeLabel>[] = [
      guard,
      ...effectsOfChange(tables.inventory, asWritten({ from, to, lastChange }), discoveries.knowledge()),
      ...(isIdTaken ? [] : [{ label: recordLabel, part: record }]),
    ];
    const written = await transactWithin(services, budget, parts);
    if (written.kind === "written") {
      return done("released");
    }
    if (written.kind === "contended") {
      return contention;
    }
    if (written.failed.has(guard.label)) {
      return done("released-before");
    }
    if (written.failed.get(recordLabel)?.["uid"] === hold.uid) {
      // The record was put back meanwhile: it is ended like any other, or has been, and not by its old image.
      return done("released-before");
    }
    // The id is in use again: the units go back all the same, and the new owner's record stays as it is.
    isIdTaken ||= written.failed.has(recordLabel);
    const unexplained = discoveries.learn(written.failed);
    if (unexplained.size > 0) {
      throw brokenPromise(
        from,
        [...unexplained.keys()].map(({ key }) => key),
      );
    }
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}
