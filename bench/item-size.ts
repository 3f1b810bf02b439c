/**
 * The size of a DynamoDB item by AWS's published rules ("DynamoDB item sizes and formats",
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html):
 *
 * - an item is the sum of its attribute names (UTF-8 bytes) and values;
 * - a string is its UTF-8 bytes, a binary its raw bytes, null and Boolean 1 byte;
 * - a number is about 1 byte for two significant digits and 1 byte more; leading and trailing zeros do not count;
 * - a list or map is 3 bytes, its elements, and 1 byte more for each element; a map's element has a name.
 *
 * The 100 bytes of storage overhead that the same page names are billed as storage, not as capacity.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item as the low-level API gives it. */
export type AttributeMap = Readonly<Record<string, AttributeValue>>;

/** Bytes of a whole item, names and values. */
export function itemSizeBytes(item: AttributeMap): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + utf8Bytes(name) + valueSizeBytes(value), 0);
}

const containerBytes = 3;
const elementBytes = 1;

/**
 * Of a set AWS publishes no size: one of texts is counted like a list, rather too large than too small. Throws for
 * other sets, which this service does not store.
 */
export function valueSizeBytes(value: AttributeValue): number {
  if (value.S !== undefined) {
    return utf8Bytes(value.S);
  }
  if (value.N !== undefined) {
    return numberBytes(value.N);
  }
  if (value.B !== undefined) {
    return value.B.byteLength;
  }
  if (value.BOOL !== undefined || value.NULL !== undefined) {
    return 1;
  }
  if (value.L !== undefined) {
    return value.L.reduce((sum, element) => sum + elementBytes + valueSizeBytes(element), containerBytes);
  }
  if (value.SS !== undefined) {
    return value.SS.reduce((sum, element) => sum + elementBytes + utf8Bytes(element), containerBytes);
  }
  if (value.M !== undefined) {
    const elements = Object.entries(value.M);
    return elements.reduce(
      (sum, [name, element]) => sum + elementBytes + utf8Bytes(name) + valueSizeBytes(element),
      containerBytes,
    );
  }
  throw new Error(`The size of a value of type ${Object.keys(value).join()} is not known.`);
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Sign, digits before and after the point, power of ten. */
const numberShape = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

/**
 * "Approximately", say the rules. The two digits of a byte are those of a power of 100, so that 120 takes two
 * (01 20) and 1200 one (12); a sign takes a byte. DynamoDB Local counts in the same way, to the byte.
 */
function numberBytes(text: string): number {
  const [, sign, whole = "", fraction = "", exponent = "0"] = numberShape.exec(text) ?? [];
  const digits = whole + fraction;
  const first = digits.search(/[1-9]/);
  if (first === -1) {
    return 1;
  }
  const last = digits.replace(/0+$/, "").length - 1;
  const highestPower = whole.length - 1 + Number(exponent);
  const pairs = Math.floor((highestPower - first) / 2) - Math.floor((highestPower - last) / 2) + 1;
  return pairs + 1 + (sign === "-" ? 1 : 0);
}
