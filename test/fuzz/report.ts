/** What a run of the fuzzer did, from the log of its calls and schemathesis's own report. */
import { readFileSync } from "node:fs";
import { type Route, routes } from "../../functions/contract/routes.ts";

interface SchemathesisReport {
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number; readonly with_failures: number; readonly errored: number };
  readonly errors: readonly unknown[];
}

export interface FuzzingReport {
  readonly passed: number;
  readonly failed: number;
  /** One line for each operation: how often it was answered with which status and code. */
  readonly answers: readonly string[];
  /** Operations that never succeeded: nothing behind their first check was fuzzed. */
  readonly neverSucceeded: readonly string[];
}

/** Throws when schemathesis left no report. */
export function readReport(reportFile: string, callsFile: string): FuzzingReport {
  const { complete, test_cases, errors } = JSON.parse(readFileSync(reportFile, "utf8")) as SchemathesisReport;
  const counts = new Map<string, Map<string, number>>();
  for (const line of readFileSync(callsFile, "utf8").split("\n").filter(Boolean)) {
    const { operation, status, code } = JSON.parse(line) as { operation: string; status: number; code: string | null };
    const answer = code === null ? `${status}` : `${status} ${code}`;
    const ofOperation = counts.get(operation) ?? new Map<string, number>();
    counts.set(operation, ofOperation.set(answer, (ofOperation.get(answer) ?? 0) + 1));
  }
  const labels = Object.values(routes).map(({ method, path }: Route) => `${method} ${path}`);
  const hasSucceeded = (label: string) => [...(counts.get(label)?.keys() ?? [])].some((answer) => answer < "300");
  const neverSucceeded = labels.filter((label) => !hasSucceeded(label));
  const failed = test_cases.with_failures + test_cases.errored + errors.length + (complete ? 0 : 1);
  return {
    passed: test_cases.generated - test_cases.with_failures - test_cases.errored,
    failed: failed + neverSucceeded.length,
    answers: labels.map((label) => {
      const ofLabel = [...(counts.get(label) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return `  ${label}: ${ofLabel.map(([answer, count]) => `${count} × ${answer}`).join(", ")}`;
    }),
    neverSucceeded,
  };
}
