import type { RouteOutcome } from "./call.ts";

/** Renders what was done; refusals, contention and bad requests pass as they are. */
export function answerWith<T, A>(outcome: RouteOutcome<T>, render: (value: T) => A): RouteOutcome<A> {
  return outcome.kind === "done" ? { kind: "done", value: render(outcome.value) } : outcome;
}
