/**
 * The ids that the lines of a log are about, for as long as one request or one message is worked on: whoever writes a
 * line further down need not be handed them. Messages of a batch are worked on side by side, each with ids of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** Ids alone: never a token, a customer, or anything of a body. */
export interface LogContext {
  /** As API Gateway has it in its access log, and the answer to a caller whose request failed unexpectedly. */
  readonly requestId?: string;
  /** As Lambda has it in the lines of its own, such as those of timeouts. */
  readonly functionRequestId?: string;
  readonly messageId?: string;
  readonly reservationId?: string | undefined;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Does the work; each line that it writes carries these ids beside those that there were already. */
export function withLogContext<T>(ids: LogContext, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...ids }, work);
}

/** From now on the request or message in hand is about this as well. */
export function addToLogContext(ids: LogContext): void {
  Object.assign(contexts.getStore() ?? {}, ids);
}

export function logContext(): LogContext {
  return contexts.getStore() ?? {};
}
