/**
 * Splitting a level into cells before a drop, and merging it afterwards. Both go in steps, each of which is one
 * transaction that moves units and neither makes nor loses any; buyers go on meanwhile. Whoever finds it half
 * done, after a crash, goes on from there with the same request.
 */
import { spread } from "../domain/cells.ts";
import { type Cell, isPreorder, type Level, type LevelKey, plainChange } from "../domain/level.ts";
import type { ContentionReason } from "../domain/observation.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import {
  cellKeys,
  creationOfCell,
  mergedRetentionSeconds,
  mergingOfCell,
  parseCell,
  readCells,
  readSplits,
  recordOfSplit,
} from "../storage/cells.ts";
import { isNotSplit, isSplitInto, stockIsFree, takesNoBackorders, versionIs } from "../storage/level-conditions.ts";
import { changeOfStock } from "../storage/level-writes.ts";
import { readLevel } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { type LabelledPart, transact, type WriteResult } from "../storage/transaction.ts";
import { wholeLevel } from "./read-levels.ts";
import type { StockServices } from "./services.ts";

export interface SplitCommand extends LevelKey {
  /** 1 for a whole level. */
  readonly cells: number;
  readonly actor: string;
  readonly budgetEndsAtMs: number;
}

/** One transaction holds 100 actions: this many cells, the level, and room to spare. */
const mostCellsPerStep = 90;

/** Brings a level to so many cells. A level that is split otherwise must be merged first. */
export async function splitLevel(services: StockServices, command: SplitCommand): Promise<Outcome<Level>> {
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  return command.cells === 1 ? await merge(services, command, budget) : await split(services, command, budget);
}

/** A step that buyers were faster than is followed by one that leaves more of the units for them, on the level. */
async function split(services: StockServices, command: SplitCommand, budget: RetryBudget): Promise<Outcome<Level>> {
  let step: Step = { kind: "made" };
  let leftForBuyers = 0;
  do {
    const level = await readLevel(services.client, services.tables.inventory, command);
    if (level === null) {
      return levelNotFound;
    }
    step = await splitStep(services, command, level, leftForBuyers);
    if (step.kind === "ended") {
      return step.outcome;
    }
    leftForBuyers = step.kind === "made" ? 0 : Math.max(1, 2 * leftForBuyers);
  } while (step.kind === "contended" ? await budget.nextTry(step.reason) : budget.allowsAnotherPlan());
  return contention;
}

const levelNotFound = refused({ kind: "not-found", resource: "level" });

type Step =
  | { readonly kind: "ended"; readonly outcome: Outcome<Level> }
  | { readonly kind: "made" }
  /** What the step was planned from has changed. */
  | { readonly kind: "outrun" }
  | { readonly kind: "contended"; readonly reason: ContentionReason };

function after(written: WriteResult<string>): Step {
  switch (written.kind) {
    case "written":
      return { kind: "made" };
    case "condition-failed":
      return { kind: "outrun" };
    case "contended":
      return { kind: "contended", reason: written.reason };
  }
}

async function splitStep(
  services: StockServices,
  command: SplitCommand,
  level: Level,
  leftForBuyers: number,
): Promise<Step> {
  if (level.cells === 0) {
    return await beginSplit(services, command, level);
  }
  if (level.cells !== command.cells) {
    return { kind: "ended", outcome: refused({ kind: "merge-first", level }) };
  }
  const { client, tables, runtime } = services;
  const cells = await readCells(client, tables.inventory, level, level);
  const isHalfMerged = cells.some(({ isMerged }) => isMerged);
  if (isHalfMerged || (cells.length < level.cells && (await isOldSplit(services, level)))) {
    // A merge was broken off, or is going on: what is left of the split is not what was asked for.
    const now = await readLevel(client, tables.inventory, level);
    const isWhole = now === null || now.cells === 0 || now.generation !== level.generation;
    return isWhole ? { kind: "outrun" } : { kind: "ended", outcome: refused({ kind: "merge-first", level }) };
  }
  const made = new Set(cells.map(({ cell }) => cell.index));
  const missing = cellKeys(level, level.generation, level.cells).filter(({ cell }) => !made.has(cell?.index ?? 0));
  if (missing.length === 0) {
    return { kind: "ended", outcome: done(await wholeLevel(services, level)) };
  }
  const free = Math.max(0, level.figures.sellable - leftForBuyers);
  const shares = spread(free, missing.length).slice(0, mostCellsPerStep);
  const moved = shares.reduce((sum, share) => sum + share, 0);
  const change = plainChange("split", command.actor, runtime.now());
  const isAsSeen = [isSplitInto(level.generation, level.cells), ...(moved > 0 ? [stockIsFree(moved)] : [])];
  const parts: LabelledPart<string>[] = [
    { label: "level", part: changeOfStock(tables.inventory, level, change, { onHand: -moved }, isAsSeen) },
    ...shares.map((share, index) => {
      const key = missing[index] ?? level;
      return { label: "cell", part: creationOfCell(tables.inventory, key, share, change) };
    }),
  ];
  return after(await transact(client, runtime.newId(), parts));
}

/**
 * What is missing of a split was not made yet, or was merged and has been deleted since. A cell that was merged must not
 * be made again: there are movements of it, and reservations that take it for merged.
 */
