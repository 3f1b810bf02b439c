/** A way of reserving on PostgreSQL as a side of the race: each has a schema of its own on the one server. */
import type pg from "pg";
import type { PostgresServer } from "./postgres-server.ts";
import type { Buyer, Probe, Side, SkuNumber, Taken } from "./side.ts";

export interface PostgresWay {
  readonly name: string;
  readonly title: string;
  readonly lock: string;
  /** Creates the stock's tables; that of the reservations is the same for all. */
  readonly tables: string;
  /** Puts the SKUs $1 to $2 on the shelf with $3 units each. */
  readonly fill: string;
  /** How many units the stock says are taken. */
  readonly taken: string;
  buyer(connect: () => Promise<pg.Client>, probe: Probe): Promise<Buyer>;
}

/** A hold as every side keeps it: its id, its units and its deadline. */
const reservations = `
  CREATE TABLE reservations (
    id text PRIMARY KEY, sku int NOT NULL, quantity int NOT NULL, expires_at timestamptz NOT NULL
  )`;

export async function postgresSide(server: PostgresServer, way: PostgresWay): Promise<Side> {
  const connect = async (): Promise<pg.Client> => {
    const client = await server.connect();
    await client.query(`SET search_path TO ${way.name}`);
    return client;
  };
  const connected = async <T>(run: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await connect();
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  };
  await connected(async (client) => {
    await client.query(`CREATE SCHEMA ${way.name}`);
    await client.query(reservations);
    await client.query(way.tables);
  });

  let stocked = 0;
  return {
    title: way.title,
    lock: way.lock,
    stock: async (skus, unitsEach): Promise<readonly SkuNumber[]> => {
      const first = stocked;
      stocked += skus;
      await connected(async (client) => {
        await client.query(way.fill, [first, stocked - 1, unitsEach]);
        await client.query("VACUUM ANALYZE");
      });
      return Array.from({ length: skus }, (_, index) => first + index);
    },
    buyer: async (probe) => await way.buyer(connect, probe),
    taken: async (): Promise<Taken> =>
      await connected(async (client) => {
        const { rows } = await client.query<Taken>(
          `SELECT (${way.taken})::int AS units, (SELECT count(*) FROM reservations)::int AS reservations`,
        );
        return rows[0] as Taken;
      }),
  };
}
