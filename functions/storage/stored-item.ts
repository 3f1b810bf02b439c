/**
 * Reading of stored items. What a table holds is parsed on the way out: a row that does not have its shape
 * is a defect and throws, with the key and the attribute, rather than travelling on as `undefined`.
 */

/** An item as the document client gives it. */
export type StoredItem = Readonly<Record<string, unknown>>;

export class CorruptItemError extends Error {
  override readonly name = "CorruptItemError";
  constructor(item: StoredItem, attribute: string, expected: string) {
    super(
      `The item ${String(item["pk"])} / ${String(item["sk"] ?? item["version"])} has no ${expected} in ${attribute}.`,
    );
  }
}

/** What is read, or null where it has not its shape: for those who mend what is broken. */
export function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptItemError) {
      return null;
    }
    throw error;
  }
}

export function readNumber(item: StoredItem, attribute: string): number {
  const value = item[attribute];
  if (typeof value !== "number") {
    throw new CorruptItemError(item, attribute, "number");
  }
  return value;
}

export function readOptionalNumber(item: StoredItem, attribute: string): number | null {
  return item[attribute] === undefined ? null : readNumber(item, attribute);
}

export function readString(item: StoredItem, attribute: string): string {
  const value = item[attribute];
  if (typeof value !== "string") {
    throw new CorruptItemError(item, attribute, "string");
  }
  return value;
}

export function readOptionalString(item: StoredItem, attribute: string): string | null {
  return item[attribute] === undefined ? null : readString(item, attribute);
}

export function readBoolean(item: StoredItem, attribute: string): boolean {
  const value = item[attribute];
  if (typeof value !== "boolean") {
    throw new CorruptItemError(item, attribute, "boolean");
  }
  return value;
}

export function readOneOf<T extends string>(item: StoredItem, attribute: string, allowed: readonly T[]): T {
  const value = readString(item, attribute);
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new CorruptItemError(item, attribute, `one of ${allowed.join(", ")}`);
  }
  return found;
}

export function readList(item: StoredItem, attribute: string): readonly unknown[] {
  const value = item[attribute];
  if (!Array.isArray(value)) {
    throw new CorruptItemError(item, attribute, "list");
  }
  return value;
}

/** A nested map; its attributes are read by the same functions. */
export function readMap(item: StoredItem, attribute: string): StoredItem {
  return partOf(item, attribute, item[attribute]);
}

/** A map out of an item, read as one that has the item's key: so that an error in it names the row. */
export function partOf(item: StoredItem, attribute: string, part: unknown): StoredItem {
  if (typeof part !== "object" || part === null || Array.isArray(part)) {
    throw new CorruptItemError(item, attribute, "map");
  }
  return { ...part, pk: item["pk"], sk: item["sk"] ?? item["version"] };
}

/** Attributes without a value are left out, so that they cost no bytes and `attribute_not_exists` tells the truth. */
export function withoutNulls(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      kept[name] = value;
    }
  }
  return kept;
}
