import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

function documentsIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

interface Link {
  readonly text: string;
  /** From the root of the repository. */
  readonly file: string;
}

const topLevel = readdirSync(root).filter((name) => name.endsWith(".md"));
const documents = [...topLevel, ...documentsIn("docs")];

/** The links to files of this repository. */
function linksIn(document: string): readonly Link[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/\[([^\]]+)\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, name = "", target = ""]) => ({ text: name, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
    .map(({ text: name, target }) => ({ text: name, file: join(dirname(document), target) }));
}

/** Those that are called by the title of a test. */
function linksToTestsIn(document: string): readonly Link[] {
  return linksIn(document).filter(({ file, text }) => file.endsWith(".test.ts") && text.includes(" "));
}

describe("the documents", () => {
  it.each(documents)("%s links to files that are there", (document) => {
    expect(linksIn(document).filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
  });

  it.each(["docs/correctness.md", "docs/threat-model.md"])(
    "%s names tests by the titles that they have",
    (document) => {
      const tests = linksToTestsIn(document);
      const untrue = tests.filter(({ text, file }) => !readFileSync(join(root, file), "utf8").includes(text));
      expect(tests.length).toBeGreaterThan(20);
      expect(untrue).toEqual([]);
    },
  );

  it("name a test for each threat", () => {
    const [, ...threats] = readFileSync(join(root, "docs", "threat-model.md"), "utf8").split(/^### /m);
    expect(threats.length).toBeGreaterThan(10);
    expect(threats.filter((threat) => !/\]\(\S+\.test\.ts\)/.test(threat))).toEqual([]);
  });
});
