/** Makes a run that breaks a promise smaller, as long as it breaks the same promise: fewer operations, fewer faults. */
import type { Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";
import { type Result, simulate } from "./simulate.ts";
import { type FaultKind, faultKinds } from "./world/faults.ts";

export interface Failure {
  readonly seed: number;
  readonly promise: string;
  readonly detail: string;
  readonly operations: number;
  readonly faults: readonly FaultKind[];
  readonly history: readonly string[];
}

/** A run takes tens of milliseconds: so many of them are waited for gladly. */
const mostRuns = 200;

export async function shrink(plan: Plan): Promise<Failure> {
  const promise = (await simulate(plan)).violation?.promise;
  let runs = 0;
  const breaks = async (operations: readonly Operation[], without: ReadonlySet<FaultKind>): Promise<boolean> => {
    runs += 1;
    return runs <= mostRuns && (await simulate({ ...plan, operations }, { without })).violation?.promise === promise;
  };
  let without: ReadonlySet<FaultKind> = new Set();
  for (const kind of faultKinds) {
    const fewer = new Set([...without, kind]);
    if (await breaks(plan.operations, fewer)) {
      without = fewer;
    }
  }
  let { operations } = plan;
  for (let size = Math.ceil(operations.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = operations.length - size; start > -size; start -= size) {
      const fewer = [...operations.slice(0, Math.max(0, start)), ...operations.slice(start + size)];
      if (fewer.length < operations.length && (await breaks(fewer, without))) {
        operations = fewer;
      }
    }
  }
  for (const kind of faultKinds) {
    const fewer = new Set([...without, kind]);
    if (!without.has(kind) && (await breaks(operations, fewer))) {
      without = fewer;
    }
  }
  const result = await simulate({ ...plan, operations }, { without, keepsHistory: true });
  return failureOf(plan.seed, result, operations, without);
}

function failureOf(
  seed: number,
  { violation, history, faults }: Result,
  operations: readonly Operation[],
  without: ReadonlySet<FaultKind>,
): Failure {
  return {
    seed,
    promise: violation?.promise ?? "none",
    detail: violation?.message ?? "",
    operations: operations.length,
    faults: faultKinds.filter((kind) => !without.has(kind) && faults[kind] > 0),
    history,
  };
}

/** How much of the history before the end is printed. */
const mostLines = 150;

export function textOfFailure({ seed, detail, operations, faults, history }: Failure): string {
  return [
    "",
    `Seed ${seed} breaks a promise. ${detail}`,
    `Shrunk to ${operations} operations and the faults ${faults.join(", ") || "none"}. Play it again with: npm run simulate -- --seeds 1 --seed ${seed}`,
    ...history.slice(-mostLines),
  ].join("\n");
}
