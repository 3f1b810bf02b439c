/**
 * Short fingerprints of requests: keys of idempotency records, ids derived from a key, and the means of telling
 * whether a repeated request is the same one.
 */
import { createHash } from "node:crypto";

/** 22 characters of base64url carry 132 bits: enough that no two requests ever meet, short enough for a key. */
const digestLength = 22;

/**
 * The SHA-256 digest of the parts, as 22 characters of `A–Z a–z 0–9 _ -`. The boundaries between the parts
 * count: `("ab", "c")` and `("a", "bc")` differ.
 */
export function digestOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, digestLength);
}

/**
 * JSON in which the order of an object's fields makes no difference: equal values give equal text. Takes what
 * JSON can hold; a field that is undefined counts as absent.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((element) => canonicalJson(element)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new TypeError(`A value of type ${typeof value} has no form in JSON.`);
  }
  return text;
}
