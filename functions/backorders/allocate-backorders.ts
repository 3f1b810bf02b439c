/** Gives stock that has come in to those who wait for it, the oldest promise first. */
import { allocateToLines, owesQueue, type QueueEntry } from "../domain/backorder.ts";
import { stockEffects } from "../domain/effects.ts";
import { isPreorder } from "../domain/level.ts";
import { contention, done, type Outcome } from "../domain/refusal.ts";
import { changeFor, withLines } from "../domain/reservation.ts";
import { bodyOf } from "../messaging/message-body.ts";
import type { BackorderMessage } from "../messaging/messages.ts";
import { delayUntil, type OutgoingMessage } from "../messaging/queue.ts";
import { type Delivery, done as doneWith, type Ending } from "../queue-consumer.ts";
import { changeReservation } from "../reservations/change-reservation.ts";
import type { EndingServices } from "../reservations/services.ts";
import { readHead, removeEntry } from "../storage/backorders.ts";
import { isOnSale, unitsAreAvailable } from "../storage/level-conditions.ts";
import { readLevel } from "../storage/levels.ts";

/** Who allocates, as the audit trail names it. */
const allocator = "inventory-service";

/** How many entries are served for one message; what is left is gone on with by another. */
const mostEntries = 50;

export interface BackorderServices extends EndingServices {
  /** Sends a message to the queue of backorders again. */
  readonly wait: (message: OutgoingMessage) => Promise<void>;
}

/**
 * Serves the head of the queue as long as there is stock, partly if need be. A preorder's queue is served from
 * the day on which the item is available; until then the message waits, unless that day was changed: then the
 * change has sent a message of its own.
 */
export async function allocateBackorders(
  services: BackorderServices,
  message: BackorderMessage,
  { budgetEndsAtMs }: Delivery,
): Promise<Ending> {
  const { client, tables, runtime, wait } = services;
  const { sku, locationId, availableFrom } = message;
  const key = { sku, locationId };
  for (let served = 0; served < mostEntries; served += 1) {
    const level = await readLevel(client, tables.inventory, key);
    if (level === null) {
      throw new Error(`There is no level of ${sku} at ${locationId} to allocate from.`);
    }
    const nowMs = runtime.now();
    if (isPreorder(level.settings, nowMs)) {
      if (availableFrom === null || availableFrom !== level.settings.availableFrom) {
        return { kind: "discard", reason: "The item is not on sale yet, and another message waits for the day." };
      }
      await wait({ body: bodyOf(message), delaySeconds: delayUntil(Date.parse(availableFrom), nowMs) });
      return doneWith;
    }
    if (!owesQueue(level, nowMs)) {
      return served > 0 ? doneWith : { kind: "discard", reason: "Nobody waits, or there is nothing to give." };
    }
    const head = await readHead(client, tables.inventory, key);
    if (head === null) {
      // The promise was written with the level: it is being given back, and that change tells of itself.
      return { kind: "discard", reason: "The queue is empty." };
    }
    const outcome = await serve(services, head, level.figures.available, budgetEndsAtMs);
    if (outcome.kind === "contention") {
      return { kind: "retry", reason: "Contention lasted past the time budget." };
    }
    if (outcome.kind === "refused") {
      throw new Error(`An allocation cannot be refused: ${outcome.refusal.kind}.`);
    }
  }
  await wait({ body: bodyOf(message), delaySeconds: 0 });
  return doneWith;
}

type Served = "served" | "gone" | "changed";

/** Gives the head as much as there is; the head itself is never passed over. */
async function serve(
  services: BackorderServices,
  head: QueueEntry,
  available: number,
  budgetEndsAtMs: number,
): Promise<Outcome<Served>> {
  const quantity = Math.min(head.quantity, available);
  const command = { reservationId: head.reservationId, budgetEndsAtMs };
  let isLevelChanged = false;
  const outcome = await changeReservation<Served>(
    services,
    command,
    (reservation) => {
      if (reservation === null || reservation.uid !== head.reservationUid) {
        return { kind: "answer", outcome: done("gone") };
      }
      const lines = allocateToLines(reservation.lines, head, quantity);
      if (stockEffects(reservation.lines, lines).length === 0) {
        // It left the queue, or was served, since the head was read.
        return { kind: "answer", outcome: done("changed") };
      }
      const nowMs = services.runtime.now();
      return {
        kind: "change",
        change: {
          from: reservation,
          to: withLines(reservation, lines),
          lastChange: changeFor(reservation, "allocated", { actor: allocator, atMs: nowMs }),
          conditions: ({ allocated }) => [unitsAreAvailable(allocated), isOnSale(nowMs)],
          levelsRefused: () => {
            isLevelChanged = true;
            return contention;
          },
        },
      };
    },
    () => "served",
  );
  if (isLevelChanged) {
    // The stock was corrected meanwhile: it is looked at anew.
    return done("changed");
  }
  if (outcome.kind === "done" && outcome.value === "gone") {
    const { client, tables, runtime } = services;
    const removed = await removeEntry(client, tables.inventory, runtime.newId(), head);
    return removed.kind === "contended" ? contention : done(removed.kind === "written" ? "gone" : "changed");
  }
  return outcome;
}
