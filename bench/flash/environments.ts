/**
 * Environments of one Lambda function: each serves one request at a time. A pool stands ready (provisioned
 * concurrency); more are started when all are busy, as fast as Lambda allows.
 */
import { coldStartMs, environmentsPer10Seconds } from "./assumptions.ts";
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface PoolSize {
  /** Started before the first request comes. */
  readonly ready: number;
  /** The function's concurrency: with so many busy, a request is turned away with 429. */
  readonly most: number;
}

export class Environments<E> {
  private readonly time: VirtualTime;
  private readonly chance: Chance;
  private readonly size: PoolSize;
  private readonly start: () => E;
  private readonly idle: E[] = [];
  private started: number;
  private mayStart = environmentsPer10Seconds;
  private asOfMs: number;

  constructor(time: VirtualTime, chance: Chance, size: PoolSize, start: () => E) {
    this.time = time;
    this.chance = chance;
    this.size = size;
    this.start = start;
    this.started = size.ready;
    this.asOfMs = time.now();
    for (let each = 0; each < size.ready; each += 1) {
      this.idle.push(start());
    }
  }

  /** How many there are by now. */
  get count(): number {
    return this.started;
  }

  /** An environment for one request, any of the idle ones or else a new one after its start; null for none. */
  async take(): Promise<E | null> {
    const { chance, idle } = this;
    if (idle.length > 0) {
      const at = Math.floor(chance.next() * idle.length);
      const taken = idle[at] as E;
      idle[at] = idle.at(-1) as E;
      idle.pop();
      return taken;
    }
    const nowMs = this.time.now();
    const refilled = ((nowMs - this.asOfMs) * environmentsPer10Seconds) / 10_000;
    this.mayStart = Math.min(environmentsPer10Seconds, this.mayStart + refilled);
    this.asOfMs = nowMs;
    if (this.started >= this.size.most || this.mayStart < 1) {
      return null;
    }
    this.mayStart -= 1;
    this.started += 1;
    await this.time.sleep(chance.latencyMs(coldStartMs));
    return this.start();
  }

  giveBack(environment: E): void {
    this.idle.push(environment);
  }
}
