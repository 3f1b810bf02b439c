/**
 * Adjustments of stock. Each is decided inside the write: a relative change needs no reading at all, and one
 * that sets a quantity is conditional on the quantity that it was computed from.
 */
import { type Adjustment, type LevelAdjustment, mergeRefusals } from "../domain/adjustment.ts";
import type { AdjustmentReason } from "../domain/level.ts";
import { contention, done, type Outcome, type Refusal, refused } from "../domain/refusal.ts";
import { parseLevel } from "../storage/levels.ts";
import {
  type DoneOperation,
  type Operation,
  operationMarker,
  parseOperation,
  readOperation,
} from "../storage/operations.ts";
import { RetryBudget, transactWithin } from "../storage/retry-budget.ts";
import type { LabelledPart } from "../storage/transaction.ts";
import { type KnownLevel, missing, type PlannedAdjustment, planAdjustment, unread } from "./plan-adjustment.ts";
import type { StockServices } from "./services.ts";

export interface AdjustCommand {
  readonly reason: AdjustmentReason;
  readonly reference: string | null;
  /** All or nothing, in one transaction. */
  readonly atomic: boolean;
  readonly changes: readonly Adjustment[];
  readonly requestDigest: string;
  /** Stands for the caller and the idempotency key; random when none was sent. */
  readonly operationDigest: string;
  readonly actor: string;
  readonly budgetEndsAtMs: number;
}

export type AdjustmentResult =
  | { readonly kind: "applied"; readonly adjustment: Adjustment; readonly delta: number }
  | { readonly kind: "refused"; readonly adjustment: Adjustment; readonly refusal: Refusal };

export interface Adjusted {
  /** In the order of the request. */
  readonly results: readonly AdjustmentResult[];
}

/** How many levels are written at the same time for one request that is not atomic. */
const parallelLevels = 10;

/** Applies the changes, each once for its key. Refused only when none of them could be applied. */
export async function adjustStock(services: StockServices, command: AdjustCommand): Promise<Outcome<Adjusted>> {
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  return command.atomic
    ? await adjustTogether(services, command, budget)
    : await adjustOneByOne(services, command, budget);
}

async function adjustTogether(
  services: StockServices,
  command: AdjustCommand,
  budget: RetryBudget,
): Promise<Outcome<Adjusted>> {
  const levels = byLevel(command.changes);
  const ordered = levels.flatMap(({ adjustments }) => adjustments);
  const outcome = await adjustLevels(services, command, 0, levels, budget);
  if (outcome.kind !== "done") {
    return outcome;
  }
  const deltas = new Map(ordered.map((adjustment, index) => [adjustment, outcome.value[index] ?? 0]));
  return done({
    results: command.changes.map((adjustment) => ({
      kind: "applied",
      adjustment,
      delta: deltas.get(adjustment) ?? 0,
    })),
  });
}

/** Changes of different levels go side by side; those of one level one after the other, in order. */
async function adjustOneByOne(
  services: StockServices,
  command: AdjustCommand,
  budget: RetryBudget,
): Promise<Outcome<Adjusted>> {
  const indexOf = new Map(command.changes.map((adjustment, index) => [adjustment, index]));
  const results = new Map<Adjustment, AdjustmentResult>();
  const waiting = [...byLevel(command.changes)];
  let contended = false;

  const work = async (): Promise<void> => {
    for (let level = waiting.shift(); level !== undefined; level = waiting.shift()) {
      for (const adjustment of level.adjustments) {
        const index = indexOf.get(adjustment) ?? 0;
        const single = [{ ...level, adjustments: [adjustment] }];
        const outcome = await adjustLevels(services, command, index, single, budget);
        if (outcome.kind === "contention") {
          contended = true;
        } else if (outcome.kind === "refused") {
          results.set(adjustment, { kind: "refused", adjustment, refusal: outcome.refusal });
        } else {
          results.set(adjustment, { kind: "applied", adjustment, delta: outcome.value[0] ?? 0 });
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelLevels, waiting.length) }, work));

  if (contended) {
    // What was applied is guarded by its marker: the same key again completes the rest.
    return contention;
  }
  const ordered = command.changes.flatMap((adjustment) => results.get(adjustment) ?? []);
  const refusals = ordered.flatMap((result) => (result.kind === "refused" ? [result.refusal] : []));
  const reused = refusals.find(({ kind }) => kind === "idempotency-key-reused");
  const [first, ...others] = refusals;
  return first !== undefined && refusals.length === ordered.length
    ? refused(reused ?? mergeRefusals(first, others))
    : done({ results: ordered });
}

function byLevel(changes: readonly Adjustment[]): readonly LevelAdjustment[] {
  const levels = new Map<string, LevelAdjustment>();
  for (const change of changes) {
    const { sku, locationId } = change;
    const name = `${sku}#${locationId}`;
    levels.set(name, { sku, locationId, adjustments: [...(levels.get(name)?.adjustments ?? []), change] });
  }
  return [...levels.values()];
}

type Label = "operation" | LevelAdjustment;

/** One transaction over one or more levels: the changes, in order of the adjustments given. */
async function adjustLevels(
  services: StockServices,
  command: AdjustCommand,
  index: number,
  levels: readonly LevelAdjustment[],
  budget: RetryBudget,
): Promise<Outcome<readonly number[]>> {
  const { client, tables, runtime } = services;
  const known = new Map<LevelAdjustment, KnownLevel>(levels.map((level) => [level, unread]));

  for (;;) {
    const nowMs = runtime.now();
    const plans: PlannedAdjustment[] = [];
    const refusals: Refusal[] = [];
    for (const level of levels) {
      const plan = await planAdjustment(services, level, known.get(level) ?? unread, { ...command, atMs: nowMs });
      if (plan.kind === "refused") {
        refusals.push(plan.refusal);
      } else {
        plans.push(plan);
      }
    }
    const [first, ...others] = refusals;
    if (first !== undefined) {
      // A level that was read may show what this very operation did to it, and what has come since.
      const before = await readOperation(client, tables.inventory, { digest: command.operationDigest, index }, nowMs);
      return before === null ? refused(mergeRefusals(first, others)) : answerAgain(before, command);
    }

    const deltas = plans.flatMap((plan) => plan.deltas);
    const operation: Operation = {
      digest: command.operationDigest,
      index,
      requestDigest: command.requestDigest,
      deltas,
    };
    const parts: LabelledPart<Label>[] = [
      { label: "operation", part: operationMarker(tables.inventory, operation, nowMs) },
      ...plans.map(({ level, part }) => ({ label: level, part })),
    ];
    const written = await transactWithin(services, budget, parts);
    if (written.kind === "contended") {
      return contention;
    }
    if (written.kind === "written") {
      return done(deltas);
    }
    const marker = written.failed.get("operation");
    if (marker !== undefined) {
      return answerAgain(parseOperation(marker), command);
    }
    for (const [label, image] of written.failed) {
      if (label !== "operation") {
        known.set(label, image === undefined ? missing : { kind: "there", level: parseLevel(label, image) });
      }
    }
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

function answerAgain(before: DoneOperation, { requestDigest }: AdjustCommand): Outcome<readonly number[]> {
  return before.requestDigest === requestDigest ? done(before.deltas) : refused({ kind: "idempotency-key-reused" });
}
