/**
 * How long a request may wait for contention to pass. Conflicts are retried with full jitter
 * (a uniform wait between 0 and an exponentially growing cap), which spreads competing writers best
 * (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ContentionReason, Observe } from "../domain/observation.ts";
import type { Runtime } from "../domain/runtime.ts";
import { type LabelledPart, transact, type WriteResult } from "./transaction.ts";

const firstCapMs = 10;
const highestCapMs = 250;
/** Far more tries than any budget has time for; it bounds a loop whose clock stands still. */
const mostTries = 200;

export interface RetryServices {
  readonly runtime: Pick<Runtime, "now" | "random" | "sleep">;
  readonly observe: Observe;
}

export class RetryBudget {
  private readonly services: RetryServices;
  private readonly endsAtMs: number;
  private tries = 0;

  /** `endsAtMs`: the moment after which no further try may begin. */
  constructor(services: RetryServices, endsAtMs: number) {
    this.services = services;
    this.endsAtMs = endsAtMs;
  }

  /** Counts a try that begins at once, because the last one brought knowledge rather than contention. */
  allowsAnotherPlan(): boolean {
    this.tries += 1;
    this.services.observe({ kind: "planned-again", tries: this.tries });
    return this.tries <= mostTries && this.services.runtime.now() < this.endsAtMs;
  }

  /** Waits before a write is sent again; false at once when the budget is spent. */
  async nextTry(reason: ContentionReason): Promise<boolean> {
    const { runtime, observe } = this.services;
    this.tries += 1;
    const cap = Math.min(highestCapMs, firstCapMs * 2 ** Math.min(this.tries, 10));
    const waitMs = runtime.random() * cap;
    if (this.tries > mostTries || runtime.now() + waitMs >= this.endsAtMs) {
      observe({ kind: "contended", reason, tries: this.tries, waitMs: null });
      return false;
    }
    observe({ kind: "contended", reason, tries: this.tries, waitMs });
    await runtime.sleep(waitMs);
    return true;
  }
}

/** One plan, sent again with its token as long as the budget lasts. */
export async function transactWithin<Label>(
  { client, runtime }: { readonly client: DynamoDBDocumentClient; readonly runtime: Pick<Runtime, "newId"> },
  budget: RetryBudget,
  parts: readonly LabelledPart<Label>[],
): Promise<WriteResult<Label>> {
  const token = runtime.newId();
  for (;;) {
    const written = await transact(client, token, parts);
    if (written.kind !== "contended" || !(await budget.nextTry(written.reason))) {
      return written;
    }
  }
}
