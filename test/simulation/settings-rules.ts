/** What must hold in every write that describes something: nobody overwrites what he has not seen. */
import { keyPrefixes } from "../../functions/contract/tables.ts";
import { type Level, type OverridableSetting, overridableSettings } from "../../functions/domain/level.ts";
import { entityOf } from "../../functions/storage/keys.ts";
import { actorOf } from "./commands.ts";
import type { Operation } from "./operation.ts";
import { tables, type World } from "./world/world.ts";

export class SettingsRules {
  private readonly world: World;
  /** Who asked for settings of one location, by his name in the audit trail. */
  private readonly configurers: ReadonlySet<string>;

  constructor(world: World, operations: readonly Operation[]) {
    this.world = world;
    const configuring = operations.filter(({ command }) => command.kind === "configure");
    this.configurers = new Set(configuring.map(actorOf));
    world.watch(({ table, key, before, after }) => {
      const { pk, sk } = { pk: String(key["pk"]), sk: String(key["sk"]) };
      const isDescribed = pk === keyPrefixes.locations || entityOf({ pk, sk }).kind === "item";
      if (table === tables.inventory && isDescribed && after?.["revision"] !== Number(before?.["revision"] ?? 0) + 1) {
        world.fail("a description replaces the one that was seen", `${pk} ${sk}: ${JSON.stringify(after)}`);
      }
    });
  }

  /** A write of a level as a whole. */
  judge(was: Level, is: Level): void {
    const isConfigured = this.configurers.has(is.lastChange.actor);
    const isLost = (name: OverridableSetting): boolean =>
      !is.overrides.includes(name) || (!isConfigured && is.settings[name] !== was.settings[name]);
    const lost = overridableSettings.filter((name) => was.overrides.includes(name) && isLost(name));
    if (lost.length > 0) {
      this.fail(is, "a location keeps its own settings", lost.join(", "));
    }
    if (isConfigured && is.cells > 0 && is.figures.headroom > Math.max(0, was.figures.headroom)) {
      this.fail(is, "a split level takes no backorders", `headroom ${is.figures.headroom}`);
    }
  }

  private fail({ sku, locationId, version }: Level, promise: string, detail: string): void {
    this.world.fail(promise, `${sku}#${locationId} v${version}: ${detail}`);
  }
}
