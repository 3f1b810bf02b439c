/**
 * Invariant 6: nobody is refused for want of stock, or put off, while the stock is there from the request to the answer.
 */
import { isPreorder, type Level } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import type { Attempt } from "./clients.ts";
import type { Ledger } from "./ledger.ts";
import type { LocationsInUse } from "./locations-in-use.ts";
import type { Command } from "./operation.ts";
import { type SoldOutRules, soldOutForMs } from "./sold-out.ts";
import { longestSkewMs } from "./world/process.ts";
import type { World } from "./world/world.ts";

export class WantOfStock {
  private readonly world: World;
  private readonly ledger: Ledger;

  private readonly locations: LocationsInUse;
  private readonly soldOut: SoldOutRules;

  constructor(world: World, ledger: Ledger, locations: LocationsInUse, soldOut: SoldOutRules) {
    this.world = world;
    this.ledger = ledger;
    this.locations = locations;
    this.soldOut = soldOut;
  }

  /** Judges the refusal of one line; several may stand in each other's way. */
  judge({ operation, begunMs }: Attempt, { lines, mayBackorder }: Extract<Command, { kind: "reserve" }>): void {
    const [line, ...others] = lines;
    if (line === undefined || others.length > 0 || line.sku === "kit") {
      return;
    }
    const { sku, locationId, quantity } = line;
    const home = this.homeOf(sku);
    if ((locationId ?? home) === home && this.wasAlwaysSplit(sku, begunMs - soldOutForMs)) {
      // A split level has no single instant: what counts is what somebody has read.
      if (!this.soldOut.wasFound({ sku, locationId: home }, quantity, begunMs - soldOutForMs)) {
        this.world.fail(
          "nobody is refused what is there",
          `operation ${operation.number} was refused ${quantity} of ${sku}, which nobody found sold out`,
        );
      }
      return;
    }
    if (this.wasAlwaysThere(sku, locationId, quantity, mayBackorder, begunMs)) {
      this.world.fail(
        "nobody is refused what is there",
        `operation ${operation.number} was refused ${quantity} of ${sku} at ${locationId ?? "any location"}`,
      );
    }
  }

  /** Judges what was promised beyond the stock to who did not mind where it comes from. */
  judgePromise(
    { operation, begunMs }: Attempt,
    { lines }: Extract<Command, { kind: "reserve" }>,
    made: Reservation,
  ): void {
    const [line, ...others] = lines;
    const isOwed = made.lines.some(({ legs }) => legs.some(({ backordered }) => backordered > 0));
    if (line === undefined || others.length > 0 || line.locationId !== null || !isOwed) {
      return;
    }
    if (this.wasAlwaysThere(line.sku, null, line.quantity, false, begunMs)) {
      this.world.fail(
        "nobody waits for what is there",
        `operation ${operation.number} was promised ${line.quantity} of ${line.sku} beyond the stock`,
      );
    }
  }

  /** Whether the SKU has one level, and that has been split since then in one and the same way. */
  private wasAlwaysSplit(sku: string, sinceMs: number): boolean {
    const changes = this.ledger.levelChanges.filter(({ after }) => after.sku === sku);
    const first = changes[0]?.after;
    const before = changes.findLast(({ atMs }) => atMs < sinceMs)?.after;
    const since = changes.filter(({ atMs }) => atMs >= sinceMs).map(({ after }) => after);
    const isSplit = ({ cells, generation, settings }: Level): boolean =>
      cells > 0 && generation === before?.generation && settings.active;
    return (
      before !== undefined &&
      changes.every(({ after }) => after.locationId === first?.locationId) &&
      [before, ...since].every(isSplit) &&
      this.locations.isInUse(before.locationId, sinceMs)
    );
  }

  private homeOf(sku: string): string {
    return this.ledger.levelChanges.find(({ after }) => after.sku === sku)?.after.locationId ?? "";
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
        const isUnclear =
          isPreorder(settings, sinceMs - longestSkewMs) ||
          cells > 0 ||
          !settings.active ||
          !this.locations.isInUse(level.locationId, sinceMs);
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
