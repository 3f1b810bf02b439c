/** The API's document as it is fuzzed: with names of things that are there beside those that the fuzzer makes up. */
import type { KnownNames } from "./shop.ts";

type Schema = Record<string, unknown>;

interface Parameter {
  readonly in: string;
  readonly name: string;
  schema: Schema;
}

export interface Document {
  readonly paths: Record<string, Record<string, { operationId: string; parameters?: Parameter[] }>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

/** Means the same as the schema, which has all of the known values; the first of them is the one to begin with. */
function withKnown(schema: Schema, known: readonly unknown[]): Schema {
  return { anyOf: [{ enum: known }, schema] };
}

/** ETags of things that were changed never, once and twice. */
const usualETags = ['"1"', '"2"', "*"];

/**
 * The same API in other words: what is valid stays valid, and nothing else becomes so. Only If-Match is narrowed,
 * which the fuzzer fills with ETags of its own kind otherwise.
 */
export function documentToFuzz(document: Document, names: KnownNames): Document {
  const fuzzed = structuredClone(document);
  const { schemas } = fuzzed.components;
  const { Sku = {}, LocationId = {}, ReservationId = {} } = structuredClone(schemas);
  schemas["Sku"] = withKnown(Sku, names.skus);
  schemas["LocationId"] = withKnown(LocationId, names.locationIds);
  const ofPath = (operationId: string, name: string): Schema | null => {
    const ids: Readonly<Record<string, readonly string[]>> = names.reservationIds;
    switch (name) {
      case "reservationId":
        return withKnown(ReservationId, ids[operationId] ?? []);
      case "sku":
        return operationId === "putItem" ? withKnown(Sku, names.changeable.skus) : null;
      case "locationId":
        return operationId === "putLocation" ? withKnown(LocationId, names.changeable.locationIds) : null;
      default:
        return null;
    }
  };
  for (const methods of Object.values(fuzzed.paths)) {
    for (const { operationId, parameters = [] } of Object.values(methods)) {
      for (const parameter of parameters) {
        if (parameter.name === "If-Match") {
          parameter.schema = { enum: usualETags };
        }
        if (parameter.in === "path") {
          parameter.schema = ofPath(operationId, parameter.name) ?? parameter.schema;
        }
      }
    }
  }
  return fuzzed;
}
