/**
 * Key values of the three tables. `#` separates the parts; it is not allowed in SKUs and ids, so that no two
 * things can meet in one key.
 */
import { keyPrefixes } from "../contract/tables.ts";
import type { LevelKey } from "../domain/level.ts";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const levelSortKeyPrefix = "LEVEL#";
const itemSortKey = "ITEM";
const reservationSortKey = "RESERVATION";

export const inventoryKeys = {
  /** The partition in which an item and all its levels stand together. */
  skuPartition: (sku: string): string => `${keyPrefixes.sku}${sku}`,
  levelSortKeyPrefix,
  level: ({ sku, locationId }: LevelKey): Key => ({
    pk: `${keyPrefixes.sku}${sku}`,
    sk: `${levelSortKeyPrefix}${locationId}`,
  }),
  item: (sku: string): Key => ({ pk: `${keyPrefixes.sku}${sku}`, sk: itemSortKey }),
  reservation: (reservationId: string): Key => ({
    pk: `${keyPrefixes.reservation}${reservationId}`,
    sk: reservationSortKey,
  }),
  /** Locations are few and change seldom: one partition lists them consistently. */
  locationsPartition: keyPrefixes.locations as string,
  location: (locationId: string): Key => ({ pk: keyPrefixes.locations, sk: locationId }),
  /** Makes one change of one request happen once. `digest` stands for caller and key. */
  operation: (digest: string, index: number): Key => ({
    pk: `${keyPrefixes.operation}${digest}`,
    sk: String(index),
  }),
  /** The first successful answer to a request with an idempotency key. */
  answer: (digest: string): Key => ({ pk: `${keyPrefixes.answer}${digest}`, sk: "ANSWER" }),
  /** Makes the release after a TTL deletion happen once; `uid` names the incarnation of the reservation. */
  expired: (uid: string): Key => ({ pk: `${keyPrefixes.expired}${uid}`, sk: "EXPIRED" }),
} as const;

export type InventoryEntity =
  | ({ readonly kind: "level" } & LevelKey)
  | { readonly kind: "item"; readonly sku: string }
  | { readonly kind: "reservation"; readonly reservationId: string }
  | { readonly kind: "other" };

/** What an item of the inventory table is, told from its key. */
export function entityOf({ pk, sk }: Key): InventoryEntity {
  if (pk.startsWith(keyPrefixes.sku)) {
    const sku = pk.slice(keyPrefixes.sku.length);
    if (sk === itemSortKey) {
      return { kind: "item", sku };
    }
    if (sk.startsWith(levelSortKeyPrefix)) {
      return { kind: "level", sku, locationId: sk.slice(levelSortKeyPrefix.length) };
    }
  }
  if (pk.startsWith(keyPrefixes.reservation) && sk === reservationSortKey) {
    return { kind: "reservation", reservationId: pk.slice(keyPrefixes.reservation.length) };
  }
  return { kind: "other" };
}

const movementsPrefix = "LEVEL#";

export const movementKeys = {
  /** The partition of one level's movements. */
  level: ({ sku, locationId }: LevelKey): string => `${movementsPrefix}${sku}#${locationId}`,
  /** The level of a partition, or null. */
  parse: (pk: string): LevelKey | null => {
    const [sku, locationId, ...rest] = pk.startsWith(movementsPrefix)
      ? pk.slice(movementsPrefix.length).split("#")
      : [];
    return sku === undefined || locationId === undefined || rest.length > 0 ? null : { sku, locationId };
  },
  /** What the partitions of all levels of a SKU begin with. */
  ofSku: (sku: string): string => `${movementsPrefix}${sku}#`,
  prefix: movementsPrefix,
} as const;

export const viewKeys = {
  summary: (sku: string): Key => ({ pk: `SUMMARY#${sku}`, sk: "SUMMARY" }),
  /** Which SKUs have a level at a location. */
  locationPartition: (locationId: string): string => `LOCATION#${locationId}`,
  locationMember: ({ sku, locationId }: LevelKey): Key => ({ pk: `LOCATION#${locationId}`, sk: sku }),
  /** The list of all items, by SKU. */
  itemsPartition: "ITEMS",
  listedItem: (sku: string): Key => ({ pk: "ITEMS", sk: sku }),
  /** The partition of one level's alerts. */
  alertsPartition: ({ sku, locationId }: LevelKey): string => `ALERTS#${sku}#${locationId}`,
  /** An alert that was raised by this version of a level; in order of versions. */
  alertSortKey: (type: string, version: number): string => `ALERT#${type}#${sortable(version)}`,
  /** The end of a condition with this version of a level; in order of versions. */
  endSortKey: (type: string, version: number): string => `END#${type}#${sortable(version)}`,
} as const;

/** A version as text that sorts like the number: 16 digits hold every safe integer. */
function sortable(version: number): string {
  return String(version).padStart(16, "0");
}
