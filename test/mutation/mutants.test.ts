import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mutated } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const root = join(import.meta.dirname, "..", "..");

describe("the list of mutants", () => {
  it("changes rules that are there, each once, and names tests that are there", () => {
    for (const mutant of mutants) {
      expect(mutated(readFileSync(join(root, mutant.file), "utf8"), mutant)).not.toContain(mutant.before);
      expect((mutant.tests ?? []).filter((file) => !existsSync(join(root, file)))).toEqual([]);
    }
  });

  it("has none twice", () => {
    const texts = mutants.map(({ file, before, after }) => `${file}\n${before}\n${after}`);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
