/** Redis, as durable as it can be: what it answers has reached the disk (`appendfsync always`). */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { spawnGuarded } from "../../local/child-process.ts";
import { freePort } from "../../local/ports.ts";
import { findProgram } from "./programs.ts";
import { makeServerFolder } from "./server-folder.ts";

export interface RedisServer {
  readonly version: string;
  /** A connection of its own; the caller closes it. */
  connect(): Promise<RedisConnection>;
  stop(): Promise<void>;
}

export type RedisConnection = Awaited<ReturnType<typeof connectTo>>;

const startWithinMs = 30_000;

/** Null when the machine has no Redis, nor Valkey, which speaks the same. It ends with this process at the latest. */
export async function startRedis(): Promise<RedisServer | null> {
  const program = findProgram("redis-server", "valkey-server");
  if (program === null) {
    return null;
  }
  const folder = makeServerFolder("redis");
  const port = await freePort();
  const server = spawnGuarded(
    [
      program,
      ...["--bind", "127.0.0.1", "--port", String(port), "--dir", folder.path],
      ...["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0"],
    ],
    { ...folder.user, cwd: folder.path },
  );
  const stop = async (): Promise<void> => {
    await server.stop();
    folder.remove();
  };
  const connect = async (): Promise<RedisConnection> => await connectTo(port);
  try {
    await untilReady(connect, server.output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { version: execFileSync(program, ["--version"], { encoding: "utf8" }).trim(), connect, stop };
}

async function connectTo(port: number) {
  const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
  // An error of the connection reaches whoever waits for an answer.
  client.on("error", () => undefined);
  return await client.connect();
}

async function untilReady(connect: () => Promise<RedisConnection>, output: () => string): Promise<void> {
  const giveUpAtMs = Date.now() + startWithinMs;
  for (;;) {
    try {
      const client = await connect();
      await client.close();
      return;
    } catch (error) {
      if (Date.now() >= giveUpAtMs) {
        throw new Error(`Redis did not start. ${output()}`.trim(), { cause: error });
      }
      await sleep(50);
    }
  }
}
