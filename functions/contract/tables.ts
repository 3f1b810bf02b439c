/**
 * The shape of the three tables: one source for the CDK tables, the storage and the tests.
 *
 * Key values are built in `storage/keys.ts`; only what infrastructure must know stands here.
 */

/** The truth: levels, cells, reservations, items, locations, queues, counters, markers. The only table with a stream. */
export const inventoryTable = {
  partitionKey: "pk",
  sortKey: "sk",
  timeToLive: "ttl",
} as const;

/** The audit trail: one item per level write, put if absent, never changed or deleted. */
export const movementsTable = {
  partitionKey: "pk",
  /** The level's version, a number: dense, so that a missing movement shows as a gap. */
  sortKey: "version",
  indexes: {
    byReservation: { indexName: "byReservation", partitionKey: "reservationId", sortKey: "at" },
  },
} as const;

/** Derived figures and lists; may be thrown away and rebuilt from the other two tables. */
export const viewsTable = {
  partitionKey: "pk",
  sortKey: "sk",
  timeToLive: "ttl",
  indexes: {
    /** Sparse: only alerts carry `alertStatus`. */
    alertsByStatus: { indexName: "alertsByStatus", partitionKey: "alertStatus", sortKey: "raisedAt" },
  },
} as const;

/**
 * First parts of the inventory table's partition keys.
 * A level and its item share the partition `SKU#<sku>`, so that one query tells an unknown SKU from an empty one.
 */
export const keyPrefixes = {
  sku: "SKU#",
  /** Each cell of a split level has a partition of its own, so that cells can be written side by side. */
  cell: "CELL#",
  reservation: "RESERVATION#",
  locations: "LOCATIONS",
  operation: "OPERATION#",
  answer: "ANSWER#",
  expired: "EXPIRED#",
  backorder: "BACKORDER#",
  purchases: "PURCHASES#",
  holds: "HOLDS#",
} as const;

/** The prefixes whose changes the stream's reader forwards; all others are filtered out before it is called. */
export const publishedKeyPrefixes = [keyPrefixes.sku, keyPrefixes.cell, keyPrefixes.reservation] as const;
