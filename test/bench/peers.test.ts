import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Field } from "../../bench/peers/field.ts";
import { type LineUp, lineUp } from "../../bench/peers/line-up.ts";
import { Probe, type Side, type Taken } from "../../bench/peers/side.ts";

/** A store in memory that reads, waits, and writes what it reckoned from the old figure. */
function forgetful(): Side {
  const stock = { left: 0, taken: 0 };
  return {
    title: "read, then write",
    lock: "none",
    stock: async (_skus, units) => {
      stock.left = units;
      return [0];
    },
    buyer: async () => ({
      reserve: async () => {
        const seen = { ...stock };
        await Promise.resolve();
        if (seen.left < 1) {
          return false;
        }
        Object.assign(stock, { left: seen.left - 1, taken: seen.taken + 1 });
        return true;
      },
      close: async () => undefined,
    }),
    taken: async (): Promise<Taken> => ({ units: stock.taken, reservations: stock.taken }),
  };
}

describe("the comparison with other ways", () => {
  it("does not believe a side that sells a unit twice", async () => {
    const side = forgetful();
    const [sku] = await side.stock(1, 5);
    const field = await Field.open(side, 2);
    await expect(field.sellOut(sku as number)).rejects.toThrow(/buyers were served, 5 units taken/);
  });

  it("takes the time of a lock from the call that brings it to the one that ends it", async () => {
    const probe = new Probe();
    const call = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 10));
    await probe.trip(call);
    await probe.lockingTrip(call);
    await probe.trip(call);
    await probe.unlockingTrip(call);
    await probe.trip(call);
    expect(probe).toMatchObject({ trips: 5, lockedTrips: 2 });
    expect(probe.lockedMs).toBeGreaterThanOrEqual(19);
  });
});

describe("each way of reserving", () => {
  let all: LineUp;
  beforeAll(async () => {
    all = await lineUp();
  });
  afterAll(async () => {
    await all.stop();
  });

  it("sells the last units exactly, in the engines that this machine has", async () => {
    for (const line of all.leftOut) {
      console.warn(line);
    }
    const sold: Record<string, number> = {};
    for (const side of all.sides) {
      const [sku] = await side.stock(1, 10);
      const field = await Field.open(side, 4);
      sold[side.title] = await field.sellOut(sku as number);
      await field.close();
    }
    expect(sold).toEqual(Object.fromEntries(all.sides.map(({ title }) => [title, 10])));
  });
});
