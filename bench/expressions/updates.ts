/** Update expressions, made into functions once and kept. Every operand is read from the item as it was. */
import { type Operand, type Path, type Placeholders, readOperand, readPath, resolvePath } from "./operands.ts";
import { ExpressionError, TokenReader } from "./tokens.ts";
import type { Attributes, Value } from "./values.ts";

/** Gives the next state of an item; the one given is left as it is. */
export type Update = (item: Attributes, placeholders: Placeholders) => Record<string, Value>;

interface Action {
  readonly path: Path;
  /** Undefined removes the attribute. */
  readonly value: (present: Value, item: Attributes, placeholders: Placeholders) => Value;
}

const kept = new Map<string, Update>();

/** Throws an `ExpressionError` for what DynamoDB would refuse. */
export function updateOf(expression: string): Update {
  const known = kept.get(expression);
  if (known !== undefined) {
    return known;
  }
  const actions = readActions(new TokenReader(expression));
  const update: Update = (item, placeholders) => {
    const next = { ...item };
    for (const { path, value } of actions) {
      const steps = resolvePath(path, placeholders);
      assign(next, steps, value(present(item, steps), item, placeholders));
    }
    return next;
  };
  kept.set(expression, update);
  return update;
}

function present(item: Attributes, steps: readonly (string | number)[]): Value {
  return steps.reduce<Value>((value, step) => (value as Record<string, Value> | undefined)?.[step], item);
}

/** Changes copies of what lies on the way, so that earlier images stay what they were. */
function assign(target: Record<string, Value>, steps: readonly (string | number)[], value: Value): void {
  const [step, ...rest] = steps;
  if (step === undefined) {
    return;
  }
  if (rest.length > 0) {
    const inner = target[step];
    if (typeof inner !== "object" || inner === null) {
      throw new ExpressionError("The document path provided in the update expression is invalid for update");
    }
    const copy = (Array.isArray(inner) ? [...inner] : { ...inner }) as Record<string, Value>;
    target[step] = copy;
    assign(copy, rest, value);
  } else if (value === undefined) {
    delete target[step];
  } else {
    target[step] = value;
  }
}

function readActions(reader: TokenReader): readonly Action[] {
  const actions: Action[] = [];
  while (!reader.isAtEnd) {
    const clause = reader.next().toUpperCase();
    const read = clauses[clause];
    if (read === undefined) {
      throw reader.error("SET, REMOVE, ADD or DELETE");
    }
    do {
      actions.push(read(reader));
    } while (reader.takes(","));
  }
  return actions;
}

const clauses: Readonly<Record<string, (reader: TokenReader) => Action>> = {
  SET: (reader) => {
    const path = readPath(reader);
    reader.expects("=");
    const value = readSum(reader);
    return { path, value: (_, item, given) => value(item, given) };
  },
  REMOVE: (reader) => ({ path: readPath(reader), value: () => undefined }),
  ADD: (reader) => {
    const path = readPath(reader);
    const operand = readOperand(reader);
    return { path, value: (before, item, given) => added(before, operand(item, given)) };
  },
  DELETE: (reader) => {
    const path = readPath(reader);
    const operand = readOperand(reader);
    return {
      path,
      value: (before, item, given) => {
        const gone = operand(item, given) as ReadonlySet<Value>;
        const left = before instanceof Set ? [...before].filter((member) => !gone.has(member)) : [];
        // There are no empty sets.
        return left.length === 0 ? undefined : new Set(left);
      },
    };
  },
};

function added(before: Value, operand: Value): Value {
  if (typeof operand === "number" && (before === undefined || typeof before === "number")) {
    return (before ?? 0) + operand;
  }
  if (operand instanceof Set && (before === undefined || before instanceof Set)) {
    return new Set([...(before ?? []), ...operand]);
  }
  throw new ExpressionError("An operand in the update expression has an incorrect data type");
}

function readSum(reader: TokenReader): Operand {
  const one = readSetOperand(reader);
  const sign = reader.takes("+") ? 1 : reader.takes("-") ? -1 : 0;
  if (sign === 0) {
    return needed(one);
  }
  const other = readSetOperand(reader);
  return (item, given) => {
    const [a, b] = [one(item, given), other(item, given)];
    if (typeof a !== "number" || typeof b !== "number") {
      throw new ExpressionError("An operand in the update expression has an incorrect data type");
    }
    return a + sign * b;
  };
}

function needed(operand: Operand): Operand {
  return (item, given) => {
    const value = operand(item, given);
    if (value === undefined) {
      throw new ExpressionError("The provided expression refers to an attribute that does not exist in the item");
    }
    return value;
  };
}

function readSetOperand(reader: TokenReader): Operand {
  const name = reader.peek().toLowerCase();
  if (reader.peek(1) !== "(" || (name !== "if_not_exists" && name !== "list_append")) {
    return readOperand(reader);
  }
  reader.next();
  reader.expects("(");
  const one = readSetOperand(reader);
  reader.expects(",");
  const other = readSetOperand(reader);
  reader.expects(")");
  return name === "if_not_exists"
    ? (item, given) => one(item, given) ?? other(item, given)
    : (item, given) => [...listIn(one(item, given)), ...listIn(other(item, given))];
}

function listIn(value: Value): readonly Value[] {
  if (!Array.isArray(value)) {
    throw new ExpressionError("An operand in the update expression has an incorrect data type");
  }
  return value;
}
