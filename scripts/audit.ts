/**
 * `npm run audit`: asks the registry what is known against the packages of the lock file, and fails on a high or
 * critical finding. A registry that takes no such question is told of, and counts as skipped: it is no pass. The last
 * line has the counts.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { verdictOf } from "./audit/verdict.ts";

const { stdout, stderr } = spawnSync("npm", ["audit", "--json"], {
  cwd: join(import.meta.dirname, ".."),
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const verdict = verdictOf(stdout, stderr);
console.log(`${verdict.kind}: ${verdict.detail}`);
const count = (kind: typeof verdict.kind): number => (verdict.kind === kind ? 1 : 0);
console.log(`${count("passed")} passed, ${count("FAILED")} failed${verdict.kind === "SKIPPED" ? ", 1 skipped" : ""}`);
process.exitCode = verdict.kind === "FAILED" ? 1 : 0;
