/** A movement is one change of one level, as the audit trail records it. */
import {
  differences,
  type FigureDeltas,
  type Figures,
  figureNames,
  type LastChange,
  type Level,
  type StockKey,
  type StockRecord,
} from "./level.ts";

export interface Movement extends StockKey, LastChange {
  /** The version of the level, or of its cell, after the change; versions are dense from 1. */
  readonly version: number;
  readonly changes: FigureDeltas;
  readonly after: Figures;
  /**
   * Of a level that was brought back from a backup: the version that it is again as it was at, 0 for one that was not
   * there. What came after that version and before this movement happened, and counts no more.
   */
  readonly restores?: number;
}

/**
 * The movement by which a level, or a cell, that was restored to an earlier version goes on behind all that the trail
 * has of it: so that no later movement meets one of the time that was given up, and the versions stay dense.
 */
export function restoringMovement(
  restored: Pick<StockRecord, keyof StockKey | "figures" | "version">,
  newest: Movement,
  change: LastChange,
): Movement {
  const { sku, locationId, cell, figures, version } = restored;
  return {
    sku,
    locationId,
    cell,
    ...change,
    version: newest.version + 1,
    changes: differences(newest.after, figures),
    after: figures,
    restores: version,
  };
}

/** The movements that still count: without those that a restore gave up. In order of versions, as they are given. */
export function standingMovements(movements: readonly Movement[]): readonly Movement[] {
  const standing: Movement[] = [];
  let upTo = Number.MAX_SAFE_INTEGER;
  for (const movement of movements.toReversed()) {
    if (movement.version <= upTo) {
      standing.push(movement);
      upTo = movement.restores ?? upTo;
    }
  }
  return standing.reverse();
}

/** One write of a level, as the stream shows it. */
export interface LevelChange {
  /** Null when the write created the level. */
  readonly before: Level | null;
  readonly after: Level;
}

/** One write of a level or of a cell. */
export interface StockChange {
  readonly before: StockRecord | null;
  readonly after: StockRecord;
}

export function movementOf({ before, after }: StockChange): Movement {
  return {
    sku: after.sku,
    locationId: after.locationId,
    cell: after.cell,
    version: after.version,
    ...after.lastChange,
    changes: differences(before?.figures ?? null, after.figures),
    after: after.figures,
  };
}

export type ReplayFault =
  | { readonly kind: "gap"; readonly missingVersion: number }
  | {
      readonly kind: "drift";
      readonly version: number;
      readonly figure: string;
      readonly expected: number;
      readonly found: number;
    };

/**
 * Replays movements in order of version, one after the other: so the replay of a long history needs no more memory than
 * that of a short one.
 */
export class Replay {
  private readonly running = Object.fromEntries(figureNames.map((name) => [name, 0])) as Record<
    (typeof figureNames)[number],
    number
  >;
  private version = 0;
  private fault: ReplayFault | null = null;

  add(movement: Movement): void {
    if (this.fault !== null) {
      return;
    }
    if (movement.version !== this.version + 1) {
      this.fault = { kind: "gap", missingVersion: this.version + 1 };
      return;
    }
    this.version = movement.version;
    for (const name of figureNames) {
      this.running[name] += movement.changes[name] ?? 0;
      if (this.running[name] !== movement.after[name]) {
        this.fault ??= this.drift(name, movement.after[name]);
      }
    }
  }

  /** Invariant 5: the first fault, or null when the movements give the figures without a gap. */
  faultAgainst({ figures, version }: Pick<StockRecord, "figures" | "version">): ReplayFault | null {
    if (this.fault !== null) {
      return this.fault;
    }
    if (this.version < version) {
      return { kind: "gap", missingVersion: this.version + 1 };
    }
    const wrong = figureNames.find((name) => this.running[name] !== figures[name]);
    return wrong === undefined ? null : this.drift(wrong, figures[wrong]);
  }

  private drift(figure: (typeof figureNames)[number], found: number): ReplayFault {
    return { kind: "drift", version: this.version, figure, expected: this.running[figure], found };
  }
}
