/** Stock in Redis: one script decides, takes and records. */
import { randomUUID } from "node:crypto";
import type { RedisConnection, RedisServer } from "./redis-server.ts";
import type { Side } from "./side.ts";

/** Checks, takes and records in one script, while the server does nothing else. */
const reserveScript = `
  local level = redis.call('HMGET', KEYS[1], 'onHand', 'reserved')
  if not level[1] or level[1] - level[2] < 1 then return 0 end
  redis.call('HINCRBY', KEYS[1], 'reserved', 1)
  redis.call('HSET', KEYS[2], 'sku', ARGV[1], 'quantity', 1)
  redis.call('ZADD', KEYS[3], ARGV[2], KEYS[2])
  return 1`;

const holdMs = 1_800_000;
const deadlines = "deadlines";

export async function redisSide(server: RedisServer): Promise<Side> {
  const client = await server.connect();
  const script = await client.scriptLoad(reserveScript);
  await client.close();
  let stocked = 0;
  const connected = async <T>(run: (connection: RedisConnection) => Promise<T>): Promise<T> => {
    const connection = await server.connect();
    try {
      return await run(connection);
    } finally {
      await connection.close();
    }
  };
  return {
    title: "Redis, Lua script, appendfsync always",
    lock: "the whole server, inside the one call",
    stock: async (skus, unitsEach) => {
      const added = Array.from({ length: skus }, (_, index) => stocked + index);
      stocked += skus;
      await connected(async (connection) => {
        await Promise.all(added.map((sku) => connection.hSet(`level:${sku}`, { onHand: unitsEach, reserved: 0 })));
      });
      return added;
    },
    buyer: async (probe) => {
      const connection = await server.connect();
      return {
        reserve: async (sku) => {
          const keys = [`level:${sku}`, `reservation:${randomUUID()}`, deadlines];
          const values = [String(sku), String(Date.now() + holdMs)];
          const answer = await probe.lockedTrip(() => connection.evalSha(script, { keys, arguments: values }));
          return answer === 1;
        },
        close: async () => await connection.close(),
      };
    },
    taken: async () =>
      await connected(async (connection) => {
        const reserved = await Promise.all(
          Array.from({ length: stocked }, (_, sku) => connection.hGet(`level:${sku}`, "reserved")),
        );
        const units = reserved.reduce((sum, each) => sum + Number(each), 0);
        return { units, reservations: await connection.zCard(deadlines) };
      }),
  };
}
