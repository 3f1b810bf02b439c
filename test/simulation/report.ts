/** What a number of runs has played: operations, faults by kind and paths reached. */
import type { Result } from "./simulate.ts";
import { type FaultCounts, type FaultKind, faultKinds, noFaults } from "./world/faults.ts";

export interface Report {
  readonly seeds: number;
  readonly operations: number;
  readonly answered: number;
  readonly events: number;
  readonly faults: FaultCounts;
  readonly paths: Readonly<Record<string, number>>;
}

export function reportOf(results: readonly Result[]): Report {
  return results.reduce((sum, result) => sumOf(sum, { seeds: 1, ...result }), {
    seeds: 0,
    operations: 0,
    answered: 0,
    events: 0,
    faults: noFaults(),
    paths: {},
  } as Report);
}

function sumOfCounts<K extends string>(one: Readonly<Record<K, number>>, other: Readonly<Record<K, number>>) {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries<number>(other)) {
    sum[name] = (sum[name] ?? 0) + count;
  }
  return sum as Record<K, number>;
}

export function sumOf(one: Report, other: Report): Report {
  return {
    seeds: one.seeds + other.seeds,
    operations: one.operations + other.operations,
    answered: one.answered + other.answered,
    events: one.events + other.events,
    faults: sumOfCounts(one.faults, other.faults),
    paths: sumOfCounts(one.paths, other.paths),
  };
}

export function neverInjected({ faults }: Report): readonly FaultKind[] {
  return faultKinds.filter((kind) => faults[kind] === 0);
}

function table(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`)
    .join("\n");
}

export function textOfReport(report: Report, seconds: number): string {
  const { seeds, operations, answered, events, faults, paths } = report;
  const cpuMs = (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  return [
    `${seeds} seeds in ${seconds.toFixed(1)} s, ${(cpuMs / seeds).toFixed(0)} ms of CPU each: ${operations} operations, ${answered} answers, ${events} events`,
    "Faults:",
    table(faults),
    "Paths:",
    table(paths),
  ].join("\n");
}
