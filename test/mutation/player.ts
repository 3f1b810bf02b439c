/** Plays a mutant in processes of its own, and ends them as soon as something has noticed it. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, mutantVariable } from "./mutant.ts";
import type { Played } from "./play-seeds.ts";

export type Ending =
  | { readonly kind: "killed"; readonly by: string; readonly seeds: number }
  | { readonly kind: "survived"; readonly seeds: number }
  /** It did not come so far as to be noticed: the list has a text that is no program. */
  | { readonly kind: "broken"; readonly detail: string };

const root = join(import.meta.dirname, "..", "..");
const cache = join(root, ".cache", "mutation");
mkdirSync(cache, { recursive: true });

/** A seed takes a fraction of a second: whoever is silent for so long goes round in circles. */
const longestSilenceMs = 120_000;
const longestTestsMs = 300_000;

function environmentOf(mutant: Mutant | null): NodeJS.ProcessEnv {
  const { [mutantVariable]: _, ...environment } = process.env;
  return {
    ...environment,
    // Most of what a process loads is the same for all of them.
    NODE_COMPILE_CACHE: join(cache, "compiled"),
    ...(mutant === null ? {} : { [mutantVariable]: JSON.stringify(mutant) }),
  };
}

/** The latest part of what a process says, for the case that it fails. */
function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => {
    text = (text + part).slice(-2_000);
  });
  return () => text;
}

/** Plays seeds until one of them breaks a promise. */
export async function playSeeds(
  mutant: Mutant | null,
  first: number,
  last: number,
  canary: string | null = null,
): Promise<Ending> {
  const hooks = join(import.meta.dirname, "load-mutant.ts");
  const child = spawn(
    process.execPath,
    [
      ...["--max-semi-space-size=64", "--single-threaded-gc"],
      ...["--import", hooks, join(import.meta.dirname, "play-seeds.ts"), String(first), String(last)],
      ...(canary === null ? [] : [canary]),
    ],
    { cwd: root, env: environmentOf(mutant), stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  const errors = tailOf(child.stderr as NodeJS.ReadableStream);
  return await new Promise((resolve) => {
    let seeds = 0;
    let ending: Ending | null = null;
    const end = (how: Ending): void => {
      ending ??= how;
      child.kill("SIGKILL");
    };
    const hangs = (): void =>
      end({ kind: "killed", by: `time: no seed ended in ${longestSilenceMs / 1000} s`, seeds: seeds + 1 });
    let silence = setTimeout(hangs, longestSilenceMs);
    child.on("message", ({ seed, violation }: Played) => {
      seeds += 1;
      clearTimeout(silence);
      silence = setTimeout(hangs, longestSilenceMs);
      if (violation !== null) {
        end({ kind: "killed", by: `seed ${seed}: ${violation.promise}`, seeds });
      }
    });
    child.on("exit", (code) => {
      clearTimeout(silence);
      resolve(ending ?? (code === 0 ? { kind: "survived", seeds } : { kind: "broken", detail: errors() }));
    });
  });
}

interface TestResults {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs test files until one test fails. */
export async function runTests(mutant: Mutant | null, files: readonly string[], name: string): Promise<Ending> {
  const resultsFile = join(cache, `${name}.json`);
  rmSync(resultsFile, { force: true });
  const child = spawn(
    join(root, "node_modules", ".bin", "vitest"),
    [
      ...["run", "--config", join(import.meta.dirname, "vitest.config.ts"), "--reporter=json"],
      ...[`--outputFile=${resultsFile}`, ...files],
    ],
    { cwd: root, env: environmentOf(mutant), stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  const errors = tailOf(child.stderr as NodeJS.ReadableStream);
  return await new Promise((resolve) => {
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      // With everything that it has started.
      process.kill(-(child.pid as number), "SIGKILL");
    }, longestTestsMs);
    child.on("exit", (code) => {
      clearTimeout(limit);
      resolve(
        isLate
          ? { kind: "killed", by: `time: the tests did not end in ${longestTestsMs / 1000} s`, seeds: 0 }
          : code === 0
            ? { kind: "survived", seeds: 0 }
            : endingOf(resultsFile, errors()),
      );
    });
  });
}

function endingOf(resultsFile: string, errors: string): Ending {
  try {
    const { testResults } = JSON.parse(readFileSync(resultsFile, "utf8")) as TestResults;
    for (const { name, assertionResults } of testResults) {
      const failed = assertionResults.find(({ status }) => status === "failed");
      if (failed !== undefined) {
        return { kind: "killed", by: `${name.slice(root.length + 1)}: ${failed.fullName}`, seeds: 0 };
      }
    }
    return { kind: "broken", detail: errors };
  } catch {
    return { kind: "broken", detail: errors };
  }
}
