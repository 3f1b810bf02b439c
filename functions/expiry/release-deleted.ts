/**
 * The backstop of expiry: the table's TTL deleted the record of an open reservation, and the deleted record,
 * carried by the queue, says what must be given back, or what must be put back.
 */
import { queueEffects } from "../domain/effects.ts";
import { contention, done, type Outcome } from "../domain/refusal.ts";
import { changeFor, expired, type HeldReservation, type OpenReservation } from "../domain/reservation.ts";
import { guardRetentionSeconds } from "../domain/reservation-times.ts";
import { asWritten, brokenPromise } from "../reservations/change-reservation.ts";
import { Discoveries } from "../reservations/discoveries.ts";
import type { EndingServices } from "../reservations/services.ts";
import { changeOfEntry, removalOfEntry } from "../storage/backorders.ts";
import { type ChangeLabel, effectsOfChange, entryLabel, recordLabel } from "../storage/reservation-change.ts";
import { creationOfReservation, expiredGuard } from "../storage/reservations.ts";
import { RetryBudget, transactWithin } from "../storage/retry-budget.ts";
import { type LabelledPart, mostActions } from "../storage/transaction.ts";
import { expiryActor } from "./expire-hold.ts";

export interface DeletedReservation {
  readonly reservation: OpenReservation;
  /** The deleted record's TTL in seconds since the epoch; null when it had none. */
  readonly ttlSeconds: number | null;
  readonly budgetEndsAtMs: number;
}

export type Release =
  | "released"
  | "put-back"
  /** Put back under its `uid`, since its id is in use again. */
  | "put-back-elsewhere"
  /** This very deletion was dealt with before. */
  | "settled-before";

/**
 * Gives the units of a deleted hold back. A record that the table should never have deleted (committed, or its TTL
 * still to come) is put back instead. Each deletion is dealt with exactly once, however often it is told.
 */
export async function releaseDeleted(services: EndingServices, deleted: DeletedReservation): Promise<Outcome<Release>> {
  const { reservation, ttlSeconds } = deleted;
  const budget = new RetryBudget(services, deleted.budgetEndsAtMs);
  const wasDue = ttlSeconds !== null && ttlSeconds * 1000 <= services.runtime.now();
  return reservation.status === "held" && wasDue
    ? await giveBack(services, reservation, budget)
    : await putBack(services, reservation, budget);
}

/** The guard of one deletion: a record that was put back, and is deleted again, has another version by then. */
function guardOf({ tables, runtime }: EndingServices, deleted: OpenReservation): LabelledPart<ChangeLabel> {
  const ttlSeconds = Math.ceil(runtime.now() / 1000) + guardRetentionSeconds;
  return {
    label: { kind: "besides", name: "guard" },
    part: expiredGuard(tables.inventory, deleted, ttlSeconds),
  };
}

/**
 * The record as it was, with its places in the queues. While its id is in use again it goes on under its `uid`, which
 * is an id that nobody else has: an order that was paid for keeps its units, and is found by its order id.
 */
async function putBack(
  services: EndingServices,
  deleted: OpenReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const { tables, times } = services;
  const places = queueEffects([], deleted.lines);
  const guard = guardOf(services, deleted);
  const write = async (reservation: OpenReservation, besides: readonly LabelledPart<ChangeLabel>[]) =>
    await transactWithin<ChangeLabel>(services, budget, [
      { label: recordLabel, part: creationOfReservation(tables.inventory, reservation, times) },
      // The queue may have taken its places for those of somebody who is gone.
      ...places.map((effect) => ({ label: entryLabel, part: changeOfEntry(tables.inventory, effect, reservation) })),
      ...besides,
      guard,
    ]);

  const restored = { ...deleted, version: deleted.version + 1 };
  const written = await write(restored, []);
  if (written.kind === "written") {
    return done("put-back");
  }
  if (written.kind === "contended") {
    return contention;
  }
  if (written.failed.has(guard.label) || written.failed.get(recordLabel)?.["uid"] === deleted.uid) {
    return done("settled-before");
  }
  const { reservationId, uid } = deleted;
  const formerPlaces = places.map(({ sku, locationId, promisedAtMs }) => ({
    label: entryLabel,
    part: removalOfEntry(tables.inventory, { sku, locationId, promisedAtMs, reservationId, reservationUid: uid }),
  }));
  const isTooMuch = places.length + formerPlaces.length > mostActions;
  // Its former places go first where one transaction cannot hold them and the new ones: to remove them again does nothing.
  if (isTooMuch && (await transactWithin(services, budget, formerPlaces)).kind === "contended") {
    return contention;
  }
  const moved = await write({ ...restored, reservationId: uid }, isTooMuch ? [] : formerPlaces);
  switch (moved.kind) {
    case "written":
      return done("put-back-elsewhere");
    case "contended":
      return contention;
    case "condition-failed":
      if (moved.failed.has(guard.label)) {
        return done("settled-before");
      }
      throw new Error(`The open reservation ${reservationId} (${uid}) was deleted and cannot be put back.`);
  }
}

async function giveBack(
  services: EndingServices,
  hold: HeldReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const { tables, runtime, times } = services;
  const nowMs = runtime.now();
  const lastChange = changeFor(hold, "expired", { actor: expiryActor, atMs: nowMs });
  const guard = guardOf(services, hold);
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
      const atMs = runtime.now();
      services.observe({ kind: "reservation-written", from: "held", reservation: to, way: "time-to-live", atMs });
      return done("released");
    }
    if (written.kind === "contended") {
      return contention;
    }
    // A record of the same incarnation is ended like any other, or has been, and not by its old image.
    if (written.failed.has(guard.label) || written.failed.get(recordLabel)?.["uid"] === hold.uid) {
      return done("settled-before");
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
