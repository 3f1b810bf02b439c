/** The table of docs/model/README.md says which name of the models is which rule of the code: both must be there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "docs", "model");
const row = /^\| `([a-z]+\.pml)` \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$/gm;
const rows = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(row)].map(
  ([, model = "", name = "", file = "", code = ""]) => ({ model, name, file, code }),
);

describe("the formal model", () => {
  it.each(rows)("$model $name stands for $code in $file", ({ model, name, file, code }) => {
    expect(readFileSync(join(folder, model), "utf8")).toContain(name);
    expect(readFileSync(join(root, file), "utf8")).toContain(code);
  });

  it.each(["reservation.pml", "queue.pml", "cells.pml"])(
    "every rule that %s can leave out is in the table",
    (model) => {
      const [, behind = ""] = readFileSync(join(folder, model), "utf8").split("#define rule(");
      const [block = ""] = behind.split("\n\n");
      const rules = [...block.matchAll(/^#define ([A-Z_]+) \d+$/gm)].map(([, name]) => name);
      expect(rules.length).toBeGreaterThan(5);
      expect(rules.filter((rule) => !rows.some((each) => each.model === model && each.name === rule))).toEqual([]);
    },
  );
});
