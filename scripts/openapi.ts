/**
 * Writes `docs/openapi.json`; with `--check` it writes nothing and fails when the file is not what the schemas
 * say.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };
import { openApiDocument } from "./openapi/document.ts";

const file = fileURLToPath(new URL("../docs/openapi.json", import.meta.url));
const text = `${JSON.stringify(openApiDocument(packageJson.version), null, 2)}\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("docs/openapi.json is not what the schemas say: run `npm run openapi`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
