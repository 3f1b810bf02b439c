import type { Runtime } from "../functions/domain/runtime.ts";

/** Lets so many through in a second: the n-th waits until n − 1 have had their share of time. */
export class Pace {
  private readonly runtime: Pick<Runtime, "now" | "sleep">;
  private readonly rate: number;
  private readonly startedMs: number;
  private count = 0;

  /** `rate`: how many a second. */
  constructor(runtime: Pick<Runtime, "now" | "sleep">, rate: number) {
    this.runtime = runtime;
    this.rate = rate;
    this.startedMs = runtime.now();
  }

  async next(): Promise<void> {
    const dueMs = this.startedMs + (1_000 / this.rate) * this.count;
    this.count += 1;
    const waitMs = dueMs - this.runtime.now();
    if (waitMs > 0) {
      await this.runtime.sleep(waitMs);
    }
  }
}

/** Works on all, so many at a time. */
export async function inParallel<T>(
  all: Iterable<T>,
  atATime: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const waiting = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
