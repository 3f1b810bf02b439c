/**
 * Plays the simulator's seeds in a process of its own until one of them breaks a promise, and tells of each: the first
 * and the last seed, and the name of a canary that is played instead of the service's own design.
 */
import { canaries } from "../simulation/canaries.ts";
import { service } from "../simulation/design.ts";
import { planOf } from "../simulation/plan.ts";
import { simulate } from "../simulation/simulate.ts";

/** What a player tells of each seed. */
export interface Played {
  readonly seed: number;
  /** The promise that the seed broke, with what was found; null when it kept them all. */
  readonly violation: { readonly promise: string; readonly detail: string } | null;
}

const [, , first = "1", last = "1", canary = ""] = process.argv;
const design = canary in canaries ? canaries[canary as keyof typeof canaries] : service;
Error.stackTraceLimit = 0;
for (let seed = Number(first); seed <= Number(last); seed += 1) {
  const { violation } = await simulate(planOf(seed), { design });
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
