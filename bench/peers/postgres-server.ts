/** A PostgreSQL of its own in a temporary folder, as durable as it comes, on a free port of 127.0.0.1. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { spawnGuarded } from "../../local/child-process.ts";
import { freePort } from "../../local/ports.ts";
import { findProgram } from "./programs.ts";
import { makeServerFolder } from "./server-folder.ts";

export interface PostgresServer {
  readonly version: string;
  /** A connection of its own; the caller ends it. */
  connect(): Promise<pg.Client>;
  stop(): Promise<void>;
}

const startWithinMs = 30_000;
const superuser = "peers";
/** The advisory lock's way needs two connections for each buyer. */
const mostConnections = 200;

/** Null when the machine has no PostgreSQL. It ends with this process at the latest. */
export async function startPostgres(): Promise<PostgresServer | null> {
  const [initdb, postgres] = [findProgram("initdb"), findProgram("postgres")];
  if (initdb === null || postgres === null) {
    return null;
  }
  const folder = makeServerFolder("postgres");
  try {
    const data = join(folder.path, "data");
    execFileSync(
      initdb,
      [
        "--pgdata",
        data,
        "--username",
        superuser,
        "--auth",
        "trust",
        "--no-sync",
        "--encoding",
        "UTF8",
        "--locale",
        "C",
      ],
      { ...folder.user, cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] },
    );
    const port = await freePort();
    const server = spawnGuarded(
      [
        postgres,
        ...["-D", data, "-p", String(port), "-k", folder.path],
        ...["-c", "listen_addresses=127.0.0.1", "-c", `max_connections=${mostConnections}`],
        // The defaults, said aloud: what is committed has reached the disk.
        ...["-c", "fsync=on", "-c", "synchronous_commit=on"],
      ],
      { ...folder.user, cwd: folder.path },
    );
    const stop = async (): Promise<void> => {
      await server.stop();
      folder.remove();
    };
    const connect = async (): Promise<pg.Client> => {
      const client = new pg.Client({ host: "127.0.0.1", port, user: superuser, database: "postgres" });
      await client.connect();
      return client;
    };
    await untilReady(connect, server.output).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    const version = execFileSync(postgres, ["--version"], { encoding: "utf8" }).trim();
    return { version, connect, stop };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function untilReady(connect: () => Promise<pg.Client>, output: () => string): Promise<void> {
  const giveUpAtMs = Date.now() + startWithinMs;
  for (;;) {
    try {
      const client = await connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() >= giveUpAtMs) {
        throw new Error(`PostgreSQL did not start. ${output()}`.trim(), { cause: error });
      }
      await sleep(50);
    }
  }
}
