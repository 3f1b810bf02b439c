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
 * Invariant 5: replays movements 1..n in order of version and tells the first fault, or null when they
 * give the figures without a gap.
 */
export function replayFault(
  movements: readonly Movement[],
  level: Pick<StockRecord, "figures" | "version">,
): ReplayFault | null {
  const running = Object.fromEntries(figureNames.map((name) => [name, 0])) as Record<
    (typeof figureNames)[number],
    number
  >;
  let version = 0;
  for (const movement of movements) {
    if (movement.version !== version + 1) {
      return { kind: "gap", missingVersion: version + 1 };
    }
    version = movement.version;
    for (const name of figureNames) {
      running[name] += movement.changes[name] ?? 0;
      if (running[name] !== movement.after[name]) {
        return { kind: "drift", version, figure: name, expected: running[name], found: movement.after[name] };
      }
    }
  }
  if (version < level.version) {
    return { kind: "gap", missingVersion: version + 1 };
  }
  for (const name of figureNames) {
    if (running[name] !== level.figures[name]) {
      return { kind: "drift", version, figure: name, expected: running[name], found: level.figures[name] };
    }
  }
  return null;
}
