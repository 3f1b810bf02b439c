import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root, run } from "./processes.ts";

/** A repository of its own with a lock file of one package, so that nothing of this one is ever installed anew. */
let copy: string;
const locked = (version: string) => ({
  packages: {
    "node_modules/a": { version, integrity: `sha512-${version}` },
    "node_modules/for-another-platform": { version, optional: true },
  },
});

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "ready-"));
  for (const directory of ["scripts", "bin", "node_modules/.bin"]) {
    mkdirSync(join(copy, directory), { recursive: true });
  }
  writeFileSync(join(copy, "node_modules", ".bin", "node"), "");
  copyFileSync(join(root, "scripts", "ready.mjs"), join(copy, "scripts", "ready.mjs"));
  writeFileSync(join(copy, "package-lock.json"), JSON.stringify(locked("1.0.0")));
  installed("1.0.0");
  program("java", `echo 'openjdk version "17.0.1" 2021-10-19' >&2`);
  program("npm", "echo $* > npm-was-called-with; mkdir -p node_modules/.bin; touch node_modules/.bin/node");
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

function installed(version: string): void {
  const { "node_modules/a": a } = locked(version).packages;
  writeFileSync(
    join(copy, "node_modules", ".package-lock.json"),
    JSON.stringify({ packages: { "node_modules/a": a } }),
  );
}

/** Puts a program of this name first in the path. */
function program(name: string, script: string): void {
  const file = join(copy, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

async function ready(command: readonly string[], options: readonly string[] = []) {
  const path = `${join(copy, "bin")}:${process.env["PATH"] ?? ""}`;
  const script = join(copy, "scripts", "ready.mjs");
  const running = run([process.execPath, ...options, script, ...command], { PATH: path }, copy);
  return { ...(await running.exit), lines: running.output().trim().split("\n") };
}

describe("a machine", () => {
  it("that has all runs the command, with the repository's programs first in the path, and ends as it does", async () => {
    const { code, lines } = await ready(["/bin/sh", "-c", `echo "$PATH"; exit 7`]);
    expect(code).toBe(7);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.startsWith(`${join(copy, "node_modules", ".bin")}:`)).toBe(true);
  });

  it.each([
    ["1.8.0_392", "this is 8"],
    ["11.0.2", "this is 11"],
    ["16.0.2", "this is 16"],
  ])("with Java %s is told in one line which it needs", async (version, found) => {
    program("java", `echo 'openjdk version "${version}"' >&2`);
    expect(await ready(["echo", "ran"])).toMatchObject({
      code: 1,
      lines: [`Java 17 or newer is needed, and ${found}: install it, for example from https://adoptium.net.`],
    });
  });

  it.each(["17", "21.0.1", "25-ea"])("with Java %s is ready", async (version) => {
    program("java", `echo 'openjdk version "${version}" 2025-09-16' >&2`);
    expect(await ready(["echo", "ran"])).toMatchObject({ code: 0, lines: ["ran"] });
  });

  it("without Java is told so in one line", async () => {
    program("java", "exit 127");
    expect(await ready(["echo", "ran"])).toMatchObject({
      code: 1,
      lines: ["Java 17 or newer is needed, and none was found: install it, for example from https://adoptium.net."],
    });
  });

  it("with an old Node is told so in one line", async () => {
    const preload = join(copy, "old-node.cjs");
    writeFileSync(
      preload,
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });`,
    );
    expect(await ready(["echo", "ran"], ["--require", preload])).toMatchObject({
      code: 1,
      lines: ["Node 20 or newer is needed, and this is 18.20.4: install it from https://nodejs.org."],
    });
  });
});

describe("the packages", () => {
  const install = "Installing the packages (npm ci) …";

  it("are left alone when they are those of the lock file, whoever installed them", async () => {
    expect((await ready(["echo", "ran"])).lines).toEqual(["ran"]);
  });

  it("are installed when they are missing, with those for developing", async () => {
    rmSync(join(copy, "node_modules"), { recursive: true });
    expect(await ready(["echo", "ran"])).toMatchObject({ code: 0, lines: [install, "ran"] });
    expect(readFileSync(join(copy, "npm-was-called-with"), "utf8")).toMatch(/^ci .*--include=dev/);
  });

  it("whose install scripts npm left out are an end, in one line that says what to do", async () => {
    rmSync(join(copy, "node_modules", ".bin", "node"));
    expect(await ready(["echo", "ran"])).toMatchObject({
      code: 1,
      lines: [
        "npm ran no install scripts (its setting ignore-scripts): run npm rebuild --ignore-scripts=false node esbuild.",
      ],
    });
  });

  it("are installed when they are those of another lock file", async () => {
    installed("0.9.0");
    expect(await ready(["echo", "ran"])).toMatchObject({ code: 0, lines: [install, "ran"] });
  });

  it("that cannot be installed are an end, with what npm said", async () => {
    installed("0.9.0");
    program("npm", "echo no such package; exit 1");
    const { code, lines } = await ready(["echo", "ran"]);
    expect(code).toBe(1);
    expect(lines).toContain("no such package");
    expect(lines.at(-1)).toBe("The packages could not be installed: npm ci failed.");
    expect(lines).not.toContain("ran");
  });
});
