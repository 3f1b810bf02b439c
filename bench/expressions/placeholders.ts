/** The placeholders of a request: DynamoDB refuses those that no expression uses. */
import type { Placeholders } from "./operands.ts";
import { ExpressionError } from "./tokens.ts";
import type { Attributes } from "./values.ts";

interface Request {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
}

const kept = new Map<string, ReadonlySet<string>>();

function usedIn(expression: string): ReadonlySet<string> {
  const known = kept.get(expression) ?? new Set(expression.match(/[:#][A-Za-z0-9_]+/g) ?? []);
  kept.set(expression, known);
  return known;
}

/** Throws an `ExpressionError` when one of them is used by none of the expressions. */
export function placeholdersOf(request: Request, expressions: readonly (string | undefined)[]): Placeholders {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = request;
  const used = expressions.flatMap((expression) => (expression === undefined ? [] : [usedIn(expression)]));
  for (const given of [names, values]) {
    for (const placeholder of Object.keys(given)) {
      if (!used.some((placeholders) => placeholders.has(placeholder))) {
        throw new ExpressionError(`Value provided in the request unused in expressions: ${placeholder}`);
      }
    }
  }
  return { names, values };
}
