/**
 * How others reserve on PostgreSQL, each as little as does it: check, take, record. What the named projects do
 * beside that (sums over reservations, allocations, events) is left out, which is in their favour.
 */
import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { PostgresWay } from "./postgres-side.ts";
import type { SkuNumber } from "./side.ts";

const stockWithCounter = {
  tables: "CREATE TABLE stock (sku int PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL DEFAULT 0)",
  fill: "INSERT INTO stock (sku, on_hand) SELECT sku, $3 FROM generate_series($1::int, $2::int) AS sku",
  taken: "SELECT sum(reserved) FROM stock",
} as const;

const recordReservation = {
  name: "record",
  text: "INSERT INTO reservations (id, sku, quantity, expires_at) VALUES ($1, $2, 1, now() + interval '30 minutes')",
} as const;

const read = { name: "read", text: "SELECT on_hand - reserved AS available FROM stock WHERE sku = $1" } as const;
const take = { name: "take", text: "UPDATE stock SET reserved = reserved + 1 WHERE sku = $1" } as const;
const put = { name: "put", text: "UPDATE stock SET reserved = $2 WHERE sku = $1" } as const;

/** Runs one query of a buyer, prepared the first time. */
async function rowsOf<Row extends pg.QueryResultRow>(
  client: pg.Client,
  query: { readonly name: string; readonly text: string },
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return (await client.query<Row>({ ...query, values: [...values] })).rows;
}

/** The row of the stock is locked, checked, written, and unlocked by the commit: as in Saleor. */
export const rowLock: PostgresWay = {
  name: "row_lock",
  title: "PostgreSQL, SELECT … FOR UPDATE (Saleor)",
  lock: "the SKU's row, from the read to the commit",
  ...stockWithCounter,
  buyer: async (connect, probe) => {
    const client = await connect();
    const lockAndRead = { name: "lock", text: `${read.text} FOR UPDATE` };
    return {
      reserve: async (sku) => {
        await probe.trip(() => client.query("BEGIN"));
        const [row] = await probe.lockingTrip(() => rowsOf<{ available: number }>(client, lockAndRead, [sku]));
        if (row === undefined || row.available < 1) {
          await probe.unlockingTrip(() => client.query("ROLLBACK"));
          return false;
        }
        await probe.trip(() => rowsOf(client, recordReservation, [randomUUID(), sku]));
        await probe.trip(() => rowsOf(client, take, [sku]));
        await probe.unlockingTrip(() => client.query("COMMIT"));
        return true;
      },
      close: async () => await client.end(),
    };
  },
};

/**
 * A lock that stands for the SKU is taken on one connection; on another one the stock is read, checked and written,
 * in a transaction of its own: as in Medusa, whose locks are a module apart from its inventory.
 */
export const advisoryLock: PostgresWay = {
  name: "advisory_lock",
  title: "PostgreSQL, advisory lock, then check (Medusa)",
  lock: "the SKU's advisory lock, around a whole transaction on a second connection",
  ...stockWithCounter,
  buyer: async (connect, probe) => {
    const [locks, client] = [await connect(), await connect()];
    const lock = { name: "lock", text: "SELECT pg_advisory_xact_lock($1)" };
    const checkAndTake = async (sku: SkuNumber): Promise<boolean> => {
      await probe.trip(() => client.query("BEGIN"));
      const level = { name: "level", text: "SELECT on_hand, reserved FROM stock WHERE sku = $1" };
      const [row] = await probe.trip(() => rowsOf<{ on_hand: number; reserved: number }>(client, level, [sku]));
      if (row === undefined || row.on_hand - row.reserved < 1) {
        await probe.trip(() => client.query("ROLLBACK"));
        return false;
      }
      await probe.trip(() => rowsOf(client, recordReservation, [randomUUID(), sku]));
      // The sum that was reckoned from what was read: only the lock makes it right.
      await probe.trip(() => rowsOf(client, put, [sku, row.reserved + 1]));
      await probe.trip(() => client.query("COMMIT"));
      return true;
    };
    return {
      reserve: async (sku) => {
        await probe.trip(() => locks.query("BEGIN"));
        await probe.lockingTrip(() => rowsOf(locks, lock, [sku]));
        const isTaken = await checkAndTake(sku);
        await probe.unlockingTrip(() => locks.query("COMMIT"));
        return isTaken;
      },
      close: async () => {
        await locks.end();
        await client.end();
      },
    };
  },
};

/**
 * Each unit is a row, and a buyer takes the first one that nobody else has locked: as at Shopify, there on MySQL.
 * Buyers of one SKU wait for nobody, so that no lock is timed.
 */
export const unitRows: PostgresWay = {
  name: "unit_rows",
  title: "PostgreSQL, one row a unit, SKIP LOCKED (Shopify)",
  lock: "none: others step over the row of the unit",
  tables: `
    CREATE TABLE units (sku int, unit int, reservation_id text, PRIMARY KEY (sku, unit));
    CREATE INDEX free_units ON units (sku, unit) WHERE reservation_id IS NULL`,
  fill: `
    INSERT INTO units (sku, unit)
    SELECT sku, unit FROM generate_series($1::int, $2::int) AS sku, generate_series(1, $3::int) AS unit`,
  taken: "SELECT count(*) FROM units WHERE reservation_id IS NOT NULL",
  buyer: async (connect, probe) => {
    const client = await connect();
    const takeUnit = {
      name: "take",
      text: `
        UPDATE units SET reservation_id = $2 WHERE (sku, unit) = (
          SELECT sku, unit FROM units WHERE sku = $1 AND reservation_id IS NULL
          ORDER BY unit LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING unit`,
    };
    return {
      reserve: async (sku) => {
        const id = randomUUID();
        await probe.trip(() => client.query("BEGIN"));
        const [unit] = await probe.trip(() => rowsOf(client, takeUnit, [sku, id]));
        if (unit === undefined) {
          await probe.trip(() => client.query("ROLLBACK"));
          return false;
        }
        await probe.trip(() => rowsOf(client, recordReservation, [id, sku]));
        await probe.trip(() => client.query("COMMIT"));
        return true;
      },
      close: async () => await client.end(),
    };
  },
};

/** What PostgreSQL can do at its best: the condition stands in the write, and all of it is one statement. */
export const oneStatement: PostgresWay = {
  name: "one_statement",
  title: "PostgreSQL, condition in the write, one statement",
  lock: "the SKU's row, inside the one call",
  ...stockWithCounter,
  buyer: async (connect, probe) => {
    const client = await connect();
    const reserve = {
      name: "reserve",
      text: `
        WITH taken AS (
          UPDATE stock SET reserved = reserved + 1 WHERE sku = $2 AND on_hand - reserved >= 1 RETURNING sku
        )
        INSERT INTO reservations (id, sku, quantity, expires_at)
        SELECT $1, sku, 1, now() + interval '30 minutes' FROM taken RETURNING id`,
    };
    return {
      reserve: async (sku) => {
        const rows = await probe.lockedTrip(() => rowsOf(client, reserve, [randomUUID(), sku]));
        return rows.length === 1;
      },
      close: async () => await client.end(),
    };
  },
};
