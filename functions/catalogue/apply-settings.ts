import { levelSettingsOf } from "../domain/catalogue.ts";
import { effectiveSettings, type Level, plainChange } from "../domain/level.ts";
import { readItem } from "../storage/items.ts";
import { settingsRevisionIs } from "../storage/level-conditions.ts";
import { configurationOfLevel } from "../storage/level-writes.ts";
import { parseLevel, readLevelsOfSku } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import { updateOne } from "../storage/transaction.ts";
import type { CatalogueServices } from "./services.ts";

/** How many levels are written at the same time. */
const parallelLevels = 8;

export type Applied =
  /** Every level carries the item's settings, or newer ones. */
  | { readonly kind: "applied" }
  /** Levels were left as they were: contention or the time. */
  | { readonly kind: "incomplete" };

/** Copies the item's present settings to those of its levels that carry older ones. Safe to repeat, in any order. */
export async function applySettings(
  services: CatalogueServices,
  { sku, budgetEndsAtMs }: { readonly sku: string; readonly budgetEndsAtMs: number },
): Promise<Applied> {
  const { client, tables, runtime } = services;
  const item = await readItem(client, tables.inventory, sku);
  if (item === null) {
    return { kind: "applied" };
  }
  const budget = new RetryBudget(services, budgetEndsAtMs);
  const isOlder = ({ itemSettingsRevision }: Level): boolean => itemSettingsRevision < item.settingsRevision;
  const waiting = (await readLevelsOfSku(client, tables.inventory, sku)).filter(isOlder);
  let isComplete = true;

  const apply = async (read: Level): Promise<void> => {
    let level = read;
    while (isOlder(level)) {
      const written = await updateOne(
        client,
        configurationOfLevel(
          tables.inventory,
          level,
          plainChange("configured", item.actor, runtime.now()),
          {
            settings: effectiveSettings(levelSettingsOf(item), level),
            itemSettingsRevision: item.settingsRevision,
          },
          [settingsRevisionIs(level.settingsRevision)],
        ),
      );
      if (written.kind === "written") {
        return;
      }
      if (written.kind === "condition-failed" && written.image !== undefined) {
        level = parseLevel(level, written.image);
        if (budget.allowsAnotherPlan()) {
          continue;
        }
      } else if (written.kind === "contended" && (await budget.nextTry(written.reason))) {
        continue;
      }
      isComplete = false;
      return;
    }
  };
  const work = async (): Promise<void> => {
    for (let level = waiting.shift(); level !== undefined; level = waiting.shift()) {
      await apply(level);
    }
  };
  await Promise.all(Array.from({ length: parallelLevels }, work));
  return { kind: isComplete ? "applied" : "incomplete" };
}
