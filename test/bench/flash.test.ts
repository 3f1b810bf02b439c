import { expect, test } from "vitest";
import { runDrop } from "../../bench/flash/drop.ts";
import { quickScenarios } from "../../bench/flash/scenarios.ts";

const [rush] = quickScenarios.rushes;
if (rush === undefined) {
  throw new Error("There is no rush.");
}

test("a rush sells out exactly, and nobody is sent away while stock is left", async () => {
  const { served, unitsLeft, falseSoldOuts, soldOut, failed, busy, turnedAway } = await runDrop(rush);

  expect({ served, unitsLeft, falseSoldOuts, failed, busy, turnedAway }).toEqual({
    served: rush.units,
    unitsLeft: 0,
    falseSoldOuts: 0,
    failed: 0,
    busy: 0,
    turnedAway: 0,
  });
  expect(soldOut).toBe(rush.buyers - rush.units);
});

test("the same seed gives the same drop, and another seed another one", async () => {
  const one = await runDrop(rush);

  expect(await runDrop(rush)).toEqual(one);
  expect((await runDrop({ ...rush, seed: rush.seed + 1 })).servedMs).not.toEqual(one.servedMs);
});
