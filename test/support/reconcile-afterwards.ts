/** Whatever a file of tests did to the shared stack, its tables agree with their history in the end. */
import { afterAll, expect, inject } from "vitest";
import { reconcileStack } from "./reconcile-stack.ts";

afterAll(async () => {
  const stack = { dynamoDbUrl: inject("dynamoDbUrl"), tables: inject("tables") };
  const { differences, undecided } = await reconcileStack(stack);
  expect([differences, undecided]).toEqual([[], []]);
});
