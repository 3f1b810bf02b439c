/** What must hold in every write of a level or a cell that takes stock, or moves it: invariants 1 and 3. */
import {
  brokenFigures,
  isPreorder,
  type Level,
  type MovementType,
  type StockRecord,
  stockName,
} from "../../functions/domain/level.ts";
import { longestSkewMs } from "./world/process.ts";
import type { World } from "./world/world.ts";

/** A buyer is promised something with these. */
const promises: ReadonlySet<MovementType> = new Set(["reserved", "backordered", "reacquired"]);

export class TakingRules {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  judge(was: StockRecord | null, is: StockRecord): void {
    const broken = brokenFigures(is.figures);
    if (broken.length > 0) {
      this.fail(is, "figures add up", `${broken.join(", ")}: ${JSON.stringify(is.figures)}`);
    }
    if (is.version !== (was?.version ?? 0) + 1) {
      this.fail(is, "versions are dense", `it comes after ${was?.version ?? 0}`);
    }
    const { type } = is.lastChange;
    if (is.cell === null && is.cells > 0 && is.figures.backordered > 0) {
      this.fail(is, "a split level has no queue", `${is.figures.backordered} units are owed`);
    }
    if (type === "merged" || type === "split") {
      return;
    }
    const taken = is.figures.reserved - (was?.figures.reserved ?? 0);
    const promised = is.figures.backordered - (was?.figures.backordered ?? 0);
    this.judgeStock(was, is, taken, promised);
    if (was !== null && was.cell === null && promises.has(type) && (taken > 0 || promised > 0)) {
      this.judgePromise(was, taken, promised);
    }
  }

  /** The stock, or the headroom, was there in the very write that took it. */
  private judgeStock(was: StockRecord | null, is: StockRecord, taken: number, promised: number): void {
    const { type } = is.lastChange;
    const had = type === "allocated" ? (was?.figures.available ?? 0) : (was?.figures.sellable ?? 0);
    if (taken > 0 && taken > had) {
      this.fail(is, "stock is there when it is taken", `${taken} were taken of ${had}`);
    }
    if (promised > 0 && is.figures.headroom < 0) {
      this.fail(is, "stock is there when it is taken", `${promised} were promised too many`);
    }
    if (taken > 0 && is.cell === null && isPreorder(is.settings, this.world.nowMs + longestSkewMs)) {
      this.fail(
        is,
        "a preorder is not served before its day",
        `${taken} were taken before ${is.settings.availableFrom}`,
      );
    }
    const isWorse = is.figures.available < Math.min(0, was?.figures.available ?? 0);
    if (isWorse && type !== "adjusted" && type !== "moved") {
      this.fail(is, "nothing is oversold", `${type} leaves ${is.figures.available} available`);
    }
  }

  private judgePromise(was: Level, taken: number, promised: number): void {
    const { active, availableFrom } = was.settings;
    if (!active) {
      this.fail(was, "an archived item takes no new reservations", `${taken} and ${promised} beyond the stock`);
    }
    // A plan that was made before the day of a preorder may be written behind it.
    if (promised > 0 && availableFrom === null && Math.max(0, taken) + promised <= was.figures.sellable) {
      this.fail(was, "nobody waits for what is there", `${promised} were promised beside ${was.figures.sellable}`);
    }
  }

  private fail(record: StockRecord, promise: string, detail: string): void {
    this.world.fail(promise, `${stockName(record)} v${record.version}: ${detail}`);
  }
}
