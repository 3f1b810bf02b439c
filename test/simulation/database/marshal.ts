/** Values in DynamoDB's own notation, as streams and failed conditions give them. */
import type { Attributes, Value } from "../../../bench/expressions/values.ts";

export type AttributeMap = Readonly<Record<string, object>>;

/** Images never change once they are stored; each is needed several times: as new, as old, and in refusals. */
const kept = new WeakMap<Attributes, AttributeMap>();

export function marshalled(item: Attributes): AttributeMap {
  const known = kept.get(item);
  if (known !== undefined) {
    return known;
  }
  const map = mapOf(item);
  if (Object.isFrozen(item)) {
    kept.set(item, Object.freeze(map));
  }
  return map;
}

function mapOf(item: Attributes): Record<string, object> {
  const map: Record<string, object> = {};
  for (const name of Object.keys(item)) {
    map[name] = notationOf(item[name]);
  }
  return map;
}

function notationOf(value: Value): object {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    default:
      if (value === null) {
        return { NULL: true };
      }
      if (Array.isArray(value)) {
        return { L: value.map(notationOf) };
      }
      if (value instanceof Set) {
        const members = [...value];
        return typeof members[0] === "number" ? { NS: members.map(String) } : { SS: members };
      }
      return { M: mapOf(value as Attributes) };
  }
}

/** What the document client stores of a value: a copy without what is undefined, which nobody can change. */
export function stored<T extends Value>(value: T): T {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new Error(`The number ${value} cannot be stored.`);
    }
    return value;
  }
  if (value instanceof Set) {
    if (value.size === 0) {
      throw new Error("There are no empty sets.");
    }
    return new Set(value) as T;
  }
  if (Array.isArray(value)) {
    return Object.freeze(value.map((each) => stored(each))) as T;
  }
  const copy: Record<string, Value> = {};
  for (const name of Object.keys(value)) {
    const each = (value as Attributes)[name];
    if (each !== undefined) {
      copy[name] = stored(each);
    }
  }
  return Object.freeze(copy) as T;
}
