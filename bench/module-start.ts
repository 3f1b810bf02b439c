/** How long a function's bundle takes to load in a fresh process. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BuiltFunction } from "./built-functions.ts";
import { copyBundle } from "./bundle-copy.ts";
import { median } from "./statistics.ts";

export const startsOfEach = 15;

const script = join(import.meta.dirname, "bundle-start.mjs");

/** Milliseconds, the median of fifteen fresh processes, one after the other. */
export async function measureModuleStart(built: BuiltFunction): Promise<number> {
  const bundle = copyBundle(built);
  const milliseconds: number[] = [];
  try {
    for (let start = 0; start < startsOfEach; start += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, [script, bundle.file], { env: built.environment });
      milliseconds.push(Number(stdout));
    }
  } finally {
    bundle.remove();
  }
  return median(milliseconds);
}
