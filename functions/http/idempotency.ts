/**
 * Idempotency keys: the first successful answer to a request is kept for a day and given again. What makes a
 * request happen once is the guard inside each operation; this only repeats the answer, so that an answer that
 * could not be kept costs nothing but its repetition.
 */
import type { OperationId } from "../contract/routes.ts";
import { done, refused } from "../domain/refusal.ts";
import type { Runtime } from "../domain/runtime.ts";
import { errorFields, type Log } from "../log.ts";
import { addToLogContext } from "../log-context.ts";
import type { Call, RouteHandler, RouteOutcome } from "./call.ts";
import type { RenderableAnswer } from "./response.ts";

const keptForSeconds = 86_400;

/** A DynamoDB item holds 400 KB, and beside the answer stand its key and attributes. */
const mostKeptBytes = 350_000;

export interface KeptAnswer {
  /** Digest of the request's body, so that the same key with another body is noticed. */
  readonly bodyDigest: string;
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly revision: number | null;
  readonly location: string | null;
  /** Seconds since the epoch; the store may delete it later than this, and it must not be given any more. */
  readonly keptUntilSeconds: number;
}

export interface AnswerStore {
  /** The answer kept under this digest, whatever its age, as it is now. */
  find(keyDigest: string): Promise<KeptAnswer | null>;
  /**
   * Keeps the answer unless one is kept that has not passed its time at `nowSeconds`; then that one is given.
   * Null when the answer given is the one that is kept now, or when it could not be kept for contention.
   */
  keepFirst(keyDigest: string, answer: KeptAnswer, nowSeconds: number): Promise<KeptAnswer | null>;
}

function replay(kept: KeptAnswer): RouteOutcome<RenderableAnswer> {
  const { status, revision, location } = kept;
  const body = JSON.parse(kept.body) as { readonly reservationId?: string };
  if (body.reservationId !== undefined) {
    // The request does not name the reservation that it has made before.
    addToLogContext({ reservationId: body.reservationId });
  }
  return done({
    status,
    body,
    ...(revision === null ? {} : { revision }),
    ...(location === null ? {} : { location }),
    replayed: true,
  });
}

/** Answers a call, or gives the first answer again. Without a key it is the operation itself. */
export async function answerOnce<Op extends OperationId>(
  { answers, runtime, log }: { readonly answers: AnswerStore | null; readonly runtime: Runtime; readonly log: Log },
  answer: RouteHandler<Op>,
  call: Call<Op>,
): Promise<RouteOutcome<RenderableAnswer>> {
  const { keyDigest, bodyDigest } = call;
  if (keyDigest === null || answers === null) {
    return await answer(call);
  }
  const nowSeconds = (): number => Math.floor(runtime.now() / 1000);
  const earlier = await answers.find(keyDigest);
  if (earlier !== null && earlier.keptUntilSeconds > nowSeconds()) {
    return earlier.bodyDigest === bodyDigest ? replay(earlier) : refused({ kind: "idempotency-key-reused" });
  }

  const outcome: RouteOutcome<RenderableAnswer> = await answer(call);
  if (outcome.kind !== "done") {
    return outcome;
  }
  const { status, body, revision = null, location = null } = outcome.value;
  const kept: KeptAnswer = {
    bodyDigest,
    status,
    body: JSON.stringify(body),
    revision,
    location,
    keptUntilSeconds: nowSeconds() + keptForSeconds,
  };
  if (Buffer.byteLength(kept.body, "utf8") > mostKeptBytes) {
    log.warn("An answer was too large to be kept for its idempotency key.", { bytes: Buffer.byteLength(kept.body) });
    return outcome;
  }
  try {
    const first = await answers.keepFirst(keyDigest, kept, nowSeconds());
    // A request with another body that ran at the same time has its own answer already; this one did its work too.
    return first !== null && first.bodyDigest === bodyDigest ? replay(first) : outcome;
  } catch (error) {
    // The work is done and must not be answered with a failure; a retry meets the operation's own guard.
    log.warn("An answer could not be kept for its idempotency key.", { failure: errorFields(error) });
    return outcome;
  }
}
