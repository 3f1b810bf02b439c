/** What stands in an expression: paths into the item and placeholders of the request. */
import { ExpressionError, type TokenReader } from "./tokens.ts";
import { type Attributes, sizeOf, type Value } from "./values.ts";

/** The placeholders that a request gives to its expressions. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
}

/** Undefined where the item has no such attribute. */
export type Operand = (item: Attributes, placeholders: Placeholders) => Value;

/** A step into an item: the name of an attribute, the placeholder of one, or the index in a list. */
type Step = string | number;

export interface Path {
  readonly steps: readonly Step[];
}

export function readPath(reader: TokenReader): Path {
  const steps: Step[] = [reader.next()];
  for (;;) {
    if (reader.takes(".")) {
      steps.push(reader.next());
    } else if (reader.takes("[")) {
      steps.push(Number(reader.next()));
      reader.expects("]");
    } else {
      return { steps };
    }
  }
}

/** The path with the names that its placeholders stand for. */
export function resolvePath({ steps }: Path, { names }: Placeholders): readonly Step[] {
  return steps.map((step) => {
    if (typeof step === "number" || !step.startsWith("#")) {
      return step;
    }
    const name = names[step];
    if (name === undefined) {
      throw new ExpressionError(`An expression attribute name used in the expression is not defined: ${step}`);
    }
    return name;
  });
}

export function valueAt(item: Attributes, steps: readonly Step[]): Value {
  let value: Value = item;
  for (const step of steps) {
    if (typeof value !== "object" || value === null) {
      return undefined;
    }
    value = (value as Record<Step, Value>)[step];
  }
  return value;
}

export function pathOperand(path: Path): Operand {
  const [first] = path.steps;
  if (path.steps.length === 1 && typeof first === "string") {
    return first.startsWith("#")
      ? (item, placeholders) => item[String(resolvePath(path, placeholders)[0])]
      : (item) => item[first];
  }
  return (item, placeholders) => valueAt(item, resolvePath(path, placeholders));
}

export function readOperand(reader: TokenReader): Operand {
  if (reader.peek().startsWith(":")) {
    const name = reader.next();
    return (_, { values }) => {
      if (!(name in values)) {
        throw new ExpressionError(`An expression attribute value used in expression is not defined: ${name}`);
      }
      return values[name];
    };
  }
  if (reader.peek().toLowerCase() === "size" && reader.peek(1) === "(") {
    reader.next();
    reader.expects("(");
    const inner = pathOperand(readPath(reader));
    reader.expects(")");
    return (item, placeholders) => {
      const value = inner(item, placeholders);
      return value === undefined ? undefined : (sizeOf(value) ?? undefined);
    };
  }
  return pathOperand(readPath(reader));
}
