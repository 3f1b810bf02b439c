/** The tables that a run prints. */
import { quantile } from "../statistics.ts";
import { tableOf } from "../table.ts";
import type { Simulated, Target } from "./targets.ts";

function milliseconds(values: readonly number[]): string {
  return values.length === 0 ? "–" : [0.5, 0.99, 0.999].map((share) => quantile(values, share).toFixed(0)).join(" / ");
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

function name({ settings }: Simulated): string {
  const start = settings.rampMs === 0 ? "" : ` after ${settings.rampMs / 1_000} s`;
  return `${settings.way.title}, ${settings.buyersPerSecond.toLocaleString("en")}/s${start}`;
}

/** How many are served and how fast, while there is stock for all. */
export function comparisonTable(title: string, runs: readonly Simulated[]): string {
  return tableOf(
    [
      title,
      "goodput/s",
      "served",
      "p50 / p99 / p99.9 ms",
      "conflicts",
      "wasted units",
      "false sold-outs",
      "503",
      "429",
      "500",
    ],
    runs.map((run) => {
      const { result, settings } = run;
      const { consumed } = result;
      return [
        name(run),
        result.goodput.toFixed(0),
        percent(result.served, settings.buyers),
        milliseconds(result.servedMs),
        percent(consumed.conflicts, consumed.transactions),
        percent(consumed.wastedWriteUnits, consumed.writeUnits),
        String(result.falseSoldOuts),
        String(result.busy),
        String(result.turnedAway),
        String(result.failed),
      ];
    }),
  );
}

/** The service's own way over partitions and lock times. */
export function sweepTable(runs: readonly Simulated[]): string {
  return tableOf(
    [
      "512 cells, homes that move",
      "goodput/s",
      "served",
      "p50 / p99 / p99.9 ms",
      "conflicts",
      "throttled",
      "wasted units",
      "environments",
    ],
    runs.map(({ settings, result }) => {
      const { consumed } = result;
      return [
        `${settings.partitions} partitions, locks of ${settings.lockMs} ms`,
        result.goodput.toFixed(0),
        percent(result.served, settings.buyers),
        milliseconds(result.servedMs),
        percent(consumed.conflicts, consumed.transactions),
        percent(consumed.throttledWrites, consumed.transactions),
        percent(consumed.wastedWriteUnits, consumed.writeUnits),
        String(result.environments),
      ];
    }),
  );
}

/** What it takes until nothing is left, and what those get who come too late. */
export function sellOutTable(title: string, runs: readonly Simulated[]): string {
  return tableOf(
    [
      title,
      "sold",
      "sold out after",
      "winners p50 / p99 / p99.9 ms",
      "losers p50 / p99 / p99.9 ms",
      "wasted units",
      "read units",
      "false sold-outs",
      "503",
      "429",
      "500",
    ],
    runs.map((run) => {
      const { result, settings } = run;
      return [
        `${name(run)}, locks of ${settings.lockMs} ms`,
        `${result.served} of ${settings.units}`,
        result.sellOutMs === null ? "not" : `${(result.sellOutMs / 1_000).toFixed(2)} s`,
        milliseconds(result.servedMs),
        milliseconds(result.soldOutMs),
        String(result.consumed.wastedWriteUnits),
        result.consumed.readUnits.toFixed(0),
        String(result.falseSoldOuts),
        String(result.busy),
        String(result.turnedAway),
        String(result.failed),
      ];
    }),
  );
}

export function targetList(targets: readonly Target[]): string {
  return targets.map(({ title, isMet, seen }) => `${isMet ? "met    " : "NOT MET"}  ${title}: ${seen}`).join("\n");
}
