/** The back office: deliveries, corrections, settings, and looking at what there is. */
import { randomUUID } from "node:crypto";
import type { SeededRandom } from "../support/seeded-random.ts";
import { hotShelf, items, locations, stockedSkus } from "./assortment.ts";
import type { Caller } from "./caller.ts";
import type { Ledger } from "./ledger.ts";

/** Few enough that a split in their middle is met by every buyer. */
const hotCells = 8;
/** Of each SKU at each location: so few that all are sold out at times, and what comes back or expires is wanted. */
const openingUnits = 15;

interface AdjustmentResult {
  readonly sku: string;
  readonly status: "applied" | "refused";
  readonly delta: number;
}

export class Office {
  private readonly caller: Caller;
  private readonly ledger: Ledger;
  private readonly random: SeededRandom;

  constructor(caller: Caller, ledger: Ledger, random: SeededRandom) {
    this.caller = caller;
    this.ledger = ledger;
    this.random = random;
  }

  /** Puts the assortment on the shelves. */
  async open(): Promise<void> {
    for (const [index, locationId] of locations.entries()) {
      const body = { name: locationId, priority: index, active: true };
      await this.caller.send("putLocation", { path: { locationId }, body });
    }
    for (const [sku, item] of Object.entries(items)) {
      await this.caller.send("putItem", { path: { sku }, body: item });
    }
    for (const sku of stockedSkus) {
      for (const locationId of locations) {
        await this.adjust([{ sku, locationId, delta: openingUnits }]);
      }
    }
  }

  async splitHotShelf(isSplit: boolean): Promise<void> {
    await this.caller.send("splitLevel", { path: { ...hotShelf }, body: { cells: isSplit ? hotCells : 1 } });
  }

  /** One thing of many that an office does. */
  async work(): Promise<void> {
    const { random, caller } = this;
    const sku = random.pick(stockedSkus);
    const locationId = random.pick(locations);
    const tasks = [
      async () => this.adjust([{ sku, locationId, delta: random.integer(1, 6) }]),
      async () => this.adjust([{ sku: hotShelf.sku, locationId: hotShelf.locationId, delta: random.integer(2, 8) }]),
      // More than is free to be taken away, at times; and the other shelf loses nothing then.
      async () =>
        this.adjust(
          locations.map((each) => ({ sku, locationId: each, delta: -random.integer(1, 3) })),
          random.chance(0.5),
        ),
      async () => {
        const body = { lowStockThreshold: random.integer(0, 30) };
        await caller.send("patchLevel", { path: { sku, locationId }, body });
      },
      async () => {
        const restockAt = new Date(Date.now() + random.integer(1, 30) * 86_400_000).toISOString();
        await caller.send("putItem", { path: { sku }, body: { ...items[sku], restockAt } });
      },
      async () => {
        await caller.send("listLevels", { query: { sku } });
        await caller.send("getLevel", { path: { sku, locationId } });
      },
      async () => void (await caller.send("listMovements", { query: { sku, limit: "20" } })),
      async () => void (await caller.send("listBackorders", { query: { sku: "CHAIR" } })),
      async () => void (await caller.send("listAlerts", { query: { status: "open", limit: "50" } })),
    ];
    await random.pick(tasks)();
  }

  private async adjust(
    changes: readonly { readonly sku: string; readonly locationId: string; readonly delta: number }[],
    atomic = false,
  ): Promise<void> {
    const body = { reason: changes.every(({ delta }) => delta > 0) ? "received" : "shrinkage", atomic, changes };
    const reply = await this.caller.send("adjustStock", { body, key: randomUUID() });
    const results: readonly AdjustmentResult[] = reply.status === 200 ? reply.body.results : [];
    for (const result of results) {
      if (result.status === "applied") {
        this.ledger.noteReceived(result.sku, result.delta);
      }
    }
  }
}
