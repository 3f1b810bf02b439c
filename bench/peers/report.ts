/** What is printed: two tables of goodput, one of locks, and how to read them. */
import { median, quantile } from "../statistics.ts";
import { tableOf } from "../table.ts";
import type { Lap } from "./field.ts";
import type { Probe } from "./side.ts";

export interface SideLaps {
  readonly title: string;
  readonly laps: readonly Lap[];
}

export interface SideLock {
  readonly title: string;
  readonly lock: string;
  /** Of one reservation, by a buyer who is alone. */
  readonly alone: Pick<Probe, "trips" | "lockedTrips" | "lockedMs">;
}

export function goodputTable(scenario: string, sides: readonly SideLaps[]): string {
  const rows = sides.map(({ title, laps }) => {
    const perSecond = laps.map(({ reservedPerSecond }) => reservedPerSecond);
    const milliseconds = laps.flatMap((lap) => lap.milliseconds);
    return [
      title,
      median(perSecond).toFixed(0),
      `${Math.min(...perSecond).toFixed(0)}–${Math.max(...perSecond).toFixed(0)}`,
      quantile(milliseconds, 0.5).toFixed(1),
      quantile(milliseconds, 0.99).toFixed(1),
      `${(100 * median(laps.map(({ clientCpu }) => clientCpu))).toFixed(0)} %`,
    ];
  });
  return tableOf([scenario, "reserved a second", "of all rounds", "p50 ms", "p99 ms", "buyers' CPU"], rows);
}

export function lockTable(sides: readonly SideLock[]): string {
  const rows = sides.map(({ title, alone }) => [
    title,
    alone.trips.toFixed(1),
    alone.lockedTrips.toFixed(1),
    alone.lockedMs === 0 ? "" : alone.lockedMs.toFixed(2),
    alone.lockedTrips === 0 ? "" : ceilingAt(1, alone).toFixed(0),
  ]);
  const table = tableOf(
    ["one reservation, one buyer", "calls", "with the lock held", "ms locked", "most a second at 1 ms a call"],
    rows,
  );
  const width = Math.max(...sides.map(({ title }) => title.length));
  const locks = sides.map(({ title, lock }) => `${title.padEnd(width)}  ${lock}`);
  return [table, "", "What is locked:", ...locks].join("\n");
}

/** Reservations of one SKU a second where each call of a buyer who holds the lock takes so many ms more than here. */
function ceilingAt(callMs: number, { lockedTrips, lockedMs }: SideLock["alone"]): number {
  return 1_000 / (lockedMs + lockedTrips * callMs);
}

export function explanation(settings: {
  readonly buyers: number;
  readonly rounds: number;
  readonly lapMs: number;
}): string {
  return `${settings.buyers} buyers with connections of their own, each asking for one unit after the other; ${settings.rounds} rounds of ${settings.lapMs / 1000} s a side,
in turns, after a warm-up; medians. After every round the store has said that units taken, reservations kept and buyers
served are the same number. Every side keeps the stock and a record of each hold, and answers when both are on the disk:
PostgreSQL with fsync, Redis with appendfsync always, DynamoDB Local with its data in files (four fsyncs a transaction).

This service runs on an emulator, the others on their real engines: DynamoDB Local takes one transaction after the other,
whatever its items are, and bounds both of the first tables. DynamoDB itself keeps each write in three places and takes
about 100 contended transactions a second on one item, and any number on different ones; a hot SKU is split into cells
(docs/flash-sales.md). So compare calls and locks, which no emulator changes:

- "calls" are round trips to the store. "with the lock held" are those that a buyer makes while nobody else can have the
  SKU: each adds the network's round trip to everybody's wait, which the last column reckons for a network of 1 ms, and a
  buyer who stalls between two of them stops all. Where it is 0, the store decides inside the one call.
- "ms locked" is, on loopback, the time from knowing of the lock to knowing of its end; for a lock inside one call it is
  the whole call, which is too much.
- The buyers share this process: where their CPU is near 100 %, they are what is slow, not the store.`;
}
