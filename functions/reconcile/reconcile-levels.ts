import type { Context } from "aws-lambda";
import { withLogContext } from "../log-context.ts";
import type { Telemetry } from "../telemetry.ts";
import { type Walked, type WalkServices, walkTable } from "./walk-table.ts";

/** Of a run's time: what is left for a step that has begun, and after that for the last word. */
const forLastStepMs = 90_000;
const lastWordMs = 15_000;

/** What comes from the queues behind a write takes seconds. */
const settleMs = 20_000;

/** Both bound what a run costs; a level with a longer history is read to its end all the same. */
const mostMovements = 100_000;
const mostItems = 100_000;

/** The scheduled run: walks on through the table for as long as it may. */
export function reconcileLevels(services: Omit<WalkServices, "log" | "metrics">, telemetry: Telemetry) {
  const { log, metrics, flush } = telemetry;
  return async (_event: unknown, context: Context): Promise<Walked> =>
    await withLogContext({ functionRequestId: context.awsRequestId }, async () => {
      const now = services.runtime.now();
      const leftMs = context.getRemainingTimeInMillis();
      try {
        return await walkTable(
          { ...services, log, metrics },
          {
            endsAtMs: now + leftMs - forLastStepMs,
            givesUpAtMs: now + leftMs - lastWordMs,
            settleMs,
            mostMovements,
            mostItems,
          },
        );
      } finally {
        flush();
      }
    });
}
