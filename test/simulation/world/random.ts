/** Chance that is the same every time: streams of numbers that are named, so that one can change without the others. */

/** FNV-1a, 32 bits. */
function hash(text: string, seed: number): number {
  let state = (2_166_136_261 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 16_777_619) >>> 0;
  }
  return state;
}

/** Mulberry32: one number of state, and good enough for drawing faults and delays. */
export class Random {
  private readonly seed: number;
  private state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  /** A stream of its own; the same name gives the same stream, whatever was drawn before. */
  named(name: string): Random {
    return new Random(hash(name, this.seed));
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them, all equally likely. */
  pick<T>(values: readonly T[]): T {
    const picked = values[Math.floor(this.next() * values.length)];
    if (picked === undefined) {
      throw new Error("There is nothing to pick from.");
    }
    return picked;
  }

  /** One of them, by weight. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T {
    let mark = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      mark -= weight;
      if (mark < 0) {
        return value;
      }
    }
    throw new Error("There is nothing to pick from.");
  }
}
