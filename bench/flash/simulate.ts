import { type DropSettings, runDrop } from "./drop.ts";
import type { Simulated } from "./targets.ts";

/** Runs the drops one after the other. */
export async function simulate(drops: readonly DropSettings[]): Promise<readonly Simulated[]> {
  // Refusals are exceptions by the hundred thousand here, and nobody reads where they were thrown.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const runs: Simulated[] = [];
  for (const settings of drops) {
    runs.push({ settings, result: await runDrop(settings) });
  }
  Error.stackTraceLimit = stackTraceLimit;
  return runs;
}
