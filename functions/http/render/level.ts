import { backorderPolicyOf } from "../../domain/catalogue.ts";
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
    cells: Math.max(1, level.cells),
    lowStockThreshold: level.settings.lowStockThreshold,
    restockAt: level.settings.restockAt,
    availableFrom: level.settings.availableFrom,
    overrides: renderOverrides(level),
    version: level.version,
    settingsRevision: level.settingsRevision,
    updatedAt: isoTime(level.lastChange.atMs),
  };
}

function renderOverrides({ settings, overrides }: Level): AnswerBody<"patchLevel">["overrides"] {
  const { lowStockThreshold, backorderLimit, restockAt } = settings;
  return {
    ...(overrides.includes("lowStockThreshold") ? { lowStockThreshold } : {}),
    ...(overrides.includes("backorderLimit") ? { backorder: backorderPolicyOf(backorderLimit) } : {}),
    ...(overrides.includes("restockAt") ? { restockAt } : {}),
  };
}
