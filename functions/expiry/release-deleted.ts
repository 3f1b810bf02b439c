/**
 * The backstop of expiry: the table's TTL deleted the record of an open reservation, and the deleted record,
 * carried by the queue, says what must be given back.
 */
import { contention, done, type Outcome } from "../domain/refusal.ts";
import {
  changeFor,
  expired,
  type HeldReservation,
  type Leg,
  legsOf,
  type OpenReservation,
} from "../domain/reservation.ts";
import { endedRetentionSeconds } from "../domain/retention.ts";
import { brokenPromise } from "../reservations/end-reservation.ts";
import type { EndingServices } from "../reservations/services.ts";
import { changeOfLevel, unitsAreReserved } from "../storage/levels.ts";
import { creationOfReservation, expiredGuard } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import { type LabelledPart, transact } from "../storage/transaction.ts";
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
  { client, tables, runtime, expiryGraceSeconds }: EndingServices,
  reservation: OpenReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const parts: LabelledPart<"record">[] = [
    { label: "record", part: creationOfReservation(tables.inventory, reservation, expiryGraceSeconds) },
  ];
  const token = runtime.newId();
  for (;;) {
    const written = await transact(client, token, parts);
    if (written.kind === "written") {
      return done("put-back");
    }
    if (written.kind === "condition-failed") {
      const uid = written.failed.get("record")?.["uid"];
      if (uid === reservation.uid) {
        return done("put-back");
      }
      throw new Error(
        `The record of the open reservation ${reservation.reservationId} (${reservation.uid}) was deleted and its id is in use again.`,
      );
    }
    if (!(await budget.nextTry())) {
      return contention;
    }
  }
}

type Label = "guard" | "record" | Leg;

async function giveBack(
  { client, tables, runtime, expiryGraceSeconds }: EndingServices,
  hold: HeldReservation,
  budget: RetryBudget,
): Promise<Outcome<Release>> {
  const nowMs = runtime.now();
  const lastChange = changeFor(hold, "expired", { actor: expiryActor, atMs: nowMs });
  const guardTtl = Math.ceil(nowMs / 1000) + endedRetentionSeconds;
  const once: LabelledPart<Label>[] = [
    { label: "guard", part: expiredGuard(tables.inventory, hold.uid, guardTtl) },
    ...legsOf(hold).map((leg) => ({
      label: leg,
      part: changeOfLevel(tables.inventory, leg, lastChange, { reserved: -leg.quantity }, [
        unitsAreReserved(leg.quantity),
      ]),
    })),
  ];
  const record: LabelledPart<Label> = {
    label: "record",
    part: creationOfReservation(tables.inventory, expired(hold, nowMs), expiryGraceSeconds),
  };

  let parts = [...once, record];
  let token = runtime.newId();
  for (;;) {
    const written = await transact(client, token, parts);
    if (written.kind === "written") {
      return done("released");
    }
    if (written.kind === "contended") {
      if (!(await budget.nextTry())) {
        return contention;
      }
      continue;
    }
    if (written.failed.has("guard")) {
      return done("released-before");
    }
    if (!written.failed.has("record")) {
      throw brokenPromise(
        hold,
        [...written.failed.keys()].filter((label): label is Leg => typeof label !== "string"),
      );
    }
    // The id is in use again: the units go back all the same, and the new owner's record stays as it is.
    parts = once;
    token = runtime.newId();
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}
