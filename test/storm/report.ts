/** What a storm was: its requests, answers and times, its faults, and which answers nothing excuses. */
import { quantile } from "../../bench/statistics.ts";
import { type Fault, type FaultKind, faultKinds } from "./faults.ts";
import type { CallRecord } from "./records.ts";

/** Retries, cold starts and what piled up take so long after an outage. */
const aftereffectMs = 10_000;

/** Faults that may answer for a failure: a crash for the request that it hit, and an outage for those who wait. */
function excusesFor({ status, code, hasRetryAfter }: CallRecord): readonly FaultKind[] {
  if (status === 503 && code === "contention" && hasRetryAfter) {
    return ["frozen database", "crashed API function"];
  }
  // What the gateway says of a function that died, and of one that it has waited for long enough.
  if (code === "gateway" && status === 500) {
    return ["crashed API function"];
  }
  return code === "gateway" && status === 503 ? ["frozen database"] : [];
}

/** What the load asks for is there, well formed and allowed. */
const neverRight: ReadonlySet<number> = new Set([400, 401, 403, 404, 413, 415]);

/**
 * Answers of 500 and more, and requests without an answer, that no fault of their time explains; and answers that
 * no fault may bring about.
 */
export function unexcused(calls: readonly CallRecord[], faults: readonly Fault[]): readonly CallRecord[] {
  const failures = calls.filter(({ status }) => status === 0 || status >= 500 || neverRight.has(status));
  return failures.filter((call) => {
    const kinds = excusesFor(call);
    return !faults.some(
      ({ kind, fromMs, untilMs }) =>
        kinds.includes(kind) && call.fromMs <= untilMs + aftereffectMs && call.untilMs >= fromMs,
    );
  });
}

export function missingKinds(faults: readonly Fault[]): readonly FaultKind[] {
  return faultKinds.filter((kind) => !faults.some((fault) => fault.kind === kind));
}

function countBy<T>(values: readonly T[], nameOf: (value: T) => string): string {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(nameOf(value), (counts.get(nameOf(value)) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${count} × ${name}`)
    .join(", ");
}

function nameOfAnswer({ status, code }: CallRecord): string {
  return status === 0 ? "no answer" : code === null ? `${status}` : `${status} ${code}`;
}

/** Milliseconds. */
function times(calls: readonly CallRecord[]): string {
  const took = calls.map(({ fromMs, untilMs }) => untilMs - fromMs);
  return [0.5, 0.95, 0.99].map((share) => String(Math.round(quantile(took, share))).padStart(6)).join(" ");
}

/** One line for each operation, and one for each fault. */
export function describe(calls: readonly CallRecord[], faults: readonly Fault[], seconds: number): readonly string[] {
  const operations = [...new Set(calls.map(({ operation }) => operation))].toSorted();
  return [
    `${calls.length} requests, ${Math.round(calls.length / seconds)} a second.`,
    "",
    `${"operation".padEnd(22)} ${"p50".padStart(6)} ${"p95".padStart(6)} ${"p99".padStart(6)} ms`,
    ...operations.map((operation) => {
      const ofOperation = calls.filter((call) => call.operation === operation);
      return `${operation.padEnd(22)} ${times(ofOperation)}   ${countBy(ofOperation, nameOfAnswer)}`;
    }),
    "",
    `Faults: ${countBy(faults, ({ kind }) => kind)}.`,
    ...faults.map(({ kind, what }) => `  ${kind}: ${what}`),
  ];
}
