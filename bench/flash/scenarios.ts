/** Which drops are simulated. */
import type { DropSettings } from "./drop.ts";
import { type Way, ways } from "./ways.ts";

/** Stock for every buyer. */
const plenty = 1_000_000;
/** Busy environments are rate × time: 10,300/s × (30 + 3 + 3) ms = 370, and a third more for chance and for the start. */
const pool = { ready: 500, most: 3_000 } as const;
/** Twice as many for a start at once: the first request of an environment takes three times as long. */
const poolOfRush = { ready: 1_000, most: 3_000 } as const;
/** How long it takes until buyers come at the full rate, where they do not all come at once. */
const rampMs = 1_000;
const usualLockMs = 8;
/** Twice the partitions that the units of 10,000 reservations a second fill. */
const usualPartitions = 80;
const seed = 20_270_131;

function drop(way: Way, settings: Partial<DropSettings>): DropSettings {
  return {
    way,
    units: plenty,
    buyers: 20_000,
    // A little above the target, so that chance does not decide whether it is reached.
    buyersPerSecond: 10_300,
    rampMs: 0,
    partitions: usualPartitions,
    lockMs: usualLockMs,
    pool,
    seed,
    ...settings,
  };
}

export interface Scenarios {
  /** All ways at a rate that the simplest cannot reach, then those with cells at ten times that rate. */
  readonly comparison: readonly DropSettings[];
  /** The service's own way over partitions and lock times. */
  readonly sweep: readonly DropSettings[];
  /** All ways, until nothing is left. */
  readonly sellOuts: readonly DropSettings[];
  /** Fifty buyers for each unit. */
  readonly rushes: readonly DropSettings[];
}

export const fullScenarios: Scenarios = {
  comparison: [
    ...[ways.plain, ways.oneCell, ways.random(64), ways.fixed(64), ways.moving(64)].map((way) =>
      drop(way, { buyers: 1_000, buyersPerSecond: 500 }),
    ),
    ...[ways.random(64), ways.random(512), ways.fixed(512), ways.moving(512)].map((way) =>
      drop(way, { buyers: 12_000, rampMs }),
    ),
    drop(ways.moving(512), { buyers: 12_000, pool: poolOfRush }),
  ],
  sweep: [
    ...[5, 8, 12].map((lockMs) => drop(ways.moving(512), { lockMs, rampMs })),
    ...[40, 160].map((partitions) => drop(ways.moving(512), { partitions, rampMs })),
  ],
  sellOuts: [ways.plain, ways.oneCell, ways.random(64), ways.fixed(64), ways.moving(64)].map((way) =>
    drop(way, { units: 500, buyers: 1_500, buyersPerSecond: 500 }),
  ),
  rushes: [5, 12].map((lockMs) =>
    drop(ways.moving(64), { units: 1_000, buyers: 50_000, buyersPerSecond: 10_000, lockMs, pool: poolOfRush }),
  ),
};

/** The same in small: a smoke test. */
export const quickScenarios: Scenarios = {
  comparison: [ways.plain, ways.oneCell, ways.moving(64)].map((way) =>
    drop(way, { buyers: 300, buyersPerSecond: 500, pool: { ready: 30, most: 500 } }),
  ),
  sweep: [drop(ways.moving(512), { buyers: 12_000, rampMs })],
  sellOuts: [],
  rushes: [
    drop(ways.moving(16), { units: 100, buyers: 3_000, buyersPerSecond: 1_500, pool: { ready: 200, most: 1_000 } }),
  ],
};
