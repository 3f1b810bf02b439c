import { describe, expect, it } from "vitest";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { RetryBudget } from "../../functions/storage/retry-budget.ts";

/** A clock that moves only while somebody sleeps. */
function sleeper(chance: number): Runtime & { readonly slept: number[] } {
  const slept: number[] = [];
  let nowMs = 1_000;
  return {
    slept,
    now: () => nowMs,
    random: () => chance,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      nowMs += milliseconds;
    },
    newId: () => "id",
  };
}

async function triesOf(budget: RetryBudget): Promise<number> {
  let tries = 0;
  while (await budget.nextTry()) {
    tries += 1;
  }
  return tries;
}

describe("the time for contention", () => {
  it("is waited for in growing steps, and no try begins behind its end", async () => {
    const runtime = sleeper(0.5);
    await triesOf(new RetryBudget(runtime, 1_900));
    expect(runtime.slept.slice(0, 3)).toEqual([10, 20, 40]);
    expect(Math.max(...runtime.slept)).toBeLessThanOrEqual(125);
    expect(runtime.now()).toBeLessThan(1_900);
    expect(runtime.now()).toBeGreaterThan(1_900 - 126);
  });

  it("is over at once when there is none", async () => {
    const runtime = sleeper(0.5);
    const budget = new RetryBudget(runtime, 1_000);
    expect(await budget.nextTry()).toBe(false);
    expect(budget.allowsAnotherPlan()).toBe(false);
    expect(runtime.slept).toEqual([]);
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
