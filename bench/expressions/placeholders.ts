/** The placeholders of a request: DynamoDB refuses those that no expression uses. */
import type { Placeholders } from "./operands.ts";
import { ExpressionError } from "./tokens.ts";
import type { Attributes } from "./values.ts";

interface Request {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
}

const used = new Map<string, ReadonlySet<string>>();

function usedIn(expression: string): ReadonlySet<string> {
  const known = used.get(expression) ?? new Set(expression.match(/[:#][A-Za-z0-9_]+/g) ?? []);
  used.set(expression, known);
  return known;
}

/** Throws an `ExpressionError` when one of them is used by none of the expressions. */
export function placeholdersOf(request: Request, expressions: readonly (string | undefined)[]): Placeholders {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = request;
  for (const placeholder of [...Object.keys(names), ...Object.keys(values)]) {
    if (!expressions.some((expression) => expression !== undefined && usedIn(expression).has(placeholder))) {
      throw new ExpressionError(`Value provided in the request unused in expressions: ${placeholder}`);
    }
  }
  return { names, values };
}
