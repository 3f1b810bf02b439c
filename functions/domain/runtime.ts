/** Time, chance and ids, handed in so that no rule reads them by itself. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A fresh id of 22 characters of `A–Z a–z 0–9 _ -`, with 128 random bits. */
  newId(): string;
}
