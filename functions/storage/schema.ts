/**
 * The forms in which items are stored. A form changes when an attribute gets another name, another meaning, or goes;
 * an attribute that may be missing can be added without a new form. An item says in which form it is; one that says
 * nothing is in the first. `docs/upgrading.md` tells how a form is changed while the service runs.
 */
import type { Condition } from "./condition.ts";
import { readNumber, readOptionalNumber, type StoredItem } from "./stored-item.ts";

export const formAttribute = "schema";

/** What the items of one kind have looked like. */
export interface Schema {
  /** As errors call an item of this kind. */
  readonly kind: string;
  /** The oldest form that can still be read. */
  readonly oldest: number;
  /** Each makes the next form of an item, beginning with the oldest. Neither reads a clock nor anything else. */
  readonly upgrades: readonly ((item: StoredItem) => StoredItem)[];
  /** What every change of an item changes: so long as these are the same, so is the item. */
  readonly guard: readonly string[];
}

/** The form that upgraded items have, and that all code reads items in. */
export function currentForm({ oldest, upgrades }: Schema): number {
  return oldest + upgrades.length;
}

/** Newer code has written the item: this code would misread it. */
export class NewerFormError extends Error {
  override readonly name = "NewerFormError";
  constructor(schema: Schema, item: StoredItem, form: number) {
    super(
      `The ${schema.kind} ${nameOf(item)} is in form ${form}, written by a newer version; this one knows ${currentForm(schema)}.`,
    );
  }
}

/** The item was left behind by migrations that should have been done before this code was deployed. */
export class OutdatedFormError extends Error {
  override readonly name = "OutdatedFormError";
  constructor(schema: Schema, item: StoredItem, form: number) {
    super(
      `The ${schema.kind} ${nameOf(item)} is in form ${form}; ${schema.oldest} is the oldest that is read: migrate with the version before.`,
    );
  }
}

function nameOf(item: StoredItem): string {
  return `${String(item["pk"])} / ${String(item["sk"] ?? item["version"])}`;
}

export function formOf(item: StoredItem): number {
  return readOptionalNumber(item, formAttribute) ?? 1;
}

/** The item in the current form, which may be the one that it has. Throws for one that this code cannot know. */
export function upgraded(schema: Schema, item: StoredItem): StoredItem {
  const form = formOf(item);
  const current = currentForm(schema);
  if (form === current) {
    return item;
  }
  if (form > current) {
    throw new NewerFormError(schema, item, form);
  }
  if (form < schema.oldest) {
    throw new OutdatedFormError(schema, item, form);
  }
  const result = schema.upgrades.slice(form - schema.oldest).reduce((each, upgrade) => upgrade(each), item);
  return { ...result, [formAttribute]: current };
}

/** The attribute as items in the current form have it; the first form needs none. */
export function formStamp(schema: Schema): Readonly<Record<string, number>> {
  const current = currentForm(schema);
  return current === 1 ? {} : { [formAttribute]: current };
}

/**
 * The item has a form that this code knows: what is written without having been read must not touch what newer code
 * has written. An item that is not there has none, and passes.
 */
export function isInKnownForm(schema: Schema): Condition {
  const current = currentForm(schema);
  const names = { "#schema": formAttribute };
  return current === 1
    ? { expression: "attribute_not_exists(#schema)", names }
    : { expression: "attribute_not_exists(#schema) OR #schema <= :form", names, values: { ":form": current } };
}

/** The item is in this form still, and as it was read. */
export function isStillAsRead({ guard }: Schema, item: StoredItem): Condition {
  const names = Object.fromEntries(guard.map((attribute) => [`#guard_${attribute}`, attribute]));
  const values = Object.fromEntries(guard.map((attribute) => [`:guard_${attribute}`, item[attribute]]));
  const form = item[formAttribute] === undefined ? null : readNumber(item, formAttribute);
  return {
    expression: [
      ...guard.map((attribute) => `#guard_${attribute} = :guard_${attribute}`),
      form === null ? "attribute_not_exists(#schema)" : "#schema = :schema",
    ].join(" AND "),
    names: { ...names, "#schema": formAttribute },
    values: { ...values, ...(form === null ? {} : { ":schema": form }) },
  };
}
