/** Invariant 6: nobody is refused for want of stock while the stock is there from the request to the answer. */
import { isPreorder, type Level } from "../../functions/domain/level.ts";
import type { Attempt } from "./clients.ts";
import type { Ledger } from "./ledger.ts";
import type { Command } from "./plan.ts";
import { longestSkewMs } from "./world/process.ts";
import type { World } from "./world/world.ts";

export class WantOfStock {
  private readonly world: World;
  private readonly ledger: Ledger;

  constructor(world: World, ledger: Ledger) {
    this.world = world;
    this.ledger = ledger;
  }

  /** Judges the refusal of one line; several may stand in each other's way. */
  judge({ operation, begunMs }: Attempt, { lines, mayBackorder }: Extract<Command, { kind: "reserve" }>): void {
    const [line, ...others] = lines;
    if (line === undefined || others.length > 0 || line.sku === "kit") {
      return;
    }
    const { sku, locationId, quantity } = line;
    if (this.wasAlwaysThere(sku, locationId, quantity, mayBackorder, begunMs)) {
      this.world.fail(
        "nobody is refused what is there",
        `operation ${operation.number} was refused ${quantity} of ${sku} at ${locationId ?? "any location"}`,
      );
    }
  }

  /** Whether at every instant since then the levels had the quantity; a split level has no single instant. */
  private wasAlwaysThere(
    sku: string,
    locationId: string | null,
    quantity: number,
    mayBackorder: boolean,
    sinceMs: number,
  ): boolean {
    const present = new Map<string, Level>();
    const isThere = (): boolean => {
      let free = 0;
      let promisable = 0;
      for (const level of present.values()) {
        const { figures, settings, cells } = level;
        // What a clock may see differently is no ground for a judgement.
        const isUnclear = isPreorder(settings, sinceMs - longestSkewMs) || cells > 0 || !settings.active;
        free += isUnclear ? 0 : Math.max(0, figures.sellable);
        promisable = Math.max(promisable, isUnclear || !mayBackorder ? 0 : figures.headroom);
      }
      return free + promisable >= quantity && (free >= quantity || promisable >= quantity - free);
    };
    let isJudging = false;
    for (const { after, atMs } of this.ledger.levelChanges) {
      if (after.sku !== sku || (locationId !== null && after.locationId !== locationId)) {
        continue;
      }
      if (atMs >= sinceMs && !isJudging) {
        isJudging = true;
        if (!isThere()) {
          return false;
        }
      }
      present.set(after.locationId, after);
      if (isJudging && !isThere()) {
        return false;
      }
    }
    return isThere();
  }
}
