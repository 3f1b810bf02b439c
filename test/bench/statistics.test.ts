import { expect, test } from "vitest";
import { median, quantile } from "../../bench/statistics.ts";

test("a quantile lies between two values in proportion, whatever their order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 2, 1, 9])).toBe(5.5);
  expect(quantile([4, 0, 3, 1, 2], 0.99)).toBeCloseTo(3.96);
  expect(quantile([7], 0.99)).toBe(7);
});
