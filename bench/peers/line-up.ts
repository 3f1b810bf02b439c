/** Who takes part: this service, and of the others all whose servers the machine has. */
import { startPostgres } from "./postgres-server.ts";
import { postgresSide } from "./postgres-side.ts";
import { advisoryLock, oneStatement, rowLock, unitRows } from "./postgres-ways.ts";
import { installCommand } from "./programs.ts";
import { startRedis } from "./redis-server.ts";
import { redisSide } from "./redis-side.ts";
import { startService } from "./service-side.ts";
import type { Side } from "./side.ts";

export interface LineUp {
  readonly sides: readonly Side[];
  /** The servers that were found. */
  readonly versions: readonly string[];
  /** Those that were not, each with what installs it. */
  readonly leftOut: readonly string[];
  stop(): Promise<void>;
}

interface Server {
  stop(): Promise<void>;
}

export async function lineUp(): Promise<LineUp> {
  const started: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(async (server) => await server.stop()));
  };
  const sides: Side[] = [];
  const versions: string[] = [];
  const leftOut: string[] = [];
  try {
    const service = await startService();
    started.push(service);
    sides.push(service);

    const postgres = await startPostgres();
    if (postgres === null) {
      leftOut.push(`PostgreSQL is not on this machine, so its four ways are left out: ${installCommand("postgresql")}`);
    } else {
      started.push(postgres);
      versions.push(postgres.version);
      for (const way of [rowLock, advisoryLock, unitRows, oneStatement]) {
        sides.push(await postgresSide(postgres, way));
      }
    }

    const redis = await startRedis();
    if (redis === null) {
      leftOut.push(`Redis is not on this machine, so it is left out: ${installCommand("redis")}`);
    } else {
      started.push(redis);
      versions.push(redis.version);
      sides.push(await redisSide(redis));
    }
    return { sides, versions, leftOut, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
