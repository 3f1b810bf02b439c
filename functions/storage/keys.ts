/**
 * Key values of the three tables. `#` separates the parts; it is not allowed in SKUs and ids, so that no two
 * things can meet in one key.
 */
import { keyPrefixes } from "../contract/tables.ts";
import type { AlertMoment } from "../domain/alert.ts";
import type { CellId, LevelKey, StockKey } from "../domain/level.ts";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const levelSortKeyPrefix = "LEVEL#";
const itemSortKey = "ITEM";
const cellSortKey = "CELL";
const reservationSortKey = "RESERVATION";

function splitSortKeyPrefix({ locationId }: Pick<LevelKey, "locationId">): string {
  return `SPLIT#${locationId}#`;
}

function cellName({ sku, locationId }: LevelKey, { generation, index }: CellId): string {
  return `${sku}#${locationId}#${generation}#${index}`;
}

function parseCellName(name: string): StockKey | null {
  const [sku, locationId, generation, index, ...rest] = name.split("#");
  return sku === undefined || locationId === undefined || generation === undefined || rest.length > 0
    ? null
    : { sku, locationId, cell: { generation: Number(generation), index: Number(index) } };
}

export const inventoryKeys = {
  /** The partition in which an item and all its levels stand together. */
  skuPartition: (sku: string): string => `${keyPrefixes.sku}${sku}`,
  levelSortKeyPrefix,
  /** Sorts after all levels: `$` follows `#`. */
  behindLevels: levelSortKeyPrefix.replace("#", "$"),
  level: ({ sku, locationId }: LevelKey): Key => ({
    pk: `${keyPrefixes.sku}${sku}`,
    sk: `${levelSortKeyPrefix}${locationId}`,
  }),
  /** A level, or one of its cells. */
  stock: ({ cell, ...level }: StockKey): Key =>
    cell === null
      ? { pk: `${keyPrefixes.sku}${level.sku}`, sk: `${levelSortKeyPrefix}${level.locationId}` }
      : { pk: `${keyPrefixes.cell}${cellName(level, cell)}`, sk: cellSortKey },
  item: (sku: string): Key => ({ pk: `${keyPrefixes.sku}${sku}`, sk: itemSortKey }),
  /** In how many kits a SKU is a component. */
  componentUse: (sku: string): Key => ({ pk: `${keyPrefixes.sku}${sku}`, sk: "COMPONENT" }),
  /** What is known of the sale of a split level, for a second. */
  soldOut: ({ sku, locationId }: LevelKey): Key => ({ pk: `${keyPrefixes.sku}${sku}`, sk: `SOLDOUT#${locationId}` }),
  /** The record of one split of a level. */
  split: ({ sku, locationId }: LevelKey, generation: number): Key => ({
    pk: `${keyPrefixes.sku}${sku}`,
    sk: `${splitSortKeyPrefix({ locationId })}${sortable(generation)}`,
  }),
  splitSortKeyPrefix,
  /** The backorder queue of a level. */
  queuePartition: ({ sku, locationId }: LevelKey): string => `${keyPrefixes.backorder}${sku}#${locationId}`,
  /** In order of promises. */
  queueEntry: (level: LevelKey, promisedAtMs: number, reservationId: string): Key => ({
    pk: `${keyPrefixes.backorder}${level.sku}#${level.locationId}`,
    sk: `${sortable(promisedAtMs)}#${reservationId}`,
  }),
  /** What one customer has bought of a SKU in one window. `customer` is a digest: a key names nobody. */
  purchases: (customer: string, sku: string, windowDays: number | null, window: number): Key => ({
    pk: `${keyPrefixes.purchases}${customer}#${sku}`,
    sk: windowDays === null ? "ALL" : `${windowDays}#${window}`,
  }),
  /** The place that a key of a queue stands for, or null. */
  parseQueueEntry: ({
    pk,
    sk,
  }: Key): (LevelKey & { readonly promisedAtMs: number; readonly reservationId: string }) | null => {
    const [sku, locationId, ...more] = pk.slice(keyPrefixes.backorder.length).split("#");
    const [promisedAt, reservationId, ...others] = sk.split("#");
    return !pk.startsWith(keyPrefixes.backorder) ||
      sku === undefined ||
      locationId === undefined ||
      promisedAt === undefined ||
      reservationId === undefined ||
      more.length + others.length > 0
      ? null
      : { sku, locationId, promisedAtMs: Number(promisedAt), reservationId };
  },
  /** The open holds of one customer, who is named by a digest. */
  holds: (customer: string): Key => ({ pk: `${keyPrefixes.holds}${customer}`, sk: "HOLDS" }),
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
  /** Makes what follows from a deletion happen once; `uid` names the incarnation of the reservation. */
  expired: (uid: string, version: number): Key => ({
    pk: `${keyPrefixes.expired}${uid}#${version}`,
    sk: "EXPIRED",
  }),
} as const;

export type InventoryEntity =
  | { readonly kind: "stock"; readonly key: StockKey }
  | { readonly kind: "item"; readonly sku: string }
  | { readonly kind: "reservation"; readonly reservationId: string }
  | { readonly kind: "location"; readonly locationId: string }
  | { readonly kind: "queue-entry" }
  | { readonly kind: "other" };

