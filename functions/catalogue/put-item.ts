import { type Item, type ItemDescription, levelSettingsOf } from "../domain/catalogue.ts";
import type { Outcome } from "../domain/refusal.ts";
import { parseItem, readItem, writeItem } from "../storage/items.ts";
import { applySettings } from "./apply-settings.ts";
import { type Replaced, replace } from "./replace.ts";
import type { CatalogueCommand, CatalogueServices } from "./services.ts";

export interface PutItemCommand extends CatalogueCommand {
  readonly sku: string;
  readonly description: ItemDescription;
}

/**
 * Describes an item, and copies the settings that its levels check to each of them. The item is written first:
 * when the copying does not come to its end here, the item's change on the stream has it completed.
 */
export async function putItem(services: CatalogueServices, command: PutItemCommand): Promise<Outcome<Replaced<Item>>> {
  const { client, tables } = services;
  const { sku, description, actor } = command;
  const outcome = await replace<Item>(services, command, {
    read: async () => await readItem(client, tables.inventory, sku),
    isSame: (present) => isSameDescription(present, description),
    next: (present, nowMs) => ({
      sku,
      ...description,
      revision: (present?.revision ?? 0) + 1,
      settingsRevision: (present?.settingsRevision ?? 0) + (hasSameSettings(present, description) ? 0 : 1),
      updatedAtMs: nowMs,
      actor,
    }),
    write: async (next, seenRevision) => await writeItem(client, tables.inventory, next, seenRevision),
    parse: (image) => parseItem(sku, image),
  });
  if (outcome.kind === "done" && outcome.value.changed && !outcome.value.created) {
    await applySettings(services, { sku, budgetEndsAtMs: command.budgetEndsAtMs });
  }
  return outcome;
}

function isSameDescription(present: ItemDescription, wished: ItemDescription): boolean {
  return (
    present.name === wished.name &&
    present.restockAt === wished.restockAt &&
    present.externalSku === wished.externalSku &&
    present.barcode === wished.barcode &&
    hasSameSettings(present, wished)
  );
}

function hasSameSettings(present: ItemDescription | null, wished: ItemDescription): boolean {
  if (present === null) {
    return false;
  }
  const [before, after] = [levelSettingsOf(present), levelSettingsOf(wished)];
  return before.active === after.active && before.lowStockThreshold === after.lowStockThreshold;
}
