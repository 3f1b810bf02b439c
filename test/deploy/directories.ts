/** Where things are, and a directory for what a run writes. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "..", "..");
const cache = join(repository, ".cache", "deploy");

/** The emulator's Python, kept between runs. */
export const pythonDirectory = join(cache, "python");

/** A new directory for this process; those of processes that are gone are removed. */
export function makeRunDirectory(): string {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const pid = /^run-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) {
      rmSync(join(cache, name), { recursive: true, force: true });
    }
  }
  const directory = join(cache, `run-${process.pid}`);
  mkdirSync(directory);
  return directory;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
