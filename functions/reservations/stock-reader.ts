/** What one request comes to know of the stock: by reading it, and by what its writes met. */
import type { CellId, Level, LevelKey, StockKey } from "../domain/level.ts";
import type { RequestedLine } from "../domain/line.ts";
import { readSku } from "../storage/levels.ts";
import type { ChangeLabel } from "../storage/reservation-change.ts";
import { readSummaries } from "../storage/summaries.ts";
import type { LabelledPart } from "../storage/transaction.ts";
import { type CellChoice, CellChooser } from "./cell-chooser.ts";
import type { HotLevel } from "./hot-levels.ts";
import type { ReservationServices } from "./services.ts";
import { StockPicture } from "./stock-picture.ts";

export class StockReader {
  /** All that is known so far. */
  readonly picture: StockPicture;
  readonly cells: CellChooser;
  /** When the request began to know anything. */
  readonly nowMs: number;
  private readonly services: ReservationServices;
  private readonly wished: readonly RequestedLine[];

  private constructor(
    services: ReservationServices,
    wished: readonly RequestedLine[],
    picture: StockPicture,
    nowMs: number,
  ) {
    this.services = services;
    this.wished = wished;
    this.picture = picture;
    this.nowMs = nowMs;
    this.cells = new CellChooser(services);
  }

  /** Lines that name their location need no reading at all; the others begin with the summaries, in one call. */
  static async begin(services: ReservationServices, wished: readonly RequestedLine[]): Promise<StockReader> {
    const { client, tables, locations, runtime } = services;
    const skus = [...new Set(wished.filter(({ locationId }) => locationId === null).map(({ sku }) => sku))];
    const [directory, summaries] = await Promise.all([
      locations.current(),
      skus.length === 0 ? new Map<string, never>() : readSummaries(client, tables.views, skus),
    ]);
    const nowMs = runtime.now();
    const picture = new StockPicture(directory, nowMs);
    if (summaries.size > 0) {
      for (const summary of summaries.values()) {
        picture.learnSummary(summary);
      }
      picture.learnLocations(await locations.including(picture.locationIds()));
    }
    for (const { sku, locationId } of wished) {
      if (locationId !== null) {
        picture.learnNamed({ sku, locationId });
      }
    }
    const reader = new StockReader(services, wished, picture, nowMs);
    await reader.recallHotLevels();
    return reader;
  }

  /** Split levels that this environment has met are not taken for plain ones again. */
  private async recallHotLevels(): Promise<void> {
    const named = this.wished.flatMap(({ sku, locationId }) => (locationId === null ? [] : [{ sku, locationId }]));
    const summarised = [...this.picture.known()].flatMap(([sku, levels]) =>
      levels.map(({ locationId }) => ({ sku, locationId })),
    );
    for (const key of [...named, ...summarised]) {
      const hot = await this.services.hotLevels.find(key);
      if (hot !== null) {
        this.learnHot(hot);
      }
    }
  }

  private learnHot({ level, soldOut }: HotLevel): void {
    this.picture.learnRefusal(level);
    if (soldOut !== null && soldOut.untilMs > this.services.runtime.now()) {
      this.picture.learnSplit(level, soldOut.left, true);
    }
  }

  /** Reads SKUs as they are now, with their items and all of their levels. */
  async read(skus: readonly string[]): Promise<void> {
    const { client, tables, locations } = this.services;
    const found = await Promise.all(
      skus.map(async (sku) => [sku, await readSku(client, tables.inventory, sku)] as const),
    );
    const named = this.wished.flatMap(({ locationId }) => (locationId === null ? [] : [locationId]));
    const places = found.flatMap(([, { levels }]) => levels.map(({ locationId }) => locationId));
    this.picture.learnLocations(await locations.including([...places, ...named]));
    for (const [sku, { item, levels }] of found) {
      this.picture.learnSku(sku, item, levels, named);
      for (const level of levels) {
        const hot = this.services.hotLevels.learn(level);
        if (hot !== null) {
          this.learnHot(hot);
        }
      }
    }
  }

  /** The other split levels of a SKU are looked at together: one after the other, many of them would take too long. */
  async countElsewhere(sku: string, quantity: number): Promise<void> {
    const choices = await Promise.all(
      this.picture.uncountedLevels(sku).map(async (key) => ({ key, choice: await this.cells.choose(key, quantity) })),
    );
    for (const { key, choice } of choices) {
      await this.learnShortage(key, choice);
    }
  }

  /** What looking for cells has shown. */
  async learnShortage(key: LevelKey, choice: CellChoice): Promise<void> {
    switch (choice.kind) {
      case "units":
        return;
      case "short":
        this.picture.learnSplit(choice.level, choice.left, true);
        return;
      case "not-split":
        await this.read([key.sku]);
        return;
    }
  }

  // What a write has taught.

  /** What was known before the refused write proves nothing after it. */
  beginLearning(): void {
    this.picture.forgetProofs();
  }

  learnMissing(key: LevelKey): void {
    this.picture.learnMissing(key);
  }

  learnLevel(level: Level): void {
    this.picture.learnRefusal(level);
    const hot = this.services.hotLevels.learn(level);
    if (hot !== null) {
      this.cells.noteMiss();
      this.learnHot(hot);
    }
  }

  learnCell(key: StockKey, cell: CellId, units: number): void {
    this.cells.noteMiss();
    this.services.hotLevels.learnCell(key, cell, units);
  }

  /**
   * Makes for other cells after contention, or for the cells of a level that was taken for a plain one: at the begin
   * of a drop nobody has met it yet, and a read tells what the write did not come to. False when there is nowhere
   * else to make for.
   */
  async evade(contended: readonly ChangeLabel[]): Promise<boolean> {
    let evaded = false;
    for (const label of contended) {
      if (label.kind !== "stock") {
        continue;
      }
      const { key } = label.effect;
      if (key.cell !== null) {
        this.services.hotLevels.leaveHome(key, key.cell);
        evaded = true;
      } else if (!this.picture.isSplit(key)) {
        const hot = await this.cells.lookOnce(key);
        if (hot !== null) {
          this.learnHot(hot);
          evaded = true;
        }
      }
    }
    return evaded;
  }

  learnTaken(parts: readonly LabelledPart<ChangeLabel>[]): void {
    for (const { label } of parts) {
      if (label.kind === "stock" && label.effect.allocated > 0) {
        this.services.hotLevels.learnTaken(label.effect.key, label.effect.key.cell?.index ?? 0, label.effect.allocated);
      }
    }
  }
}
