import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BundleCopy {
  /** The CommonJS file of the bundle. */
  readonly file: string;
  remove(): void;
}

/**
 * A copy of a bundle where no package.json is above it, as in Lambda: beside this repository's own, Node would
 * take it for an ES module.
 */
export function copyBundle({ codeDirectory }: { readonly codeDirectory: string }): BundleCopy {
  const directory = mkdtempSync(join(tmpdir(), "inventory-bundle-"));
  cpSync(codeDirectory, directory, { recursive: true });
  return { file: join(directory, "index.js"), remove: () => rmSync(directory, { recursive: true }) };
}
