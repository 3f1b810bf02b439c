/** Condition, filter and key condition expressions, made into functions once and kept. */
import { type Operand, type Placeholders, readOperand } from "./operands.ts";
import { TokenReader } from "./tokens.ts";
import { type Attributes, compare, isEqual, kindOf, type Value } from "./values.ts";

/** Whether a condition holds for an item; a missing item has no attributes. */
export type Condition = (item: Attributes, placeholders: Placeholders) => boolean;

const kept = new Map<string, Condition>();

/** Throws an `ExpressionError` for what DynamoDB would refuse. */
export function conditionOf(expression: string): Condition {
  const known = kept.get(expression);
  if (known !== undefined) {
    return known;
  }
  const reader = new TokenReader(expression);
  const condition = readAny(reader);
  if (!reader.isAtEnd) {
    throw reader.error("the end");
  }
  kept.set(expression, condition);
  return condition;
}

function readAny(reader: TokenReader): Condition {
  const parts = [readAll(reader)];
  while (reader.takes("OR")) {
    parts.push(readAll(reader));
  }
  return parts.length === 1 ? (parts[0] as Condition) : (item, given) => parts.some((part) => part(item, given));
}

function readAll(reader: TokenReader): Condition {
  const parts = [readNegation(reader)];
  while (reader.takes("AND")) {
    parts.push(readNegation(reader));
  }
  return parts.length === 1 ? (parts[0] as Condition) : (item, given) => parts.every((part) => part(item, given));
}

function readNegation(reader: TokenReader): Condition {
  if (reader.takes("NOT")) {
    const inner = readNegation(reader);
    return (item, given) => !inner(item, given);
  }
  if (reader.takes("(")) {
    const inner = readAny(reader);
    reader.expects(")");
    return inner;
  }
  return readFunction(reader) ?? readComparison(reader);
}

const functions: Readonly<Record<string, (value: Value, argument: Value) => boolean>> = {
  begins_with: (value, start) => typeof value === "string" && value.startsWith(String(start)),
  contains: (value, member) =>
    typeof value === "string"
      ? typeof member === "string" && value.includes(member)
      : value instanceof Set
        ? value.has(member)
        : Array.isArray(value) && value.some((each) => isEqual(each, member)),
  attribute_type: (value, type) => value !== undefined && kindOf(value) === type,
};

function readFunction(reader: TokenReader): Condition | null {
  const name = reader.peek().toLowerCase();
  if (reader.peek(1) !== "(" || name === "size") {
    return null;
  }
  reader.next();
  reader.expects("(");
  const operand = readOperand(reader);
  if (name === "attribute_exists" || name === "attribute_not_exists") {
    reader.expects(")");
    const exists = name === "attribute_exists";
    return (item, given) => (operand(item, given) !== undefined) === exists;
  }
  const test = functions[name];
  if (test === undefined) {
    throw reader.error("a known function");
  }
  reader.expects(",");
  const argument = readOperand(reader);
  reader.expects(")");
  return (item, given) => test(operand(item, given), argument(item, given));
}

type Order = (difference: number) => boolean;

const orders: Readonly<Record<string, Order>> = {
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

function ordered(one: Operand, other: Operand, holds: Order): Condition {
  return (item, given) => {
    const difference = compare(one(item, given), other(item, given));
    return difference !== null && holds(difference);
  };
}

function readComparison(reader: TokenReader): Condition {
  const one = readOperand(reader);
  if (reader.takes("BETWEEN")) {
    const from = readOperand(reader);
    reader.expects("AND");
    const to = readOperand(reader);
    const [above, below] = [ordered(one, from, (each) => each >= 0), ordered(one, to, (each) => each <= 0)];
    return (item, given) => above(item, given) && below(item, given);
  }
  if (reader.takes("IN")) {
    reader.expects("(");
    const others = [readOperand(reader)];
    while (reader.takes(",")) {
      others.push(readOperand(reader));
    }
    reader.expects(")");
    return (item, given) => others.some((other) => equals(one(item, given), other(item, given)));
  }
  const comparator = reader.next();
  const other = readOperand(reader);
  if (comparator === "=") {
    return (item, given) => equals(one(item, given), other(item, given));
  }
  if (comparator === "<>") {
    return (item, given) => !equals(one(item, given), other(item, given));
  }
  const order = orders[comparator];
  if (order === undefined) {
    throw reader.error("a comparator");
  }
  return ordered(one, other, order);
}

/** What is not there equals nothing. */
function equals(one: Value, other: Value): boolean {
  return one !== undefined && other !== undefined && isEqual(one, other);
}
