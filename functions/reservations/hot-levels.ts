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

/**
 * The more cells there are to read, the longer the time over which environments spread, as long as it stays bearable:
 * found by trial in the simulation of drops (`npm run bench:flash`).
 */
const spreadPerCellMs = 2;
const longestSpreadMs = 250;

export interface HotLevel {
  level: Level;
  /** Until then what was read of the level and its marker is good; null when it was only met. */
  freshUntilMs: number | null;
  /** A cell had less than was thought: perhaps the sale is over, and somebody has said so. */
  isDoubtful: boolean;
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

function isSoldOut(hot: HotLevel, nowMs: number): hot is HotLevel & { soldOut: NonNullable<HotLevel["soldOut"]> } {
  return hot.soldOut !== null && hot.soldOut.untilMs > nowMs;
}

/**
 * Takes in what the marker says. Whoever set it had read all cells: what was thought of them before is wrong, and the
 * next one who wants units after its second reads them rather than trying one after the other.
 */
function heed(hot: HotLevel, marker: SoldOut | null): void {
  hot.isDoubtful = false;
  if (marker === null || marker.generation !== hot.level.generation) {
    return;
  }
  const untilMs = marker.foundAtMs + freshForMs;
  if (hot.soldOut !== null && hot.soldOut.untilMs >= untilMs) {
    return;
  }
  hot.soldOut = { left: marker.left, untilMs };
  // No cell has more than all of them together.
  for (let index = 1; index <= hot.level.cells; index += 1) {
    hot.remainders.set(index, Math.min(hot.remainders.get(index) ?? marker.left, marker.left));
  }
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
    const isFresh = hot.freshUntilMs !== null && nowMs <= hot.freshUntilMs;
    if (isSoldOut(hot, nowMs) || (isFresh && !hot.isDoubtful)) {
      return hot;
    }
    if (isFresh || hot.soldOut?.left === 0) {
      await this.heedMarker(key, hot);
      const hasNothing = isSoldOut(hot, this.services.runtime.now()) && hot.soldOut.left === 0;
      if (isFresh || hasNothing) {
        // When nothing is taken from it, how it stands otherwise need not be known.
        return hot;
      }
    }
    return await this.look(key);
  }

  /** Reads whether the level is marked as sold out. */
  async heedMarker(key: LevelKey, hot: HotLevel): Promise<HotLevel> {
    const { client, table } = this.services;
    heed(hot, await readSoldOut(client, table, key));
    return hot;
  }

  /** Reads a level and whether it is marked as sold out; null when it is not split. */
  async look(key: LevelKey): Promise<HotLevel | null> {
    const { client, table } = this.services;
    const [level, soldOut] = await Promise.all([readLevel(client, table, key), readSoldOut(client, table, key)]);
    const hot = level === null ? null : this.learn(level);
    if (hot !== null) {
      this.noteFresh(hot);
      heed(hot, soldOut);
    }
    return hot;
  }

  /** Environments that met the level together do not all look again in the same moment. */
  private noteFresh(hot: HotLevel): void {
    const { runtime } = this.services;
    hot.freshUntilMs = runtime.now() + freshForMs * (0.5 + runtime.random() / 2);
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
      freshUntilMs: isSame ? before.freshUntilMs : null,
      isDoubtful: isSame && before.isDoubtful,
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
   * Reads all cells and chooses among them; reads them once more before it says that there is too little, and
   * then tells the others. When a drop sells out, all environments come here at once: each waits for a moment of
   * its own first, and most find that somebody has told them.
   */
  async choose(
    key: LevelKey,
    quantity: number,
  ): Promise<
    | { readonly kind: "takes"; readonly level: Level; readonly takes: readonly CellTake[] }
    | { readonly kind: "short"; readonly left: number }
    | { readonly kind: "not-split" }
  > {
    const { client, table, runtime } = this.services;
    const cells = this.known.get(nameOf(key))?.level.cells ?? 0;
    await runtime.sleep(runtime.random() * Math.min(longestSpreadMs, cells * spreadPerCellMs));
    let hot = this.known.get(nameOf(key));
    if (hot === undefined) {
      return { kind: "not-split" };
    }
    let left = 0;
    for (let reading = 0; reading < 2; reading += 1) {
      await this.heedMarker(key, hot);
      if (isSoldOut(hot, runtime.now()) && hot.soldOut.left < quantity) {
        return { kind: "short", left: hot.soldOut.left };
      }
      const read = await this.readAll(key, hot);
      if (read === null) {
        return { kind: "not-split" };
      }
      hot = read;
      const takes = takeFromCells(hot.remainders, quantity, hot.home, runtime.random);
      if (takes !== null) {
        return { kind: "takes", level: hot.level, takes };
      }
      left = [...hot.remainders.values()].reduce((sum, units) => sum + units, 0);
    }
    const foundAtMs = runtime.now();
    hot.soldOut = { left, untilMs: foundAtMs + freshForMs };
    await markSoldOut(client, table, key, { generation: hot.level.generation, left, foundAtMs });
    return { kind: "short", left };
  }

  /**
   * All cells, and after them the level itself, which is known from before: what it had more counts, so that units
   * that a split or a merge moves meanwhile are seen on one side at least, rather than on none. Null when it is not
   * split any more, or otherwise. When a drop sells out, everybody wants this of the level's own partition: so the
   * level is read once for each reading of its cells.
   */
  private async readAll(key: LevelKey, { level: before }: HotLevel): Promise<HotLevel | null> {
    const { client, table, runtime } = this.services;
    const cells = await readCells(client, table, key, before, runtime);
    const after = await readLevel(client, table, key);
    const hot = after === null ? null : this.learn(after);
    if (hot === null || hot.level.generation !== before.generation) {
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
    this.noteFresh(hot);
    return hot;
  }

  /** What a write that was refused found in a cell. */
  learnCell(key: LevelKey, { generation, index }: CellId, units: number): void {
    const hot = this.known.get(nameOf(key));
    if (hot?.level.generation === generation) {
      hot.remainders.set(index, Math.max(0, units));
      hot.isDoubtful = true;
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
