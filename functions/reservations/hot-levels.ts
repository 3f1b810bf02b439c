/**
 * What one environment remembers of split levels, so that most of its buyers need one write and no read: which
 * cell is its home, what cells held when they were seen last, and that a level is sold out. An environment of
 * Lambda serves one request at a time, so its own transactions never meet; those of others it evades.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type CellTake, guessCell, homeCell, otherCell, takeFromCells } from "../domain/cells.ts";
import type { CellId, Level, LevelKey } from "../domain/level.ts";
import type { Runtime } from "../domain/runtime.ts";
import { markSoldOut, readCells, readSoldOut, type SoldOut } from "../storage/cells.ts";
import { readLevel } from "../storage/levels.ts";

/** How old the knowledge of a split level may be, and for how long it stays sold out. */
const freshForMs = 1_000;

export interface HotLevel {
  level: Level;
  seenAtMs: number;
  home: number;
  /** By index; 0 stands for the level itself. */
  readonly remainders: Map<number, number>;
  soldOut: { readonly left: number; readonly untilMs: number } | null;
}

export interface HotLevelServices {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly runtime: Runtime;
}

function nameOf({ sku, locationId }: LevelKey): string {
  return `${sku}#${locationId}`;
}

export class HotLevels {
  private readonly services: HotLevelServices;
  /** Differs from environment to environment. */
  private readonly environmentHash: number;
  private readonly known = new Map<string, HotLevel>();

  constructor(services: HotLevelServices) {
    this.services = services;
    this.environmentHash = Math.floor(services.runtime.random() * 2 ** 32);
  }

  /** What is known of a level that was split when it was seen last, not older than a second; null for any other. */
  async find(key: LevelKey): Promise<HotLevel | null> {
    const hot = this.known.get(nameOf(key));
    if (hot === undefined) {
      return null;
    }
    const nowMs = this.services.runtime.now();
    if (nowMs - hot.seenAtMs <= freshForMs || (hot.soldOut !== null && hot.soldOut.untilMs > nowMs)) {
      return hot;
    }
    if (hot.soldOut?.left === 0 && (await this.isSoldOut(hot, 1))) {
      // Nothing is taken from it: how it stands otherwise need not be known.
      return hot;
    }
    const { client, table } = this.services;
    const [level, soldOut] = await Promise.all([readLevel(client, table, key), readSoldOut(client, table, key)]);
    const now = level === null ? null : this.learn(level);
    if (now !== null) {
      this.learnSoldOut(now, soldOut);
    }
    return now;
  }

  /** Whether somebody has found just now that less than the quantity is left. */
  private async isSoldOut(hot: HotLevel, quantity: number): Promise<boolean> {
    const { client, table, runtime } = this.services;
    this.learnSoldOut(hot, await readSoldOut(client, table, hot.level));
    return hot.soldOut !== null && hot.soldOut.untilMs > runtime.now() && hot.soldOut.left < quantity;
  }

  private learnSoldOut(hot: HotLevel, found: SoldOut | null): void {
    if (found?.generation !== hot.level.generation || found.foundAtMs + freshForMs <= this.services.runtime.now()) {
      return;
    }
    hot.soldOut = { left: found.left, untilMs: found.foundAtMs + freshForMs };
    // No cell has more than all of them together: nobody need try one to learn so.
    for (let index = 0; index <= hot.level.cells; index += 1) {
      hot.remainders.set(index, Math.min(hot.remainders.get(index) ?? found.left, found.left));
    }
  }

  /** Takes in how a level was found; null when it is not split (any more). */
  learn(level: Level): HotLevel | null {
    const name = nameOf(level);
    if (level.cells === 0) {
      this.known.delete(name);
      return null;
    }
    const before = this.known.get(name);
    const isSame = before?.level.generation === level.generation;
    const hot: HotLevel = {
      level,
      seenAtMs: this.services.runtime.now(),
      home: isSame ? before.home : homeCell(this.environmentHash, level.cells),
      remainders: isSame ? before.remainders : new Map(),
      soldOut: isSame ? before.soldOut : null,
    };
    hot.remainders.set(0, Math.max(0, level.figures.sellable));
    this.known.set(name, hot);
    return hot;
  }

