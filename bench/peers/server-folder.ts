/** A temporary folder for a server, which belongs to the user that the server runs as. */
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerFolder {
  readonly path: string;
  /** Whom the server must run as: PostgreSQL refuses to run as root. Empty where it runs as whoever runs this. */
  readonly user: Partial<User>;
  remove(): void;
}

function userOf(names: readonly string[]): User {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of names) {
    const [, , uid, gid] = users.find(([each]) => each === name) ?? [];
    if (uid !== undefined && gid !== undefined) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new Error(`A server must not run as root, and this machine has none of the users ${names.join(", ")}.`);
}

export function makeServerFolder(server: string): ServerFolder {
  const path = mkdtempSync(join(tmpdir(), `peers-${server}-`));
  const user = process.getuid?.() === 0 ? userOf([server, "nobody"]) : null;
  if (user !== null) {
    chownSync(path, user.uid, user.gid);
  }
  return { path, user: user ?? {}, remove: () => rmSync(path, { recursive: true, force: true }) };
}
