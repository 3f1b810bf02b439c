import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../statistics.ts";

/** Milliseconds that the disk of the temporary files takes to keep 4 KB for good: what bounds every durable commit. */
export function syncMilliseconds(): number {
  const folder = mkdtempSync(join(tmpdir(), "peers-sync-"));
  const file = openSync(join(folder, "file"), "w");
  try {
    const block = Buffer.alloc(4096, 1);
    return median(
      Array.from({ length: 100 }, () => {
        const startedMs = performance.now();
        writeSync(file, block);
        fdatasyncSync(file);
        return performance.now() - startedMs;
      }),
    );
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
