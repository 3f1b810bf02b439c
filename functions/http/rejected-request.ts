import type { Failure } from "./problem.ts";

/** A request that is turned away before any operation sees it; thrown through the stack to its renderer. */
export class RejectedRequestError extends Error {
  override readonly name = "RejectedRequestError";
  readonly failure: Exclude<Failure, { kind: "unexpected" }>;

  constructor(failure: Exclude<Failure, { kind: "unexpected" }>) {
    super(`The request was turned away: ${failure.kind}.`);
    this.failure = failure;
  }
}
