/** Plays the simulator's seeds in a process of its own until one of them breaks a promise, and tells of each. */
import { planOf } from "../simulation/plan.ts";
import { simulate } from "../simulation/simulate.ts";

/** What a player tells of each seed. */
export interface Played {
  readonly seed: number;
  /** The promise that the seed broke, with what was found; null when it kept them all. */
  readonly violation: { readonly promise: string; readonly detail: string } | null;
}

const [first = 1, last = 1] = process.argv.slice(2).map(Number);
Error.stackTraceLimit = 0;
for (let seed = first; seed <= last; seed += 1) {
  const { violation } = await simulate(planOf(seed));
  const played: Played = {
    seed,
    violation: violation === null ? null : { promise: violation.promise, detail: violation.message },
  };
  process.send?.(played);
  if (violation !== null) {
    break;
  }
}
process.disconnect?.();
