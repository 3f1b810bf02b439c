/** The form of every kind of item that outlives a deployment: the one place where they are counted. */
import type { InventoryEntity } from "./keys.ts";
import type { Schema } from "./schema.ts";
import type { StoredItem } from "./stored-item.ts";

function firstForm(kind: string, guard: readonly string[]): Schema {
  return { kind, oldest: 1, upgrades: [], guard };
}

/**
 * The second form of a place in a backorder queue does not repeat its key: SKU, location, time of the promise and
 * reservation were stored twice, and could have contradicted each other.
 */
function withoutItsKey(place: StoredItem): StoredItem {
  const { sku: _sku, locationId: _location, promisedAt: _time, reservationId: _reservation, ...rest } = place;
  return rest;
}

export const schemas = {
  level: firstForm("level", ["version"]),
  cell: firstForm("cell", ["version"]),
  item: firstForm("item", ["revision"]),
  location: firstForm("location", ["revision"]),
  reservation: firstForm("reservation", ["uid", "version"]),
  /** Each change of a place writes the whole of it: of the same incarnation and quantity it is the same. */
  queueEntry: { kind: "place in a queue", oldest: 1, upgrades: [withoutItsKey], guard: ["uid", "quantity"] },
  split: firstForm("record of a split", []),
  operation: firstForm("operation marker", []),
  answer: firstForm("kept answer", []),
  /** The trail is never rewritten: each form that it ever had is read for ever. */
  movement: firstForm("movement", []),
  /** The views are made anew rather than migrated. */
  summary: firstForm("summary", []),
  alert: firstForm("alert", []),
} as const satisfies Readonly<Record<string, Schema>>;

/** The forms of an item of the inventory table that is kept for long, told from its key; null for all others. */
export function schemaOf(entity: InventoryEntity): Schema | null {
  switch (entity.kind) {
    case "stock":
      return entity.key.cell === null ? schemas.level : schemas.cell;
    case "queue-entry":
      return schemas.queueEntry;
    case "item":
    case "location":
    case "reservation":
      return schemas[entity.kind];
    case "other":
      return null;
  }
}
