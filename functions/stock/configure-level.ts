import { levelSettingsOf } from "../domain/catalogue.ts";
import { effectiveSettings, type LastChange, type Level, type LevelKey, type LevelOverrides } from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { readItem } from "../storage/items.ts";
import { configurationOfLevel, parseLevel, readLevel, settingsRevisionIs } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import { updateOne } from "../storage/transaction.ts";
import type { StockServices } from "./services.ts";

/** What a caller wishes for one setting of one location: a value of its own, or the item's. */
export type Wish<T> = { readonly kind: "own"; readonly value: T } | { readonly kind: "item" };

export interface ConfigureCommand extends LevelKey {
  /** Settings that are not named stay as they are. */
  readonly wishes: { readonly lowStockThreshold?: Wish<number | null> };
  /** The settings revision that the level must have; null when the caller does not mind. */
  readonly expectedRevision: number | null;
  readonly actor: string;
  readonly budgetEndsAtMs: number;
}

/** Sets, for one location, what otherwise the item says; no quantity moves. */
export async function configureLevel(services: StockServices, command: ConfigureCommand): Promise<Outcome<Level>> {
  const { client, tables, runtime } = services;
  const budget = new RetryBudget(runtime, command.budgetEndsAtMs);
  let level = await readLevel(client, tables.inventory, command);
  for (;;) {
    if (level === null) {
      return refused({ kind: "not-found", resource: "level" });
    }
    if (command.expectedRevision !== null && command.expectedRevision !== level.settingsRevision) {
      return refused({ kind: "version-conflict", revision: level.settingsRevision });
    }
    const overrides = overridesAfter(level.overrides, command.wishes);
    if (overrides.lowStockThreshold === level.overrides.lowStockThreshold) {
      return done(level);
    }
    const item = await readItem(client, tables.inventory, command.sku);
    if (item === null) {
      throw new Error(`The level of ${command.sku} at ${command.locationId} has no item.`);
    }
    const lastChange: LastChange = {
      type: "configured",
      reason: null,
      reference: null,
      actor: command.actor,
      reservationId: null,
      reservationUid: null,
      atMs: runtime.now(),
    };
    const update = configurationOfLevel(
      tables.inventory,
      level,
      lastChange,
      {
        settings: effectiveSettings(levelSettingsOf(item), overrides),
        overrides,
        itemSettingsRevision: item.settingsRevision,
      },
      [settingsRevisionIs(level.settingsRevision)],
    );
    let written = await updateOne(client, update);
    while (written.kind === "contended") {
      if (!(await budget.nextTry())) {
        return contention;
      }
      written = await updateOne(client, update);
    }
    const image = written.image === undefined ? null : parseLevel(command, written.image);
    if (written.kind === "written" || (image !== null && isOurOwn(image, level, lastChange))) {
      // The second: the first try was applied and its answer was lost.
      return image === null ? refused({ kind: "not-found", resource: "level" }) : done(image);
    }
    level = image;
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

function overridesAfter(present: LevelOverrides, { lowStockThreshold }: ConfigureCommand["wishes"]): LevelOverrides {
  if (lowStockThreshold === undefined) {
    return present;
  }
  return lowStockThreshold.kind === "own" ? { lowStockThreshold: lowStockThreshold.value } : {};
}

function isOurOwn(image: Level, seen: Level, ours: LastChange): boolean {
  return (
    image.settingsRevision === seen.settingsRevision + 1 &&
    image.lastChange.type === ours.type &&
    image.lastChange.atMs === ours.atMs &&
    image.lastChange.actor === ours.actor
  );
}
