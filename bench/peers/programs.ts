/** The servers of the peers: where their programs are, and how to get those that are missing. */
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian and its descendants keep PostgreSQL, the newest first: not all of it is in the path. */
function debianPostgresFolders(): readonly string[] {
  const parent = "/usr/lib/postgresql";
  try {
    return readdirSync(parent)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(parent, version, "bin"));
  } catch {
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these programs that the machine has; null when it has none. */
export function findProgram(...names: readonly string[]): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...debianPostgresFolders()];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null;
}

/** The one command that installs a server on a machine like this. */
export function installCommand(server: "postgresql" | "redis"): string {
  if (process.platform === "darwin") {
    return `brew install ${server}`;
  }
  return `apt-get install ${server === "redis" ? "redis-server" : server}`;
}
