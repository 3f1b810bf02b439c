import { afterAll, beforeAll, expect, test } from "vitest";
import { costBudgets, costCases } from "../../bench/cost-budgets.ts";
import { CostBench } from "../../bench/costs.ts";

let bench: CostBench;

beforeAll(async () => {
  bench = await CostBench.start();
});
afterAll(async () => {
  await bench.stop();
});

// Below its budget is wrong, too: then the budget is too loose, or the operation did not do all that it is to do.
test.each(costCases([1, 5, 90]))("$operation at $lines lines costs what its budget says", async (each) => {
  const { calls, writeUnits, readUnits, operations } = await bench.measure(each);
  expect({ calls, writeUnits, readUnits }, operations.join()).toEqual(costBudgets[each.operation].of(each.lines));
});
