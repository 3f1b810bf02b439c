import type { PurchaseEffect, StockEffect } from "../domain/effects.ts";
import { type StockKey, stockName } from "../domain/level.ts";
import { resolveMergedCells } from "../domain/line.ts";
import type { Reservation } from "../domain/reservation.ts";
import { isMergedCell } from "../storage/cells.ts";
import { type ChangeLabel, type TakingKnowledge, takesNothing } from "../storage/reservation-change.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { WriteResult } from "../storage/transaction.ts";

/** What only the transaction itself can tell: cells that were merged, counters that are gone. */
export class Discoveries {
  private readonly mergedCells = new Set<string>();
  private readonly goneCounters = new Set<string>();

  /** The record with its legs where they rest now. */
  resolve<R extends Reservation>(reservation: R): R {
    const lines = resolveMergedCells(reservation.lines, (leg) => this.mergedCells.has(stockName(leg)));
    return { ...reservation, lines };
  }

  knowledge(conditions = takesNothing.conditions): TakingKnowledge {
    return { ...takesNothing, conditions, isGone: (effect) => this.isGone(effect) };
  }

  /** Whether a counter to which units were to be given back was not there. */
  isGone(effect: PurchaseEffect): boolean {
    return this.goneCounters.has(counterName(effect));
  }

  noteGoneCounter(effect: PurchaseEffect): void {
    this.goneCounters.add(counterName(effect));
  }

  noteMergedCell(key: StockKey): void {
    this.mergedCells.add(stockName(key));
  }

  /** Takes in what explains a refusal by itself; gives the refusals of levels that it does not explain. */
  learn(failed: Failed): ReadonlyMap<StockEffect, StoredItem | undefined> {
    const unexplained = new Map<StockEffect, StoredItem | undefined>();
    for (const [label, image] of failed) {
      if (label.kind === "purchases") {
        this.noteGoneCounter(label.effect);
      } else if (label.kind === "stock") {
        const { key } = label.effect;
        if (key.cell !== null && isMergedCell(image)) {
          this.noteMergedCell(key);
        } else {
          unexplained.set(label.effect, image);
        }
      }
    }
    return unexplained;
  }
}

export type Failed = Extract<WriteResult<ChangeLabel>, { kind: "condition-failed" }>["failed"];

function counterName({ sku, windowDays, window }: PurchaseEffect): string {
  return `${sku}#${windowDays}#${window}`;
}
