/** The filter patterns of event-source mappings: which records reach the function. */
import { UnsupportedTemplateError } from "./template.ts";

type Condition = string | number | boolean | null | Readonly<Record<string, unknown>>;

function matchesCondition(condition: Condition, value: unknown): boolean {
  if (typeof condition !== "object" || condition === null) {
    return condition === value;
  }
  const [operator, argument] = Object.entries(condition)[0] ?? [];
  switch (operator) {
    case "prefix":
      return typeof value === "string" && value.startsWith(String(argument));
    case "suffix":
      return typeof value === "string" && value.endsWith(String(argument));
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === String(argument).toLowerCase();
    case "exists":
      return (value !== undefined) === argument;
    case "anything-but":
      return value !== undefined && ![argument].flat().includes(value);
    default:
      throw new UnsupportedTemplateError(`The filter condition ${operator} is not supported here.`);
  }
}

/**
 * Whether a record matches a pattern: every name of the pattern must match, a list matches when any of its
 * conditions does. Throws on a condition that is not supported.
 */
export function matchesPattern(pattern: unknown, record: unknown): boolean {
  if (Array.isArray(pattern)) {
    return pattern.some((condition: Condition) => matchesCondition(condition, record));
  }
  if (typeof pattern !== "object" || pattern === null) {
    throw new UnsupportedTemplateError(`${JSON.stringify(pattern)} is not a filter pattern.`);
  }
  const fields = (typeof record === "object" && record !== null ? record : {}) as Record<string, unknown>;
  return Object.entries(pattern).every(([name, part]) => matchesPattern(part, fields[name]));
}

/** A record passes when it matches one of the patterns, or when there are none. */
export type Filter = (record: unknown) => boolean;

/** Reads the `FilterCriteria` of a mapping. Throws at once when a condition in it is not supported. */
export function filterOf(criteria: unknown): Filter {
  const { Filters = [] } = (criteria ?? {}) as { Filters?: readonly { Pattern: string }[] };
  const patterns = Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown);
  for (const pattern of patterns) {
    checkPattern(pattern);
  }
  return (record) => patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, record));
}

function checkPattern(pattern: unknown): void {
  if (Array.isArray(pattern)) {
    for (const condition of pattern) {
      matchesCondition(condition as Condition, "");
    }
  } else {
    for (const part of Object.values(pattern as object)) {
      checkPattern(part);
    }
  }
}
