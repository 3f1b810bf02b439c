/** From which cells of a split level one request takes its units: a few guesses first, and then what a read shows. */
import type { CellTake } from "../domain/cells.ts";
import { type Level, type LevelKey, stockName } from "../domain/level.ts";
import type { HotLevel } from "./hot-levels.ts";
import type { ReservationServices } from "./services.ts";
import { ChosenUnits } from "./stock-units.ts";

/** How often a request guesses at a cell before it reads them all. */
const mostGuesses = 3;

export type CellChoice =
  /** Cells that may have the units: the write will tell. */
  | { readonly kind: "units"; readonly units: ChosenUnits }
  /** All cells together were found to have too little. */
  | { readonly kind: "short"; readonly level: Level; readonly left: number }
  | { readonly kind: "not-split" };

export class CellChooser {
  private readonly services: Pick<ReservationServices, "hotLevels" | "runtime">;
  private misses = 0;
  /** Levels that were found to be plain after contention: another look would hardly show anything else. */
  private readonly lookedAt = new Set<string>();

  constructor(services: Pick<ReservationServices, "hotLevels" | "runtime">) {
    this.services = services;
  }

  async choose(key: LevelKey, quantity: number): Promise<CellChoice> {
    const { hotLevels, runtime } = this.services;
    const hot = await hotLevels.find(key);
    if (hot === null) {
      return { kind: "not-split" };
    }
    const { level, soldOut } = hot;
    if (soldOut !== null && soldOut.untilMs > runtime.now() && soldOut.left < quantity) {
      return { kind: "short", level, left: soldOut.left };
    }
    const guess = this.misses < mostGuesses ? hotLevels.guess(hot, quantity) : null;
    if (guess !== null) {
      return { kind: "units", units: unitsOf(level, [guess]) };
    }
    const choice = await hotLevels.choose(key, quantity);
    switch (choice.kind) {
      case "takes":
        return { kind: "units", units: unitsOf(choice.level, choice.takes) };
      case "short":
        return { kind: "short", level, left: choice.left };
      case "not-split":
        return choice;
    }
  }

  /** A write did not find what it had made for. */
  noteMiss(): void {
    this.misses += 1;
  }

  /** Whether a level that was taken for a plain one is split: at most one look each; null when it is not. */
  async lookOnce(key: LevelKey): Promise<HotLevel | null> {
    const name = stockName({ ...key, cell: null });
    if (this.lookedAt.has(name)) {
      return null;
    }
    this.lookedAt.add(name);
    return await this.services.hotLevels.look(key);
  }
}

function unitsOf({ sku, locationId, generation }: Level, takes: readonly CellTake[]): ChosenUnits {
  return new ChosenUnits(
    takes.map(({ index, quantity }) => ({
      key: { sku, locationId, cell: index === 0 ? null : { generation, index } },
      quantity,
    })),
  );
}
