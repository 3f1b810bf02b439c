/**
 * Runs the commands that it is given, each a lane of the whole gate, one after the other, all of them even when one
 * fails. Each ends with its counts, and the last line has their sum. What a lane can not do without
 * something that is not installed, it skips and says so. Plain JavaScript, since it runs before anything is installed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const lanes = process.argv.slice(2);

const countsLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const lane of lanes) {
  console.log(`\n== ${lane}`);
  const startedMs = performance.now();
  const child = spawn("sh", ["-c", lane], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  let counts = null;
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    counts = countsLine.exec(line) ?? counts;
  }
  const [code] = await exit;
  const [passed, failed, skipped] = (counts ?? []).slice(1).map((count) => Number(count ?? 0));
  sum.passed += passed ?? 0;
  sum.skipped += skipped ?? 0;
  // A lane that ends badly, or without a word of what it counted, has failed at least once.
  sum.failed += code === 0 && counts !== null ? failed : Math.max(1, failed ?? 0);
  console.log(`== ${lane} ended with ${code} after ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
process.exitCode = sum.failed === 0 ? 0 : 1;
