/**
 * `npm test`: every gate that needs Node and Java only, one after the other, all of them even when one fails.
 * Each gate counts as one test beside the tests that vitest counts; the last line has the real counts.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const cache = join(import.meta.dirname, "..", ".cache");
const resultsFile = join(cache, "vitest-results.json");

interface Gate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const gates: readonly Gate[] = [
  { name: "format, lint and import rules", command: ["biome", "check", "."] },
  { name: "types", command: ["tsc", "--project", "."] },
  { name: "dead code", command: ["knip"] },
  { name: "OpenAPI document is up to date", command: ["node", "scripts/openapi.ts", "--check"] },
  { name: "costs are up to date", command: ["node", "scripts/costs.ts", "--check"] },
  { name: "synth with the rule packs", command: ["npm", "run", "--silent", "synth"] },
];

interface VitestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

function run(command: readonly [string, ...string[]]): { readonly passed: boolean; readonly seconds: string } {
  const [program, ...args] = command;
  const start = performance.now();
  const { status, signal, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error !== undefined) {
    console.error(error.message);
  }
  if (signal !== null) {
    console.error(`${program} was ended by ${signal}.`);
  }
  return { passed: status === 0, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}

mkdirSync(cache, { recursive: true });
rmSync(resultsFile, { force: true });
const totals = { passed: 0, failed: 0, skipped: 0 };

for (const { name, command } of gates) {
  const { passed, seconds } = run(command);
  totals[passed ? "passed" : "failed"] += 1;
  console.log(`${passed ? "passed" : "FAILED"}: ${name} (${seconds} s)\n`);
}

const { passed, seconds } = run([
  "vitest",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${resultsFile}`,
]);
try {
  const results = JSON.parse(readFileSync(resultsFile, "utf8")) as VitestResults;
  totals.passed += results.numPassedTests;
  totals.failed += results.numFailedTests;
  totals.skipped += results.numPendingTests;
  if (!passed && results.numFailedTests === 0) {
    // A file that cannot be loaded, or an error outside of any test.
    totals.failed += Math.max(1, results.numFailedTestSuites);
  }
} catch (error) {
  console.error("The tests left no results.", error);
  totals.failed += 1;
}
console.log(`${passed ? "passed" : "FAILED"}: tests (${seconds} s)\n`);

const skippedToo = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skippedToo}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