async function isOldSplit({ client, tables, runtime }: StockServices, level: Level): Promise<boolean> {
  const splits = await readSplits(client, tables.inventory, level);
  const present = splits.find(({ generation }) => generation === level.generation);
  return present !== undefined && runtime.now() - present.atMs >= mergedRetentionSeconds * 1000;
}

/** The level says that it is split before any cell is made: buyers who meet it then look for cells. */
async function beginSplit(
  { client, tables, runtime }: StockServices,
  command: SplitCommand,
  level: Level,
): Promise<Step> {
  const atMs = runtime.now();
  const mayBackorder = level.figures.headroom > 0 || level.figures.backordered > 0;
  if (mayBackorder || isPreorder(level.settings, atMs)) {
    return { kind: "ended", outcome: refused({ kind: "cells-and-backorders", level }) };
  }
  const change = plainChange("split", command.actor, atMs);
  const generation = level.generation + 1;
  const written = await transact(client, runtime.newId(), [
    {
      label: "level",
      part: changeOfStock(tables.inventory, level, change, {}, [isNotSplit, takesNoBackorders], {
        set: { generation, cells: command.cells },
      }),
    },
    { label: "record", part: recordOfSplit(tables.inventory, level, { generation, cells: command.cells, atMs }) },
  ]);
  return after(written);
}

/** What a merge knows of a split level. */
interface Merging {
  readonly level: Level;
  /** A split that was broken off may be taken up again meanwhile. */
  readonly mayGetCells: boolean;
  /** The cells that are to be merged, each as it was seen last; those seen latest come first. */
  readonly left: readonly Cell[];
}

/**
 * Gives the units of the cells back to the level. A cell is taken only as it was seen last, and buyers go on
 * meanwhile: what has changed comes back with the refusal, and the next step takes fewer cells upon itself, of
 * those that were seen just now.
 */
async function merge(services: StockServices, command: SplitCommand, budget: RetryBudget): Promise<Outcome<Level>> {
  const { client, runtime } = services;
  let merging: Merging | null = null;
  let mostCells = mostCellsPerStep;
  for (;;) {
    if (merging === null) {
      const level = await readLevel(client, services.tables.inventory, command);
      if (level === null || level.cells === 0) {
        return level === null ? levelNotFound : done(level);
      }
      merging = await beginMerge(services, level);
    }
    const step = merging.left.slice(0, mostCells);
    const written = await transact(client, runtime.newId(), mergeParts(services, command, merging, step));
    if (written.kind === "written") {
      const left = merging.left.slice(step.length);
      if (left.length > 0 && !budget.allowsAnotherPlan()) {
        return contention;
      }
      merging = left.length === 0 ? null : { ...merging, left };
      mostCells = Math.min(2 * mostCells, mostCellsPerStep);
      continue;
    }
    mostCells = Math.max(1, mostCells >> 1);
    if (written.kind === "contended" ? !(await budget.nextTry(written.reason)) : !budget.allowsAnotherPlan()) {
      return contention;
    }
    if (written.kind === "condition-failed") {
      const seen = seenAgain(step, written.failed);
      merging = seen === null ? null : { ...merging, left: [...seen, ...merging.left.slice(step.length)] };
    }
  }
}

async function beginMerge({ client, tables }: StockServices, level: Level): Promise<Merging> {
  const cells = await readCells(client, tables.inventory, level, level);
  return { level, mayGetCells: cells.length < level.cells, left: cells.filter(({ isMerged }) => !isMerged) };
}

type MergeLabel = "level" | Cell;

/** The step that merges the last cells makes the level whole. */
function mergeParts(
  { tables, runtime }: StockServices,
  { actor }: SplitCommand,
  { level, mayGetCells, left }: Merging,
  step: readonly Cell[],
): readonly LabelledPart<MergeLabel>[] {
  const change = plainChange("merged", actor, runtime.now());
  const sum = (figure: "onHand" | "reserved"): number =>
    step.reduce((total, { figures }) => total + figures[figure], 0);
  const isLast = step.length === left.length;
  return [
    {
      label: "level",
      part: changeOfStock(
        tables.inventory,
        level,
        change,
        { onHand: sum("onHand"), reserved: sum("reserved") },
        [
          isSplitInto(level.generation, level.cells),
          // Each step of a split is a version of the level.
          ...(isLast && mayGetCells ? [versionIs(level.version)] : []),
        ],
        isLast ? { set: { cells: null } } : {},
      ),
    },
    ...step.map((cell) => ({ label: cell, part: mergingOfCell(tables.inventory, cell, change) })),
  ];
}

/**
 * The cells of a refused step, the unchanged ones first and the others as the refusal met them; null when the level
 * must be looked at anew.
 */
function seenAgain(
  step: readonly Cell[],
  failed: ReadonlyMap<MergeLabel, StoredItem | undefined>,
): readonly Cell[] | null {
  if (failed.has("level")) {
    return null;
  }
  const changed = [...failed].flatMap(([label, image]) =>
    label === "level" || image === undefined ? [] : [parseCell(label, image)],
  );
  return [...step.filter((cell) => !failed.has(cell)), ...changed.filter(({ isMerged }) => !isMerged)];
}
