import type { PurchaseEffect, StockEffect } from "../domain/effects.ts";
import { stockName } from "../domain/level.ts";
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
    return { ...takesNothing, conditions, isGone: (effect) => this.goneCounters.has(counterName(effect)) };
  }

  /** Takes in what explains a refusal by itself; gives the refusals of levels that it does not explain. */
  learn(failed: Failed): ReadonlyMap<StockEffect, StoredItem | undefined> {
    const unexplained = new Map<StockEffect, StoredItem | undefined>();
    for (const [label, image] of failed) {
      if (label.kind === "purchases") {
        this.goneCounters.add(counterName(label.effect));
      } else if (label.kind === "stock") {
        const { key } = label.effect;
        if (key.cell !== null && isMergedCell(image)) {
          this.mergedCells.add(stockName(key));
        } else {
          unexplained.set(label.effect, image);
        }
      }
    }
    return unexplained;
  }
}

export type Failed = Extract<WriteResult<ChangeLabel>, { kind: "condition-failed" }>["failed"];

export function counterName({ sku, windowDays, window }: PurchaseEffect): string {
  return `${sku}#${windowDays}#${window}`;
}
