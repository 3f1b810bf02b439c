/**
 * `npm run costs`: computes the tables of `docs/costs.md` from the budgets of calls and units, the template and the
 * price list; with `--check` it writes nothing and fails when the document says something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { computedParts, withComputedParts } from "../bench/prices/document.ts";

const file = fileURLToPath(new URL("../docs/costs.md", import.meta.url));
const text = readFileSync(file, "utf8");
const computed = withComputedParts(text, computedParts());

if (process.argv.includes("--check")) {
  if (computed !== text) {
    console.error("docs/costs.md is not what the budgets, the template and the prices come to: run `npm run costs`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, computed);
}
