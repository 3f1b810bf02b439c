import { UsageError } from "./usage-error.ts";

/** The value of an option that must be a whole number from 1 on. Throws a `UsageError` that names the option. */
export function wholeNumberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`${option} must be a whole number from 1 to ${most}.`);
  }
  return value;
}
