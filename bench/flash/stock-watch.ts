/** What an all-seeing observer knows of the units that are free: the judge of every refusal. */
import type { Attributes } from "../expressions/values.ts";
import type { VirtualTime } from "./virtual-time.ts";

export class StockWatch {
  private readonly time: VirtualTime;
  private readonly wanted: number;
  private free = 0;
  private isWatching = false;
  /** The latest time at which less was free than a buyer wants; null for never. */
  private shortUntilMs: number | null = null;
  private shortSinceMs: number | null = null;

  /** `wanted`: units that every buyer asks for. */
  constructor(time: VirtualTime, wanted: number) {
    this.time = time;
    this.wanted = wanted;
  }

  /** Levels and cells are the items with sellable units, and so is the level of the plain way. */
  note(before: Attributes | undefined, after: Attributes): void {
    this.free += unitsIn(after) - unitsIn(before);
    if (!this.isWatching) {
      return;
    }
    if (this.free < this.wanted) {
      this.shortSinceMs ??= this.time.now();
      this.shortUntilMs = Number.POSITIVE_INFINITY;
    } else if (this.shortUntilMs === Number.POSITIVE_INFINITY) {
      this.shortUntilMs = this.time.now();
    }
  }

  /** From now on, shortages count: the stock has been put in its place. */
  begin(): void {
    this.isWatching = true;
  }

  get freeUnits(): number {
    return this.free;
  }

  /** When too little was left for the first time. */
  get soldOutAtMs(): number | null {
    return this.shortSinceMs;
  }

  /** Whether at some time since then less was free than a buyer wants. */
  wasShortSince(sinceMs: number): boolean {
    return this.shortUntilMs !== null && this.shortUntilMs >= sinceMs;
  }
}

function unitsIn(item: Attributes | undefined): number {
  const units = item?.["sellable"] ?? item?.["available"];
  return typeof units === "number" ? units : 0;
}
