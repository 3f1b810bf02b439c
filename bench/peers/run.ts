/**
 * `npm run bench:peers`: this service's reserve beside the ways others go, on one machine and at equal durability.
 * It starts servers of its own in temporary folders and ends them. About two minutes.
 */
import { describeMachine } from "../machine.ts";
import { Field, type Lap } from "./field.ts";
import { lineUp } from "./line-up.ts";
import { explanation, goodputTable, lockTable, type SideLaps, type SideLock } from "./report.ts";
import type { Side } from "./side.ts";
import { syncMilliseconds } from "./sync-time.ts";

const buyers = 32;
const rounds = 5;
const lapMs = 1_200;
const warmUpMs = 500;
const unitsForSellOut = 100;
const reservationsAlone = 50;
/** More than the quickest side sells of one SKU in all its laps. */
const scenarios = [
  { title: "one hot SKU", skus: 1, unitsEach: 200_000 },
  { title: "1,000 SKUs", skus: 1_000, unitsEach: 300 },
] as const;

/** All sides take turns, and each round another one begins, so that what the machine does beside falls on all alike. */
async function race(
  sides: readonly Side[],
  { skus, unitsEach }: (typeof scenarios)[number],
): Promise<readonly SideLaps[]> {
  const fields = await Promise.all(sides.map(async (side) => await Field.open(side, buyers)));
  try {
    const runners: { readonly field: Field; readonly shelves: readonly number[]; readonly laps: Lap[] }[] = [];
    for (const field of fields) {
      const shelves = await field.side.stock(skus, unitsEach);
      await field.lap(shelves, warmUpMs);
      runners.push({ field, shelves, laps: [] });
    }
    for (let round = 0; round < rounds; round += 1) {
      const first = round % runners.length;
      for (const { field, shelves, laps } of [...runners.slice(first), ...runners.slice(0, first)]) {
        laps.push(await field.lap(shelves, lapMs));
      }
    }
    return runners.map(({ field, laps }) => ({ title: field.side.title, laps }));
  } finally {
    await Promise.all(fields.map(async (field) => await field.close()));
  }
}

/** Everybody wants the last units: exactly so many are sold. */
async function sellOut(side: Side): Promise<void> {
  const field = await Field.open(side, buyers);
  try {
    const [sku] = await side.stock(1, unitsForSellOut);
    const sold = await field.sellOut(sku as number);
    if (sold !== unitsForSellOut) {
      throw new Error(`${side.title}: ${sold} of ${unitsForSellOut} units were sold.`);
    }
  } finally {
    await field.close();
  }
}

async function lockOf(side: Side): Promise<SideLock> {
  const field = await Field.open(side, 1);
  try {
    const [sku] = await side.stock(1, 2 * reservationsAlone);
    await field.alone(sku as number, reservationsAlone / 5);
    return { title: side.title, lock: side.lock, alone: await field.alone(sku as number, reservationsAlone) };
  } finally {
    await field.close();
  }
}

const print = (text: string): void => console.log(`\n${text}`);
const begunMs = performance.now();
console.log(describeMachine());
const { sides, versions, leftOut, stop } = await lineUp();
try {
  console.log([...versions, `a durable write of 4 KB takes this disk ${syncMilliseconds().toFixed(2)} ms`].join("\n"));
  for (const line of leftOut) {
    print(`LEFT OUT: ${line}`);
  }
  for (const scenario of scenarios) {
    print(goodputTable(scenario.title, await race(sides, scenario)));
  }
  for (const side of sides) {
    await sellOut(side);
  }
  print(
    `The last ${unitsForSellOut} units of a SKU, wanted by ${buyers} buyers without end: every side sold exactly ${unitsForSellOut}.`,
  );
  const locks: SideLock[] = [];
  for (const side of sides) {
    locks.push(await lockOf(side));
  }
  print(lockTable(locks));
  print(explanation({ buyers, rounds, lapMs }));
  print(`${((performance.now() - begunMs) / 1_000).toFixed(0)} s`);
} finally {
  await stop();
}
