/** A condition of a write: a named promise with the expression that DynamoDB checks inside the write. */
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
  return {
    expression: conditions
      .map(({ expression }) => (conditions.length > 1 ? `(${expression})` : expression))
      .join(" AND "),
    names: Object.assign({}, ...conditions.map(({ names }) => names ?? {})),
    values: Object.assign({}, ...conditions.map(({ values }) => values ?? {})),
  };
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
