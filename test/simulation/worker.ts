/** Plays the seeds that it is given, one after the other. */
import { parentPort } from "node:worker_threads";
import { planOf } from "./plan.ts";
import { reportOf } from "./report.ts";
import { type Result, simulate } from "./simulate.ts";

parentPort?.on("message", async (seeds: readonly number[]) => {
  const results: Result[] = [];
  const failed: { readonly seed: number; readonly detail: string }[] = [];
  for (const seed of seeds) {
    // Errors that the world throws by the thousand need no stack.
    Error.stackTraceLimit = 0;
    const result = await simulate(planOf(seed));
    results.push(result);
    if (result.violation !== null) {
      failed.push({ seed, detail: result.violation.message });
    }
  }
  parentPort?.postMessage({ report: reportOf(results), failed });
});
