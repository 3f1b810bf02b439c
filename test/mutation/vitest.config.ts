/** Runs named test files on a mutant: the file's text is replaced as vitest loads it. */
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { mutantOfProcess, mutated } from "./mutant.ts";

const root = join(import.meta.dirname, "..", "..");
const mutant = mutantOfProcess();

export default defineConfig({
  root,
  plugins: [
    {
      name: "mutant",
      enforce: "pre",
      transform: (source, id) =>
        mutant !== null && id === join(root, mutant.file) ? mutated(source, mutant) : undefined,
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/shared-database.ts"],
    // What was made of a file before is not what is made of its mutant, though the file is the same.
    fsModuleCache: false,
    bail: 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
