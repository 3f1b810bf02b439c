/**
 * Splitting a level into cells before a drop, and merging it afterwards. Both go in steps, each of which is one
 * transaction that moves units and neither makes nor loses any; buyers go on meanwhile. Whoever finds it half
 * done, after a crash, goes on from there with the same request.
 */
import { spread } from "../domain/cells.ts";
import { isPreorder, type Level, type LevelKey, plainChange } from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { cellKeys, creationOfCell, mergingOfCell, readCells, recordOfSplit } from "../storage/cells.ts";
import { isNotSplit, isSplitInto, stockIsFree, takesNoBackorders, versionIs } from "../storage/level-conditions.ts";
import { changeOfStock } from "../storage/level-writes.ts";
import { readLevel } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
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
  const budget = new RetryBudget(services.runtime, command.budgetEndsAtMs);
  let step: Step = { kind: "again" };
  do {
    const level = await readLevel(services.client, services.tables.inventory, command);
    if (level === null) {
      return refused({ kind: "not-found", resource: "level" });
    }
    step = command.cells === 1 ? await mergeStep(services, command, level) : await splitStep(services, command, level);
    if (step.kind === "ended") {
      return step.outcome;
    }
  } while (step.kind === "again" ? budget.allowsAnotherPlan() : await budget.nextTry());
  return contention;
}

type Step =
  | { readonly kind: "ended"; readonly outcome: Outcome<Level> }
  /** A step was made, or what it was planned from has changed. */
  | { readonly kind: "again" }
  | { readonly kind: "contended" };

function after({ kind }: WriteResult<string>): Step {
  return kind === "contended" ? { kind } : { kind: "again" };
}

async function splitStep(services: StockServices, command: SplitCommand, level: Level): Promise<Step> {
  if (level.cells === 0) {
    return await beginSplit(services, command, level);
  }
  if (level.cells !== command.cells) {
    return { kind: "ended", outcome: refused({ kind: "merge-first", level }) };
  }
  const { client, tables, runtime } = services;
  const made = new Set((await readCells(client, tables.inventory, level, level)).map(({ cell }) => cell.index));
  const missing = cellKeys(level, level.generation, level.cells).filter(({ cell }) => !made.has(cell?.index ?? 0));
  if (missing.length === 0) {
    return { kind: "ended", outcome: done(await wholeLevel(services, level)) };
  }
  const shares = spread(Math.max(0, level.figures.sellable), missing.length).slice(0, mostCellsPerStep);
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

async function mergeStep(services: StockServices, command: SplitCommand, level: Level): Promise<Step> {
  if (level.cells === 0) {
    return { kind: "ended", outcome: done(level) };
  }
  const { client, tables, runtime } = services;
  const change = plainChange("merged", command.actor, runtime.now());
  const cells = await readCells(client, tables.inventory, level, level);
  const left = cells.filter(({ isMerged }) => !isMerged).slice(0, mostCellsPerStep);
  const sum = (figure: "onHand" | "reserved"): number =>
    left.reduce((total, { figures }) => total + figures[figure], 0);
  const isLast = left.length < mostCellsPerStep;
  // A split that was broken off may be taken up again meanwhile: each of its steps is a version of the level.
  const isIncomplete = cells.length < level.cells;
  const parts: LabelledPart<string>[] = [
    {
      label: "level",
      part: changeOfStock(
        tables.inventory,
        level,
        change,
        { onHand: sum("onHand"), reserved: sum("reserved") },
        [isSplitInto(level.generation, level.cells), ...(isLast && isIncomplete ? [versionIs(level.version)] : [])],
        isLast ? { set: { cells: null } } : {},
      ),
    },
    ...left.map((cell) => ({ label: "cell", part: mergingOfCell(tables.inventory, cell, change) })),
  ];
  return after(await transact(client, runtime.newId(), parts));
}
