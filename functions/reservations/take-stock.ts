/**
 * Plan, try, learn: the one way in which stock is promised. The first try assumes the plain case; a refused
 * write brings the levels back, and the next plan is made from them. Stock is decided inside the write, so a
 * plan that was made from old figures can cost a second try but can never oversell.
 */
import { digestOf } from "../digest.ts";
import { type PurchaseEffect, type StockEffect, writesToEnd } from "../domain/effects.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { bodyOf } from "../messaging/message-body.ts";
import { isMergedCell, parseCell } from "../storage/cells.ts";
import { parseLevel } from "../storage/levels.ts";
import { takenIn } from "../storage/purchases.ts";
import { partsOfChange, recordLabel } from "../storage/reservation-change.ts";
import { readRecord } from "../storage/reservations.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { mostActions, transact } from "../storage/transaction.ts";
import { Discoveries, type Failed } from "./discoveries.ts";
import type { ReservationServices } from "./services.ts";
import { StockPlanner } from "./stock-planner.ts";
import { StockReader } from "./stock-reader.ts";
import type { Taking } from "./taking.ts";

/**
 * A queue takes messages of 256 KB everywhere, and the one that tells of a record's deletion carries all of the record:
 * one that is larger could not be told, and would hold up the whole stream. The rest is room for what is added to a
 * record later: its order, what was shipped and what came back.
 */
const mostRecordBytes = 240_000;
/** An order that comes late takes some of that room at once: its hold may have been as large as a hold can be. */
const mostOrderBytes = 245_000;

/** Promises all lines or none. Refused only when the stock was wanting in the try itself or in a consistent read after it. */
export async function takeStock<T>(services: ReservationServices, taking: Taking<T>): Promise<Outcome<T>> {
  const outcome = await tryToTake(services, taking);
  if (outcome.kind !== "refused" || taking.before === null) {
    return outcome;
  }
  // What is wanting may be what the same request, sent twice, has taken meanwhile: a plan that was never tried has
  // met no record.
  const { reservationId, uid, version } = taking.before;
  const record = await readRecord(services.client, services.tables.inventory, reservationId);
  const isUnchanged = record?.["uid"] === uid && record["version"] === version;
  return isUnchanged ? outcome : taking.recordRefused(record);
}

async function tryToTake<T>(services: ReservationServices, taking: Taking<T>): Promise<Outcome<T>> {
  const { client, tables, runtime, times } = services;
  const budget = new RetryBudget(services, taking.budgetEndsAtMs);
  const customer = taking.customerId === null ? null : digestOf(taking.customerId);
  const reader = await StockReader.begin(services, taking.wished);
  const planner = new StockPlanner(services, taking, reader);
  const discoveries = new Discoveries();

  for (;;) {
    const before = taking.before === null ? null : discoveries.resolve(taking.before);
    const plan = await planner.plan(before?.lines ?? []);
    if (plan.kind === "refused") {
      return plan;
    }
    const { after, result } = taking.next(plan.lines);
    const change = { before, after, customer, lastChange: taking.lastChange };
    const knowledge = { ...plan.knowledge, isGone: (effect: PurchaseEffect) => discoveries.isGone(effect) };
    const parts = [
      ...partsOfChange(tables.inventory, change, knowledge, times),
      ...(taking.besides === undefined ? [] : [taking.besides.part]),
    ];
    // What one transaction could not give back again must not be promised: nobody could ever end it.
    const writes = Math.max(parts.length - 1, writesToEnd(after.lines));
    if (writes > mostActions) {
      return refused({ kind: "reservation-too-large", writes, most: mostActions });
    }
    const bytes = Buffer.byteLength(bodyOf(after));
    const mostBytes = after.status === "held" ? mostRecordBytes : mostOrderBytes;
    if (bytes > mostBytes) {
      return refused({ kind: "record-too-large", bytes, most: mostBytes });
    }

    services.observe({ kind: "planned", reservation: after, writes: parts.length });
    const token = runtime.newId();
    let written = await transact(client, token, parts);
    while (written.kind === "contended" && !(await reader.evade(written.at))) {
      if (!(await budget.nextTry(written.reason))) {
        return contention;
      }
      written = await transact(client, token, parts);
    }
    switch (written.kind) {
      case "written":
        reader.learnTaken(parts);
        services.observe({
          kind: "reservation-written",
          from: before?.status ?? null,
          reservation: after,
          way: "request",
          atMs: runtime.now(),
        });
        return done(result);
      case "contended":
        // It is tried elsewhere instead. Should the write have been applied after all, the record says so.
        if (!(await budget.nextTry(written.reason))) {
          return contention;
        }
        continue;
      case "condition-failed": {
        const answer = await answerTo(taking, written.failed, reader, discoveries, knowledge.limitOf);
        if (answer !== null) {
          return answer;
        }
        if (!budget.allowsAnotherPlan()) {
          return contention;
        }
      }
    }
  }
}

/** Learns from a refused write; null when there is a next plan to be made. */
async function answerTo<T>(
  taking: Taking<T>,
  failed: Failed,
  reader: StockReader,
  discoveries: Discoveries,
  limitOf: (sku: string) => number,
): Promise<Outcome<T> | null> {
  if (failed.has(recordLabel)) {
    return taking.recordRefused(failed.get(recordLabel));
  }
  reader.beginLearning();
  const exceeded = [];
  let isStockShort = false;
  for (const [label, image] of failed) {
    switch (label.kind) {
      case "stock":
        isStockShort = true;
        learnStock(reader, discoveries, label.effect, image);
        break;
      case "purchases": {
        const { effect } = label;
        if (effect.quantity < 0) {
          discoveries.noteGoneCounter(effect);
        } else {
          const requested = effect.quantity;
          exceeded.push({ sku: effect.sku, limit: limitOf(effect.sku), alreadyTaken: takenIn(image), requested });
        }
        break;
      }
      case "besides": {
        const answer = await taking.besides?.refusedWith(image);
        if (answer != null) {
          return answer;
        }
        break;
      }
      case "record":
      case "entry":
        throw new Error(`A part of kind ${label.kind} cannot be refused here.`);
    }
  }
  // The limit itself may be another one by now: the level's condition says so, and then the count is made anew.
  return exceeded.length > 0 && !isStockShort ? refused({ kind: "purchase-limit-exceeded", limits: exceeded }) : null;
}

function learnStock(
  reader: StockReader,
  discoveries: Discoveries,
  { key }: StockEffect,
  image: StoredItem | undefined,
): void {
  const { cell } = key;
  if (cell !== null) {
    const isMerged = isMergedCell(image);
    if (isMerged) {
      // What the cart has of it rests on the level now.
      discoveries.noteMergedCell(key);
    }
    reader.learnCell(key, cell, isMerged ? 0 : parseCell({ ...key, cell }, image as StoredItem).figures.sellable);
  } else if (image === undefined) {
    reader.learnMissing(key);
  } else {
    reader.learnLevel(parseLevel(key, image));
  }
}
