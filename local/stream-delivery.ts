/** Delivering batches of stream records to a function: partial answers, retries, bisecting, giving up. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalFunction } from "./functions.ts";
import type { StreamRecord } from "./stream-records.ts";

export interface DeliverySettings {
  readonly reportsFailures: boolean;
  readonly bisects: boolean;
  /** Tries after the first; -1 for no limit. */
  readonly mostRetries: number;
  /** -1 for no limit. */
  readonly mostAgeSeconds: number;
}

export type GivenUpBecause = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface Delivery {
  readonly target: LocalFunction;
  readonly settings: DeliverySettings;
  /** Keeps what is given up; it must not throw. */
  giveUp(records: readonly StreamRecord[], because: GivenUpBecause, tries: number): Promise<void>;
  readonly signal: AbortSignal;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Which records are left after a try: those from the first that the function reported on, none when all went
 * well, all of them when the answer names no record of the batch or the function failed.
 */
async function remaining(
  { target, settings }: Delivery,
  records: readonly StreamRecord[],
): Promise<readonly StreamRecord[]> {
  let answer: unknown;
  try {
    answer = await target.invoke({ Records: records });
  } catch {
    return records;
  }
  if (!settings.reportsFailures) {
    return [];
  }
  const { batchItemFailures } = (answer ?? {}) as {
    batchItemFailures?: readonly { itemIdentifier?: unknown }[] | null;
  };
  if (batchItemFailures === undefined || batchItemFailures === null || batchItemFailures.length === 0) {
    return [];
  }
  const positions = batchItemFailures.map(({ itemIdentifier }) =>
    records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
  );
  return positions.includes(-1) ? records : records.slice(Math.min(...positions));
}

async function giveUpTheOld(delivery: Delivery, records: readonly StreamRecord[]): Promise<readonly StreamRecord[]> {
  const { mostAgeSeconds } = delivery.settings;
  if (mostAgeSeconds === -1) {
    return records;
  }
  const oldest = Date.now() / 1000 - mostAgeSeconds;
  const isOld = ({ dynamodb }: StreamRecord): boolean => dynamodb.ApproximateCreationDateTime < oldest;
  const old = records.filter(isOld);
  if (old.length > 0) {
    await delivery.giveUp(old, "RecordAgeExceeded", 0);
  }
  return records.filter((record) => !isOld(record));
}

/**
 * Settles a batch, in order: afterwards each record was taken by the function or given up. What a failure
 * leaves is halved where the mapping bisects, which is not counted as a retry. Ends early when it is aborted.
 */
export async function deliver(delivery: Delivery, batch: readonly StreamRecord[]): Promise<void> {
  const { settings, signal } = delivery;
  // Parts of the batch that are still to be settled, the next one last.
  const parts: { readonly records: readonly StreamRecord[]; readonly tries: number }[] = [{ records: batch, tries: 0 }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const records = await giveUpTheOld(delivery, part.records);
    if (records.length === 0) {
      continue;
    }
    const left = await remaining(delivery, records);
    if (signal.aborted) {
      return;
    }
    const [first] = left;
    if (first === undefined) {
      continue;
    }
    const hasAdvanced = first !== records[0];
    if (!hasAdvanced && settings.bisects && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      parts.push(
        { records: left.slice(middle), tries: part.tries },
        { records: left.slice(0, middle), tries: part.tries },
      );
      continue;
    }
    const tries = hasAdvanced ? 1 : part.tries + 1;
    if (settings.mostRetries !== -1 && tries > settings.mostRetries) {
      await delivery.giveUp(left, "RetryAttemptsExhausted", tries);
      continue;
    }
    parts.push({ records: left, tries });
    await pause(Math.min(firstPauseMs * 2 ** Math.min(tries - 1, 10), longestPauseMs), signal);
    if (signal.aborted) {
      return;
    }
  }
}

/** Waits; ends early, without an error, when it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
