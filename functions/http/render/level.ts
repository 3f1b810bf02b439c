import type { Level } from "../../domain/level.ts";
import type { AnswerBody } from "../call.ts";
import { isoTime } from "./time.ts";

export function renderLevel(level: Level): AnswerBody<"patchLevel"> {
  const { headroom, ...figures } = level.figures;
  return {
    sku: level.sku,
    locationId: level.locationId,
    ...figures,
    backorderable: Math.max(0, headroom),
    cells: 1,
    lowStockThreshold: level.settings.lowStockThreshold,
    overrides: { ...level.overrides },
    version: level.version,
    settingsRevision: level.settingsRevision,
    updatedAt: isoTime(level.lastChange.atMs),
  };
}
