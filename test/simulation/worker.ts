/** Plays the seeds that it is given, one after the other. */
import { parentPort } from "node:worker_threads";
import { planOf } from "./plan.ts";
import { reportOf } from "./report.ts";
import { type Failure, shrink } from "./shrink.ts";
import { type Result, simulate } from "./simulate.ts";

parentPort?.on("message", async (seeds: readonly number[]) => {
  const results: Result[] = [];
  const failures: Failure[] = [];
  for (const seed of seeds) {
    // Errors that the world throws by the thousand need no stack.
    Error.stackTraceLimit = 0;
    const plan = planOf(seed);
    const result = await simulate(plan);
    results.push(result);
    if (result.violation !== null) {
      Error.stackTraceLimit = 20;
      failures.push(await shrink(plan, result.violation.promise));
    }
  }
  parentPort?.postMessage({ report: reportOf(results), failures });
});
