/** The buyers of one side, who ask side by side; after each lap the store must say what they were told. */
import { type Buyer, Probe, type Side, type SkuNumber } from "./side.ts";

export interface Lap {
  readonly reservedPerSecond: number;
  /** Of each request. */
  readonly milliseconds: readonly number[];
  /** Share of one core that this process, with all buyers in it, has used. */
  readonly clientCpu: number;
}

export class Field {
  readonly side: Side;
  private readonly probes: readonly Probe[];
  private readonly buyers: readonly Buyer[];
  private turns = 0;

  private constructor(side: Side, probes: readonly Probe[], buyers: readonly Buyer[]) {
    this.side = side;
    this.probes = probes;
    this.buyers = buyers;
  }

  static async open(side: Side, count: number): Promise<Field> {
    const probes = Array.from({ length: count }, () => new Probe());
    return new Field(side, probes, await Promise.all(probes.map(async (probe) => await side.buyer(probe))));
  }

  async close(): Promise<void> {
    await Promise.all(this.buyers.map(async (buyer) => await buyer.close()));
  }

  /** For so long every buyer takes one unit after the other, each time of another SKU. There must be enough for all. */
  async lap(skus: readonly SkuNumber[], milliseconds: number): Promise<Lap> {
    return await this.audited(async () => {
      const times: number[] = [];
      const cpu = process.cpuUsage();
      const startedMs = performance.now();
      await this.all(async (buyer) => {
        while (performance.now() - startedMs < milliseconds) {
          const askedMs = performance.now();
          if (!(await buyer.reserve(this.nextOf(skus)))) {
            throw new Error(`${this.side.title}: a buyer was sent away although there was stock for all.`);
          }
          times.push(performance.now() - askedMs);
        }
      });
      const tookMs = performance.now() - startedMs;
      const { user, system } = process.cpuUsage(cpu);
      const lap = {
        reservedPerSecond: times.length / (tookMs / 1000),
        milliseconds: times,
        clientCpu: (user + system) / 1000 / tookMs,
      };
      return { value: lap, sold: times.length };
    });
  }

  /** All ask for one SKU until there is nothing left; gives how many were served. */
  async sellOut(sku: SkuNumber): Promise<number> {
    return await this.audited(async () => {
      let sold = 0;
      await this.all(async (buyer) => {
        while (await buyer.reserve(sku)) {
          sold += 1;
        }
      });
      return { value: sold, sold };
    });
  }

  /** What one reservation asks of the store; of a field with one buyer, who takes so many units. */
  async alone(sku: SkuNumber, reservations: number): Promise<Probe> {
    const [probe, buyer] = [this.probes[0], this.buyers[0]];
    if (probe === undefined || buyer === undefined || this.buyers.length > 1) {
      throw new Error("One buyer is alone.");
    }
    const before = { ...probe };
    for (let count = 0; count < reservations; count += 1) {
      await buyer.reserve(sku);
    }
    return Object.assign(new Probe(), {
      trips: (probe.trips - before.trips) / reservations,
      lockedTrips: (probe.lockedTrips - before.lockedTrips) / reservations,
      lockedMs: (probe.lockedMs - before.lockedMs) / reservations,
    });
  }

  private nextOf(skus: readonly SkuNumber[]): SkuNumber {
    // Steps that have no factor in common with any usual number of SKUs: evenly spread, and the same in every run.
    this.turns += 7_919;
    return skus[this.turns % skus.length] as SkuNumber;
  }

  private async all(run: (buyer: Buyer) => Promise<void>): Promise<void> {
    await Promise.all(this.buyers.map(run));
  }

  private async audited<T>(run: () => Promise<{ readonly value: T; readonly sold: number }>): Promise<T> {
    const before = await this.side.taken();
    const { value, sold } = await run();
    const after = await this.side.taken();
    const [units, reservations] = [after.units - before.units, after.reservations - before.reservations];
    if (units !== sold || reservations !== sold) {
      throw new Error(
        `${this.side.title}: ${sold} buyers were served, ${units} units taken, ${reservations} reservations kept.`,
      );
    }
    return value;
  }
}
