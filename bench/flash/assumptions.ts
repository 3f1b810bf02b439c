/** Everything that the simulation takes for granted, with the source of each number. */
import type { Quantiles } from "./chance.ts";

/**
 * Alex DeBrie, "DynamoDB Transactions Performance Testing" (2020), from Lambda functions in the region: a put took
 * 7.55 ms at the median and 16.2 ms at p99. Reads are taken to be no faster.
 */
export const singleLatencyMs: Quantiles = { p50: 7.5, p99: 16 };
/** The same: a transaction of 5 items took 25.3 and 92.5 ms, and one that failed 25.3 and 84.9 ms, so as long. */
export const transactionLatencyMs: Quantiles = { p50: 25, p99: 93 };

/** AWS, "Best practices for designing and using partition keys effectively". */
export const partitionWriteUnitsPerSecond = 1_000;
export const partitionReadUnitsPerSecond = 3_000;
/**
 * Seconds of unused capacity that a partition may use up at once. AWS keeps up to 300 s but promises none of it; a
 * quarter of a second evens out chance. A whole one would hide in drops as short as these that 40 partitions are too
 * few.
 */
export const burstSeconds = 0.25;

/** AWS, "DynamoDB transactions: how it works": two writes underlie each transactional one, of up to 1 KB. */
export const unitsOfTransactionalWrite = 2;
/** A consistent read of up to 4 KB; an eventually consistent one takes half. */
export const unitsOfConsistentRead = 1;

/** `documentClient()`: the SDK tries three times. */
export const sdkAttempts = 3;
/** The AWS SDK for JavaScript waits `random · 2^attempt · 500 ms` after throttling (`THROTTLING_RETRY_DELAY_BASE`). */
export const sdkThrottlingDelayMs = 500;

/** Parsing, rules and rendering of a request, beside all waiting: an assumption, on the high side. */
export const handlerMs = 3;
/** Start of an environment: download, runtime, modules, SDK. An assumption; it matters only where the pool grows. */
export const coldStartMs: Quantiles = { p50: 450, p99: 900 };
/** AWS, "Lambda scaling behavior": so many environments more every 10 s for each function, refilled continuously. */
export const environmentsPer10Seconds = 1_000;
/** As long as an API function waits for contention to pass. */
export const retryBudgetMs = 8_000;
