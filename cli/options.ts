import { UsageError } from "./usage-error.ts";

/** The value of an option that must be a whole number from 1 on. Throws a `UsageError` that names the option. */
export function wholeNumberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`${option} must be a whole number from 1 to ${most}.`);
  }
  return value;
}

/** The value of an option that must be a time. Throws a `UsageError` that names the option. */
export function timeOf(option: string, text: string): number {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`${option} must be a time with its zone, such as 2027-01-31T02:10:00Z.`);
  }
  return atMs;
}
