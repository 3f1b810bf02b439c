import { canonicalJson } from "../digest.ts";
import { type Item, type ItemDescription, levelSettingsOf } from "../domain/catalogue.ts";
import { isPreorder } from "../domain/level.ts";
import type { Outcome, Refusal } from "../domain/refusal.ts";
import { type ItemLabel, itemParts, parseItem, readItem } from "../storage/items.ts";
import { readLevelsOfSku } from "../storage/levels.ts";
import { type LabelledPart, putOne, transact, type WriteResult } from "../storage/transaction.ts";
import { applySettings } from "./apply-settings.ts";
import { type Replaced, type ReplacementWrite, replace } from "./replace.ts";
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
    isSame: (present) => isSame(present, { ...present, ...description }),
    next: (present, nowMs) => ({
      sku,
      ...description,
      revision: (present?.revision ?? 0) + 1,
      settingsRevision: (present?.settingsRevision ?? 0) + (hasSameSettings(present, description) ? 0 : 1),
      updatedAtMs: nowMs,
      actor,
    }),
    write: async (next, present) => await writeItem(services, present, next),
    parse: (image) => parseItem(sku, image),
  });
  if (outcome.kind === "done" && outcome.value.changed && !outcome.value.created) {
    await applySettings(services, { sku, budgetEndsAtMs: command.budgetEndsAtMs });
  }
  return outcome;
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function hasSameSettings(present: ItemDescription | null, wished: ItemDescription): boolean {
  return present !== null && isSame(levelSettingsOf(present), levelSettingsOf(wished));
}

/** An item alone is one write; a kit, or what was one, is a transaction with its components. */
async function writeItem(
  { client, tables, runtime }: CatalogueServices,
  present: Item | null,
  next: Item,
): Promise<ReplacementWrite> {
  const settings = levelSettingsOf(next);
  if (settings.backorderLimit > 0 || isPreorder(settings, runtime.now())) {
    const levels = await readLevelsOfSku(client, tables.inventory, next.sku);
    const split = levels.find(({ cells }) => cells > 0);
    if (split !== undefined) {
      return { kind: "refused", refusal: { kind: "cells-and-backorders", level: split } };
    }
  }
  const parts = itemParts(tables.inventory, present, next);
  const [first] = parts;
  if (parts.length === 1 && first?.part.Put !== undefined) {
    return await putOne(client, first.part.Put);
  }
  const written = await transact(client, runtime.newId(), parts);
  switch (written.kind) {
    case "written":
      return { kind: "written", image: undefined };
    case "contended":
      return written;
    case "condition-failed":
      return whyRefused(written, parts);
  }
}

function whyRefused(
  { failed }: Extract<WriteResult<ItemLabel>, { kind: "condition-failed" }>,
  parts: readonly LabelledPart<ItemLabel>[],
): ReplacementWrite {
  const item = parts.find(({ label }) => label.kind === "item")?.label;
  if (item !== undefined && failed.has(item)) {
    return { kind: "condition-failed", image: failed.get(item) };
  }
  return { kind: "refused", refusal: badComponents([...failed.keys()]) };
}

function badComponents(failed: readonly ItemLabel[]): Refusal {
  return {
    kind: "bad-components",
    faults: failed.flatMap((label) =>
      label.kind === "component"
        ? [
            {
              sku: label.sku,
              message: label.isItself ? "is itself a component of a kit" : "is not known, or is itself a kit",
            },
          ]
        : [],
    ),
  };
}
