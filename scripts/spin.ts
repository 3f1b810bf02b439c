/** The model checker. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const directory = join(import.meta.dirname, "..", ".cache", "spin");

function runs(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { cwd: existsSync(directory) ? directory : undefined }).status === 0;
}

/**
 * The machine's own SPIN; or Debian's package of it, which apt checks and which is unpacked below `.cache`, so that
 * nobody needs to be root. Null where neither can be had.
 */
export function findSpin(): string | null {
  if (runs("spin", "-V")) {
    return "spin";
  }
  const unpacked = join(directory, "usr", "bin", "spin");
  if (existsSync(unpacked)) {
    return unpacked;
  }
  mkdirSync(directory, { recursive: true });
  if (!runs("apt-get", "download", "spin")) {
    return null;
  }
  const file = readdirSync(directory).find((name) => name.startsWith("spin_") && name.endsWith(".deb"));
  return file !== undefined && runs("dpkg", "-x", file, directory) && runs(unpacked, "-V") ? unpacked : null;
}
