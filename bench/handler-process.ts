/**
 * One execution environment of a function, in a process of its own, so that the CPU time of the process is that
 * of its handler. The first argument is the bundle; it is asked by messages and ends with whoever started it.
 */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

/** Asks for a number of requests, one after the other. */
export interface Requests {
  /** JSON. */
  readonly event: string;
  readonly count: number;
}

export interface Answered {
  /** CPU time of each request, user and system, of all threads of the process, in microseconds. */
  readonly cpuMicroseconds: readonly number[];
  /** Every HTTP status that was answered with. */
  readonly statuses: readonly number[];
}

type Handler = (event: unknown, context: unknown) => Promise<{ readonly statusCode: number }>;

const [, , file = ""] = process.argv;
const { handler } = createRequire(import.meta.url)(file) as { readonly handler: Handler };

const context = () => ({ awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 10_000 });

process.on("message", async ({ event, count }: Requests) => {
  const cpuMicroseconds: number[] = [];
  const statuses = new Set<number>();
  for (let request = 0; request < count; request += 1) {
    // In Lambda the runtime parses the event before it calls the handler.
    const [parsed, own] = [JSON.parse(event) as unknown, context()];
    const before = process.cpuUsage();
    const { statusCode } = await handler(parsed, own);
    const { user, system } = process.cpuUsage(before);
    cpuMicroseconds.push(user + system);
    statuses.add(statusCode);
  }
  process.send?.({ cpuMicroseconds, statuses: [...statuses] } satisfies Answered);
});
process.on("disconnect", () => process.exit());
