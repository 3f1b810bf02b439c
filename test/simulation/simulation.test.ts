import { describe, expect, it } from "vitest";
import { planOf } from "./plan.ts";
import { neverInjected, reportOf } from "./report.ts";
import { shrink, textOfFailure } from "./shrink.ts";
import { type Result, simulate } from "./simulate.ts";

/** Seeds that broke a promise once; what they found is fixed, and they stay. */
const found = [29, 219, 1_087, 1_102, 1_108, 22_747];
/** New ones besides: some twenty seconds of them, and enough that every fault occurs. */
const count = 40;
const patienceMs = 180_000;

const digest = ({ history, faults, paths, events }: Result) => ({ history, faults, paths, events });

describe("the simulator", () => {
  it("plays the same run for the same seed", { timeout: patienceMs }, async () => {
    const [one, other] = [
      await simulate(planOf(7), { keepsHistory: true }),
      await simulate(planOf(7), { keepsHistory: true }),
    ];
    expect(one.history.length).toBeGreaterThan(500);
    expect(digest(one)).toEqual(digest(other));
  });

  it("keeps every promise under every kind of fault", { timeout: patienceMs }, async () => {
    Error.stackTraceLimit = 0;
    const results: Result[] = [];
    for (const seed of [...found, ...Array.from({ length: count }, (_, index) => index + 1)]) {
      const plan = planOf(seed);
      expect(plan.operations.length).toBeGreaterThanOrEqual(100);
      const result = await simulate(plan);
      if (result.violation !== null) {
        throw new Error(textOfFailure(await shrink(plan)));
      }
      results.push(result);
    }
    expect(neverInjected(reportOf(results))).toEqual([]);
  });
});
