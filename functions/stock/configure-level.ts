import { levelSettingsOf } from "../domain/catalogue.ts";
import {
  effectiveSettings,
  type LastChange,
  type Level,
  type LevelKey,
  type LevelSettings,
  type OverridableSetting,
  overridableSettings,
  plainChange,
} from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { readItem } from "../storage/items.ts";
import { isNotSplit, settingsRevisionIs } from "../storage/level-conditions.ts";
import { configurationOfLevel } from "../storage/level-writes.ts";
import { parseLevel, readLevel } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import { updateOne } from "../storage/transaction.ts";
import { wholeLevel } from "./read-levels.ts";
import type { StockServices } from "./services.ts";

/** What a caller wishes for one setting of one location: a value of its own, or the item's. */
export type Wish<T> = { readonly kind: "own"; readonly value: T } | { readonly kind: "item" };

export type Wishes = { readonly [Setting in OverridableSetting]?: Wish<LevelSettings[Setting]> };

export interface ConfigureCommand extends LevelKey {
  /** Settings that are not named stay as they are. */
  readonly wishes: Wishes;
  /** The settings revision that the level must have; null when the caller does not mind. */
  readonly expectedRevision: number | null;
  readonly actor: string;
  readonly budgetEndsAtMs: number;
}

/** Sets, for one location, what otherwise the item says; no quantity moves. Gives a split level with its cells. */
export async function configureLevel(services: StockServices, command: ConfigureCommand): Promise<Outcome<Level>> {
  const { client, tables, runtime } = services;
  const budget = new RetryBudget(services, command.budgetEndsAtMs);
  let level = await readLevel(client, tables.inventory, command);
  for (;;) {
    if (level === null) {
      return refused({ kind: "not-found", resource: "level" });
    }
    if (command.expectedRevision !== null && command.expectedRevision !== level.settingsRevision) {
      return refused({ kind: "version-conflict", revision: level.settingsRevision });
    }
    const item = await readItem(client, tables.inventory, command.sku);
    if (item === null) {
      throw new Error(`The level of ${command.sku} at ${command.locationId} has no item.`);
    }
    const { settings, overrides } = wished(level, command.wishes, levelSettingsOf(item));
    if (isSame(level, settings, overrides)) {
      return done(await wholeLevel(services, level));
    }
    if (level.cells > 0 && settings.backorderLimit > 0) {
      return refused({ kind: "cells-and-backorders", level });
    }
    const lastChange = plainChange("configured", command.actor, runtime.now());
    const configured = { settings, overrides, itemSettingsRevision: item.settingsRevision };
    const update = configurationOfLevel(tables.inventory, level, lastChange, configured, [
      settingsRevisionIs(level.settingsRevision),
      ...(settings.backorderLimit > 0 ? [isNotSplit] : []),
    ]);
    let written = await updateOne(client, update);
    while (written.kind === "contended") {
      if (!(await budget.nextTry(written.reason))) {
        return contention;
      }
      written = await updateOne(client, update);
    }
    const image = written.image === undefined ? null : parseLevel(command, written.image);
    if (written.kind === "written" || (image !== null && isOurOwn(image, level, lastChange))) {
      // The second: the first try was applied and its answer was lost.
      return image === null
        ? refused({ kind: "not-found", resource: "level" })
        : done(await wholeLevel(services, image));
    }
    level = image;
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

/** The level's settings with the wishes fulfilled; what nobody wishes stays the item's or the level's own. */
function wished(level: Level, wishes: Wishes, item: LevelSettings): Pick<Level, "settings" | "overrides"> {
  const overrides = overridableSettings.filter((name) => (wishes[name]?.kind ?? ownOrItem(level, name)) === "own");
  const own = Object.fromEntries(
    overridableSettings.flatMap((name) => {
      const wish = wishes[name];
      return wish?.kind === "own" ? [[name, wish.value]] : [];
    }),
  );
  const settings = { ...level.settings, ...own };
  return { overrides, settings: effectiveSettings(item, { settings, overrides }) };
}

function ownOrItem({ overrides }: Level, name: OverridableSetting): Wish<unknown>["kind"] {
  return overrides.includes(name) ? "own" : "item";
}

function isSame(level: Level, settings: LevelSettings, overrides: readonly OverridableSetting[]): boolean {
  return (
    overrides.join() === level.overrides.join() &&
    overridableSettings.every((name) => settings[name] === level.settings[name])
  );
}

function isOurOwn(image: Level, seen: Level, ours: LastChange): boolean {
  return (
    image.settingsRevision === seen.settingsRevision + 1 &&
    image.lastChange.type === ours.type &&
    image.lastChange.atMs === ours.atMs &&
    image.lastChange.actor === ours.actor
  );
}
