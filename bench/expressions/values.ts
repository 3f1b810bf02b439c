/** Values as the document client gives them, compared as DynamoDB compares them. */

/** What an attribute may hold: text, number, truth, null, list, map or set. */
export type Value = unknown;

/** An item as the document client gives it. */
export type Attributes = Readonly<Record<string, Value>>;

type Kind = "S" | "N" | "BOOL" | "NULL" | "L" | "M" | "SET";

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "S";
    case "number":
      return "N";
    case "boolean":
      return "BOOL";
    default:
      return value === null ? "NULL" : Array.isArray(value) ? "L" : value instanceof Set ? "SET" : "M";
  }
}

/** Equality of values of any kind; the order of a set's members and of a map's attributes does not count. */
export function isEqual(one: Value, other: Value): boolean {
  if (one === other) {
    return true;
  }
  const kind = kindOf(one);
  if (kind !== kindOf(other) || typeof one !== "object" || one === null) {
    return false;
  }
  switch (kind) {
    case "L": {
      const [a, b] = [one as readonly Value[], other as readonly Value[]];
      return a.length === b.length && a.every((value, index) => isEqual(value, b[index]));
    }
    case "SET": {
      const [a, b] = [one as ReadonlySet<Value>, other as ReadonlySet<Value>];
      return a.size === b.size && [...a].every((value) => b.has(value));
    }
    default: {
      const [a, b] = [one as Attributes, other as Attributes];
      const names = Object.keys(a);
      return names.length === Object.keys(b).length && names.every((name) => name in b && isEqual(a[name], b[name]));
    }
  }
}

/**
 * Below 0, 0 or above 0; null for values that have no order, or not the same one. Texts go by their bytes in UTF-8,
 * which is the order of code points.
 */
export function compare(one: Value, other: Value): number | null {
  if (typeof one === "number" && typeof other === "number") {
    return one - other;
  }
  if (typeof one === "string" && typeof other === "string") {
    return compareTexts(one, other);
  }
  return null;
}

export function compareTexts(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    if (one.charCodeAt(index) !== other.charCodeAt(index)) {
      // Half a surrogate pair stands for a code point above all others.
      const [a, b] = [one.codePointAt(index) ?? 0, other.codePointAt(index) ?? 0];
      return a - b;
    }
  }
  return one.length - other.length;
}

/** What `size` gives: bytes of a text, members of everything that has members; null for what has no size. */
export function sizeOf(value: Value): number | null {
  switch (kindOf(value)) {
    case "S":
      return Buffer.byteLength(value as string);
    case "L":
      return (value as readonly Value[]).length;
    case "SET":
      return (value as ReadonlySet<Value>).size;
    case "M":
      return Object.keys(value as Attributes).length;
    default:
      return null;
  }
}
