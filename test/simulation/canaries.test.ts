import { describe, expect, it } from "vitest";
import { canaries } from "./canaries.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

/** Bad designs break soon: so many seeds are enough, and many more would be no excuse. */
const mostSeeds = 40;

/** The first promise that a design breaks, or null. */
async function firstBroken(design: (typeof canaries)[keyof typeof canaries]): Promise<string | null> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { violation } = await simulate(planOf(seed), { design });
    if (violation !== null) {
      return violation.promise;
    }
  }
  return null;
}

describe("a bad design is caught that", { timeout: 120_000 }, () => {
  it("reads a level and writes what it has computed, whatever was written in between", async () => {
    expect(await firstBroken(canaries["read-then-write"])).toBe("versions are dense");
  });

  it("writes its entry of the log after the change, and may crash in between", async () => {
    expect(await firstBroken(canaries["log-afterwards"])).toBe("reconcile finds nothing");
  });
});
