/** A second version of the service: the sources of this repository with other code in some functions. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import openApi from "../../docs/openapi.json" with { type: "json" };
import { expiryActor } from "../../functions/expiry/expire-hold.ts";
import { assemblyInputs } from "../../local/synthesis.ts";
import { repository } from "./directories.ts";

export const nextVersion = `${openApi.info.version}-next`;
/** As whom the second version ends a hold. */
export const nextExpiryActor = `${expiryActor}-next`;

/** Writes the second version into a directory. */
export function writeNextVersion(directory: string): void {
  for (const path of assemblyInputs) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    cpSync(join(repository, path), join(directory, path), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
  replaceIn(
    join(directory, "docs/openapi.json"),
    `"version": "${openApi.info.version}"`,
    `"version": "${nextVersion}"`,
  );
  replaceIn(join(directory, "functions/expiry/expire-hold.ts"), `"${expiryActor}"`, `"${nextExpiryActor}"`);
}

/** Throws unless the text is there, once. */
function replaceIn(file: string, text: string, by: string): void {
  const parts = readFileSync(file, "utf8").split(text);
  if (parts.length !== 2) {
    throw new Error(`${text} should be once in ${file}, and is there ${parts.length - 1} times.`);
  }
  writeFileSync(file, parts.join(by));
}