/** What an item of the inventory table is, told from its key. */
export function entityOf({ pk, sk }: Key): InventoryEntity {
  if (pk.startsWith(keyPrefixes.sku)) {
    const sku = pk.slice(keyPrefixes.sku.length);
    if (sk === itemSortKey) {
      return { kind: "item", sku };
    }
    if (sk.startsWith(levelSortKeyPrefix)) {
      return { kind: "stock", key: { sku, locationId: sk.slice(levelSortKeyPrefix.length), cell: null } };
    }
  }
  if (pk.startsWith(keyPrefixes.cell) && sk === cellSortKey) {
    const key = parseCellName(pk.slice(keyPrefixes.cell.length));
    return key === null ? { kind: "other" } : { kind: "stock", key };
  }
  if (pk.startsWith(keyPrefixes.reservation) && sk === reservationSortKey) {
    return { kind: "reservation", reservationId: pk.slice(keyPrefixes.reservation.length) };
  }
  if (pk.startsWith(keyPrefixes.backorder)) {
    return { kind: "queue-entry" };
  }
  if (pk === keyPrefixes.locations) {
    return { kind: "location", locationId: sk };
  }
  return { kind: "other" };
}

const movementsPrefix = "LEVEL#";

export const movementKeys = {
  /** The partition of the movements of a level, or of one of its cells. */
  stock: ({ cell, ...level }: StockKey): string =>
    `${movementsPrefix}${cell === null ? `${level.sku}#${level.locationId}` : cellName(level, cell)}`,
  /** The level or cell of a partition, or null. */
  parse: (pk: string): StockKey | null => {
    if (!pk.startsWith(movementsPrefix)) {
      return null;
    }
    const name = pk.slice(movementsPrefix.length);
    const [sku, locationId, ...cell] = name.split("#");
    return sku === undefined || locationId === undefined || cell.length > 0
      ? parseCellName(name)
      : { sku, locationId, cell: null };
  },
  /** What the partitions of all levels of a SKU begin with. */
  ofSku: (sku: string): string => `${movementsPrefix}${sku}#`,
  /** What the partitions of all cells of a level begin with. */
  cellsOf: (sku: string, locationId: string): string => `${movementsPrefix}${sku}#${locationId}#`,
  prefix: movementsPrefix,
} as const;

export const viewKeys = {
  summary: (sku: string): Key => ({ pk: `SUMMARY#${sku}`, sk: "SUMMARY" }),
  /** Who sums a split level up, for a purpose. */
  claim: (purpose: string, { sku, locationId }: LevelKey): Key => ({
    pk: `CLAIM#${sku}#${locationId}`,
    sk: purpose,
  }),
  /** Which SKUs have a level at a location. */
  locationPartition: (locationId: string): string => `LOCATION#${locationId}`,
  locationMember: ({ sku, locationId }: LevelKey): Key => ({ pk: `LOCATION#${locationId}`, sk: sku }),
  /** The list of all items, by SKU. */
  itemsPartition: "ITEMS",
  listedItem: (sku: string): Key => ({ pk: "ITEMS", sk: sku }),
  /** The reservations that a caller's reference, or an order, stands for. */
  reservationsPartition: (kind: "reference" | "order", id: string): string => `${kind.toUpperCase()}#${id}`,
  listedReservation: (kind: "reference" | "order", id: string, createdAtMs: number, reservationId: string): Key => ({
    pk: `${kind.toUpperCase()}#${id}`,
    sk: `${sortable(createdAtMs)}#${reservationId}`,
  }),
  /** How far reconcile has come. */
  reconcilePosition: { pk: "RECONCILE", sk: "POSITION" },
  /** The partition of one level's alerts. */
  alertsPartition: ({ sku, locationId }: LevelKey): string => `ALERTS#${sku}#${locationId}`,
  /** An alert that was raised at this moment of a level; in order of moments. */
  alertSortKey: (type: string, moment: AlertMoment): string => `ALERT#${type}#${momentText(moment)}`,
  /** The end of a condition at this moment of a level; in order of moments. */
  endSortKey: (type: string, moment: AlertMoment): string => `END#${type}#${momentText(moment)}`,
} as const;

export type ViewEntity =
  | { readonly kind: "summary"; readonly sku: string }
  | { readonly kind: "location-member"; readonly level: LevelKey }
  | { readonly kind: "listed-item"; readonly sku: string }
  | {
      readonly kind: "listed-reservation";
      readonly name: { readonly kind: "reference" | "order"; readonly id: string };
    }
  /** An alert, or the end of one. */
  | { readonly kind: "alert"; readonly level: LevelKey }
  | { readonly kind: "claim" }
  | { readonly kind: "other" };

/** What a row of the views table is, told from its key. */
export function viewEntityOf({ pk, sk }: Key): ViewEntity {
  const [prefix = "", first = "", second = ""] = pk.split("#");
  switch (prefix) {
    case "SUMMARY":
      return { kind: "summary", sku: first };
    case "LOCATION":
      return { kind: "location-member", level: { sku: sk, locationId: first } };
    case viewKeys.itemsPartition:
      return { kind: "listed-item", sku: sk };
    case "REFERENCE":
    case "ORDER":
      // What a caller calls its cart or its order may have any character.
      return {
        kind: "listed-reservation",
        name: { kind: prefix === "ORDER" ? "order" : "reference", id: pk.slice(prefix.length + 1) },
      };
    case "ALERTS":
      return { kind: "alert", level: { sku: first, locationId: second } };
    case "CLAIM":
      return { kind: "claim" };
    default:
      return { kind: "other" };
  }
}

function momentText({ epoch, version }: AlertMoment): string {
  return `${sortable(epoch)}#${sortable(version)}`;
}

/** A number as text that sorts like the number: 16 digits hold every safe integer. */
function sortable(version: number): string {
  return String(version).padStart(16, "0");
}
