import { describe, expect, it } from "vitest";
import type { Observation } from "../../functions/domain/observation.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { RetryBudget } from "../../functions/storage/retry-budget.ts";

/** A clock that moves only while somebody sleeps. */
function sleeper(chance: number) {
  const slept: number[] = [];
  const observed: Observation[] = [];
  let nowMs = 1_000;
  const runtime: Runtime = {
    now: () => nowMs,
    random: () => chance,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      nowMs += milliseconds;
    },
    newId: () => "id",
  };
  const observe = (observation: Observation): void => {
    observed.push(observation);
  };
  return { slept, observed, runtime, observe };
}

async function triesOf(budget: RetryBudget): Promise<number> {
  let tries = 0;
  while (await budget.nextTry("conflict")) {
    tries += 1;
  }
  return tries;
}

describe("the time for contention", () => {
  it("is waited for in growing steps, and no try begins behind its end", async () => {
    const { slept, runtime, observe } = sleeper(0.5);
    await triesOf(new RetryBudget({ runtime, observe }, 1_900));
    expect(slept.slice(0, 3)).toEqual([10, 20, 40]);
    expect(Math.max(...slept)).toBeLessThanOrEqual(125);
    expect(runtime.now()).toBeLessThan(1_900);
    expect(runtime.now()).toBeGreaterThan(1_900 - 126);
  });

  it("is told of with the reason and the wait of each try, and that it is over", async () => {
    const { observed, runtime, observe } = sleeper(0.5);
    const budget = new RetryBudget({ runtime, observe }, 1_025);
    expect(await budget.nextTry("throttled")).toBe(true);
    expect(budget.allowsAnotherPlan()).toBe(true);
    expect(await budget.nextTry("conflict")).toBe(false);
    expect(observed).toEqual([
      { kind: "contended", reason: "throttled", tries: 1, waitMs: 10 },
      { kind: "planned-again", tries: 2 },
      { kind: "contended", reason: "conflict", tries: 3, waitMs: null },
    ]);
  });

  it("is over at once when there is none", async () => {
    const { slept, runtime, observe } = sleeper(0.5);
    const budget = new RetryBudget({ runtime, observe }, 1_000);
    expect(await budget.nextTry("conflict")).toBe(false);
    expect(budget.allowsAnotherPlan()).toBe(false);
    expect(slept).toEqual([]);
  });

  it("has an end also where the clock stands still", async () => {
    const waiting = new RetryBudget(sleeper(0), 2_000);
    expect(await triesOf(waiting)).toBe(200);
    const planning = new RetryBudget(sleeper(0), 2_000);
    let plans = 0;
    while (planning.allowsAnotherPlan()) {
      plans += 1;
    }
    expect(plans).toBe(200);
  });
});
