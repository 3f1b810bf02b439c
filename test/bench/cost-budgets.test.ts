import { expect, test } from "vitest";
import { costBudgets, costCases, excesses } from "../../bench/cost-budgets.ts";

test.each([1, 2, 5, 6])("%i lines are budgeted as the stock model promises for a record of 1 KB", (lines) => {
  const { reserveGiven, reserveChosen, commit, extend, release, expire, expireDeleted, fulfil } = costBudgets;
  const ending = { calls: 2, writeUnits: 2 * (lines + 1), readUnits: 1 };
  expect(reserveGiven.of(lines)).toEqual({ calls: 1, writeUnits: 2 * (lines + 1), readUnits: 0 });
  expect(reserveChosen.of(lines)).toEqual({ calls: 2, writeUnits: 2 * (lines + 1), readUnits: lines / 2 });
  expect([commit, extend].map(({ of }) => of(lines))).toEqual(Array(2).fill({ calls: 1, writeUnits: 1, readUnits: 0 }));
  expect([release, expire, fulfil].map(({ of }) => of(lines))).toEqual(Array(3).fill(ending));
  expect(expireDeleted.of(lines)).toEqual({ calls: 1, writeUnits: 2 * (lines + 2), readUnits: 0 });
});

test("each further KB of the record adds its unit, twice in a transaction", () => {
  expect(costBudgets.commit.of(90).writeUnits).toBe(9);
  expect(costBudgets.reserveGiven.of(90).writeUnits).toBe(2 * (90 + 9));
});

test("an operation that is not about lines is one case", () => {
  const cases = costCases([1, 90]);
  expect(cases.filter(({ operation }) => operation === "availability")).toHaveLength(1);
  expect(cases.filter(({ operation }) => operation === "fulfil").map(({ lines }) => lines)).toEqual([1, 90]);
});

test("names what is above the budget", () => {
  const budget = { calls: 1, writeUnits: 4, readUnits: 0.5 };
  expect(excesses(budget, budget)).toEqual([]);
  expect(excesses({ calls: 1, writeUnits: 5, readUnits: 1 }, budget)).toEqual(["writeUnits", "readUnits"]);
  expect(excesses({ calls: 2, writeUnits: 0, readUnits: 0 }, budget)).toEqual(["calls"]);
});
