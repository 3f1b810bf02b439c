/** The records of the inventory table's stream, read as changes of what the table holds. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "../domain/catalogue.ts";
import type { Cell } from "../domain/level.ts";
import type { LevelChange } from "../domain/movement.ts";
import type { Reservation } from "../domain/reservation.ts";
import { parseCell } from "./cells.ts";
import { parseItem } from "./items.ts";
import { entityOf } from "./keys.ts";
import { parseLevel } from "./levels.ts";
import { parseReservation, timeToLiveIn } from "./reservation-item.ts";
import { readString, type StoredItem } from "./stored-item.ts";

/** A record as Lambda gives it; the images are in DynamoDB's own notation. */
export interface StreamRecord {
  readonly dynamodb?: {
    readonly Keys?: object;
    readonly NewImage?: object;
    readonly OldImage?: object;
    readonly SequenceNumber?: string;
  };
}

export type StoredChange =
  | ({ readonly kind: "level" } & LevelChange)
  | { readonly kind: "cell"; readonly before: Cell | null; readonly after: Cell }
  | { readonly kind: "item"; readonly before: Item | null; readonly after: Item }
  | { readonly kind: "reservation"; readonly before: Reservation | null; readonly after: Reservation }
  /** By the table's TTL, or by hand. */
  | { readonly kind: "reservation-deleted"; readonly before: Reservation; readonly ttlSeconds: number | null }
  /** Something that nobody waits for. */
  | { readonly kind: "other" };

function imageOf(image: object | undefined): StoredItem | null {
  return image === undefined ? null : unmarshall(image as Record<string, AttributeValue>);
}

function parsed<T>(item: StoredItem | null, parse: (item: StoredItem) => T): T | null {
  return item === null ? null : parse(item);
}

/** Throws a `CorruptItemError` when an image does not have its shape. */
export function changeIn({ dynamodb = {} }: StreamRecord): StoredChange {
  const keys = imageOf(dynamodb.Keys) ?? {};
  return changeOf(keys, imageOf(dynamodb.OldImage), imageOf(dynamodb.NewImage));
}

/** An item of the table as a change that has just made it. */
export function creationOf(item: StoredItem): StoredChange {
  return changeOf(item, null, item);
}

function changeOf(keys: StoredItem, before: StoredItem | null, after: StoredItem | null): StoredChange {
  const entity = entityOf({ pk: readString(keys, "pk"), sk: readString(keys, "sk") });
  switch (entity.kind) {
    case "stock": {
      const { key } = entity;
      const { cell } = key;
      if (after === null) {
        return { kind: "other" };
      }
      return cell === null
        ? { kind: "level", before: parsed(before, (item) => parseLevel(key, item)), after: parseLevel(key, after) }
        : {
            kind: "cell",
            before: parsed(before, (item) => parseCell({ ...key, cell }, item)),
            after: parseCell({ ...key, cell }, after),
          };
    }
    case "item":
      return after === null
        ? { kind: "other" }
        : {
            kind: "item",
            before: parsed(before, (item) => parseItem(entity.sku, item)),
            after: parseItem(entity.sku, after),
          };
    case "reservation": {
      const earlier = parsed(before, (item) => parseReservation(entity.reservationId, item));
      if (after !== null) {
        return { kind: "reservation", before: earlier, after: parseReservation(entity.reservationId, after) };
      }
      return earlier === null || before === null
        ? { kind: "other" }
        : { kind: "reservation-deleted", before: earlier, ttlSeconds: timeToLiveIn(before) };
    }
    case "location":
    case "queue-entry":
    case "other":
      return { kind: "other" };
  }
}
