/**
 * A condition of a write: a named promise with the expression that DynamoDB checks inside the write. Attributes are
 * written by their names, here and in all other expressions; `#` stands before those that are words of DynamoDB's own.
 */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface JoinedCondition {
  readonly expression: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** All of the conditions together; each keeps its own placeholders. */
export function allOf(conditions: readonly Condition[]): JoinedCondition {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  for (const condition of conditions) {
    Object.assign(names, condition.names);
    Object.assign(values, condition.values);
  }
  const expressions = conditions.map(({ expression }) => (conditions.length > 1 ? `(${expression})` : expression));
  return { expression: expressions.join(" AND "), names, values };
}

/** The conditions as a command takes them; placeholders that nobody uses are left out. */
export function expressionOf(...conditions: readonly Condition[]): {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
} {
  const { expression, names, values } = allOf(conditions);
  return {
    ConditionExpression: expression,
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}

/** Nothing can create a ghost: the item must be there. */
export const itemExists: Condition = { expression: "attribute_exists(pk)" };

/** The key is free: the first writer wins. */
export const itemIsAbsent: Condition = { expression: "attribute_not_exists(pk)" };