  /** A cell that may have the quantity, by what is remembered. */
  guess({ level, remainders, home }: HotLevel, quantity: number): CellTake | null {
    const { random } = this.services.runtime;
    return guessCell({ count: level.cells, remainders }, quantity, home, random);
  }

  /**
   * Reads all cells and chooses among them, unless somebody else has found too little there just now; reads them
   * once more before it says so itself, and then tells the others.
   */
  async choose(
    key: LevelKey,
    quantity: number,
  ): Promise<
    | { readonly kind: "takes"; readonly takes: readonly CellTake[] }
    | { readonly kind: "short"; readonly left: number }
    | { readonly kind: "not-split" }
  > {
    const { client, table, runtime } = this.services;
    const known = this.known.get(nameOf(key));
    if (known !== undefined && (await this.isSoldOut(known, quantity))) {
      return { kind: "short", left: known.soldOut?.left ?? 0 };
    }
    let left = 0;
    for (let reading = 0; reading < 2; reading += 1) {
      const hot = await this.readAll(key);
      if (hot === null) {
        return { kind: "not-split" };
      }
      const takes = takeFromCells(hot.remainders, quantity, hot.home, runtime.random);
      if (takes !== null) {
        return { kind: "takes", takes };
      }
      left = [...hot.remainders.values()].reduce((sum, units) => sum + units, 0);
    }
    const hot = this.known.get(nameOf(key));
    if (hot !== undefined) {
      const foundAtMs = runtime.now();
      hot.soldOut = { left, untilMs: foundAtMs + freshForMs };
      await markSoldOut(client, table, key, { generation: hot.level.generation, left, foundAtMs });
    }
    return { kind: "short", left };
  }

  /**
   * All cells and the level itself. The level is read before the cells and after them, and what it had more counts:
   * units that a split or a merge moves meanwhile are seen on one side at least, rather than on none.
   */
  private async readAll(key: LevelKey): Promise<HotLevel | null> {
    const { client, table } = this.services;
    const before = await readLevel(client, table, key);
    const cells = before === null || before.cells === 0 ? [] : await readCells(client, table, key, before);
    const after = await readLevel(client, table, key);
    const hot = after === null ? null : this.learn(after);
    if (before === null || hot?.level.generation !== before.generation || before.cells === 0) {
      return null;
    }
    // A cell that the split has not made yet has nothing.
    for (let index = 1; index <= hot.level.cells; index += 1) {
      hot.remainders.set(index, 0);
    }
    for (const { cell, figures, isMerged } of cells) {
      hot.remainders.set(cell.index, isMerged ? 0 : Math.max(0, figures.sellable));
    }
    hot.remainders.set(0, Math.max(0, before.figures.sellable, hot.level.figures.sellable));
    return hot;
  }

  /** What a write found in a cell, or left in it. */
  learnCell(key: LevelKey, { generation, index }: CellId, units: number): void {
    const hot = this.known.get(nameOf(key));
    if (hot?.level.generation === generation) {
      hot.remainders.set(index, Math.max(0, units));
    }
  }

  /** Units were taken from a cell, or from the level itself while it is split. */
  learnTaken(key: LevelKey, index: number, quantity: number): void {
    const remainders = this.known.get(nameOf(key))?.remainders;
    const before = remainders?.get(index);
    if (before !== undefined) {
      remainders?.set(index, Math.max(0, before - quantity));
    }
  }

  /** The home cell is somebody else's, too: the environment moves to another one. */
  leaveHome(key: LevelKey, { index }: CellId): void {
    const hot = this.known.get(nameOf(key));
    if (hot?.home === index) {
      hot.home = otherCell(hot.home, hot.level.cells, this.services.runtime.random());
    }
  }
}
