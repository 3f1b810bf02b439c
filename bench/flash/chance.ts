/** Chance that repeats itself: the same seed gives the same drop. */

/** Two quantiles that a measurement gives of a latency, in milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** How many standard deviations above its median a normal variable's 99th percentile lies. */
const normalP99 = 2.326;

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const idLength = 22;

/** The generator sfc32 of PractRand (Chris Doty-Humphrey): fast, and far better than 32 bits of state would be. */
export class Chance {
  private a: number;
  private b = 0x9e3779b9;
  private c = 0x243f6a88;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    for (let round = 0; round < 12; round += 1) {
      this.next();
    }
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** The time to the next of events that come independently of each other, `ratePerSecond` of them on average. */
  untilNextMs(ratePerSecond: number): number {
    return (-Math.log(1 - this.next()) * 1_000) / ratePerSecond;
  }

  /** Log-normal with these two quantiles, as latencies are to a first approximation. */
  latencyMs({ p50, p99 }: Quantiles): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return p50 * Math.exp((normal * Math.log(p99 / p50)) / normalP99);
  }

  /** As the service's own ids look. */
  id(): string {
    let id = "";
    for (let at = 0; at < idLength; at += 1) {
      id += idAlphabet[Math.floor(this.next() * idAlphabet.length)];
    }
    return id;
  }
}
