import { contention, done, type Outcome, type Refusal } from "../domain/refusal.ts";
import { decideReplacement } from "../domain/replacement.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { SingleWriteResult } from "../storage/transaction.ts";
import type { CatalogueCommand, CatalogueServices } from "./services.ts";

export interface Replaced<T> {
  readonly value: T;
  readonly created: boolean;
  /** False when it was described like this already. */
  readonly changed: boolean;
}

/** A write may be refused by more than the revision. */
export type ReplacementWrite = SingleWriteResult | { readonly kind: "refused"; readonly refusal: Refusal };

interface Revised {
  readonly revision: number;
  readonly updatedAtMs: number;
  readonly actor: string;
}

/**
 * Replaces what has a revision: reads it, decides, and writes on the condition that it is still the one that
 * was read. When somebody else was faster, it is decided again from what the refused write brought back.
 */
export async function replace<T extends Revised>(
  services: CatalogueServices,
  command: CatalogueCommand,
  thing: {
    read(): Promise<T | null>;
    isSame(present: T): boolean;
    next(present: T | null, nowMs: number): T;
    write(next: T, present: T | null): Promise<ReplacementWrite>;
    parse(image: StoredItem): T;
  },
): Promise<Outcome<Replaced<T>>> {
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  let present = await thing.read();
  for (;;) {
    const decision = decideReplacement(present, thing.isSame, command);
    if (decision.kind === "refused") {
      return decision;
    }
    if (decision.kind === "unchanged" && present !== null) {
      return done({ value: present, created: false, changed: false });
    }
    const next = thing.next(present, services.runtime.now());
    let written = await thing.write(next, present);
    while (written.kind === "contended") {
      if (!(await budget.nextTry(written.reason))) {
        return contention;
      }
      written = await thing.write(next, present);
    }
    if (written.kind === "refused") {
      return written;
    }
    if (written.kind === "written") {
      return done({ value: next, created: present === null, changed: true });
    }
    const met = written.image === undefined ? null : thing.parse(written.image);
    if (met !== null && isOurOwn(met, next) && thing.isSame(met)) {
      // The first try was applied and its answer was lost.
      return done({ value: met, created: present === null, changed: true });
    }
    present = met;
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

function isOurOwn(met: Revised, next: Revised): boolean {
  return met.revision === next.revision && met.updatedAtMs === next.updatedAtMs && met.actor === next.actor;
}
