/** What the race needs of each way of reserving stock. */

/** One SKU of the race: its number, from 0. */
export type SkuNumber = number;

/** What a store says of itself. */
export interface Taken {
  /** Units that the stock says are taken. */
  readonly units: number;
  /** Reservations that are kept. */
  readonly reservations: number;
}

/** Someone with a connection of his own, who takes one unit after the other. */
export interface Buyer {
  /** False when there is none left; throws when anything else is in the way. */
  reserve(sku: SkuNumber): Promise<boolean>;
  close(): Promise<void>;
}

/** One way of reserving stock, with a server of its own or as a guest of one. */
export interface Side {
  readonly title: string;
  /** What stands between a buyer and the next one who wants the same SKU. */
  readonly lock: string;
  /** Puts SKUs on the shelf, each with as many units, beside what is there; gives the numbers of the new ones. */
  stock(skus: number, unitsEach: number): Promise<readonly SkuNumber[]>;
  /** The probe sees each round trip of this buyer. */
  buyer(probe: Probe): Promise<Buyer>;
  taken(): Promise<Taken>;
}

/** Counts a buyer's round trips, and takes the time for which others had to wait for him. */
export class Probe {
  trips = 0;
  /** Round trips that the buyer makes while he holds a lock, so that others wait for the network as well. */
  lockedTrips = 0;
  lockedMs = 0;
  private lockedSinceMs: number | null = null;

  async trip<T>(run: () => Promise<T>): Promise<T> {
    this.trips += 1;
    if (this.lockedSinceMs !== null) {
      this.lockedTrips += 1;
    }
    return await run();
  }

  /** A round trip that locks the stock: it is taken as locked from the moment at which the buyer knows of it. */
  async lockingTrip<T>(run: () => Promise<T>): Promise<T> {
    const result = await this.trip(run);
    this.lockedSinceMs = performance.now();
    return result;
  }

  /** A round trip that unlocks it: it is taken as locked until the buyer knows that it is not. */
  async unlockingTrip<T>(run: () => Promise<T>): Promise<T> {
    const result = await this.trip(run);
    if (this.lockedSinceMs !== null) {
      this.lockedMs += performance.now() - this.lockedSinceMs;
      this.lockedSinceMs = null;
    }
    return result;
  }

  /** A round trip in which the server locks, decides and unlocks: no longer than the whole trip. */
  async lockedTrip<T>(run: () => Promise<T>): Promise<T> {
    const sinceMs = performance.now();
    try {
      return await this.trip(run);
    } finally {
      this.lockedMs += performance.now() - sinceMs;
    }
  }
}
