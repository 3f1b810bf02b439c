/** The cloud assembly: synthesised when what it is made from has changed since the last time. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnGuarded } from "./child-process.ts";

const root = join(import.meta.dirname, "..");
export const cacheDirectory = join(root, ".cache");
/** Not `cdk.out`, into which others synthesise as well, with settings of their own. */
export const assemblyDirectory = join(cacheDirectory, "assembly");
const hashFile = join(cacheDirectory, "assembly-inputs.sha256");

/** Everything that the assembly depends on, below the repository's root. */
export const assemblyInputs = [
  "bin",
  "lib",
  "functions",
  "docs/openapi.json",
  "cdk.json",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

function filesOf(path: string): string[] {
  if (!existsSync(path)) {
    return [];
  }
  return statSync(path).isDirectory()
    ? readdirSync(path)
        .toSorted()
        .flatMap((name) => filesOf(join(path, name)))
    : [path];
}

function hashOfInputs(): string {
  const hash = createHash("sha256");
  for (const file of assemblyInputs.flatMap((input) => filesOf(join(root, input)))) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** The sources make no stack, or one that breaks a rule; the message has what the tool said. */
export class SynthesisError extends Error {
  override readonly name = "SynthesisError";
}

/** Only one synthesis at a time may write the assembly; others are waited for this often, a second each time. */
const mostWaits = 60;

function isCurrent(hash: string): boolean {
  return (
    existsSync(hashFile) &&
    readFileSync(hashFile, "utf8") === hash &&
    existsSync(join(assemblyDirectory, "manifest.json"))
  );
}

/**
 * Makes sure that the assembly is that of the present sources. Gives whether it had to be made.
 * Throws `SynthesisError`.
 */
export async function ensureAssembly(): Promise<boolean> {
  const hash = hashOfInputs();
  for (let wait = 0; ; wait += 1) {
    if (isCurrent(hash)) {
      return wait > 0;
    }
    // A synthesis that is broken off leaves an assembly of neither these sources nor the former ones.
    rmSync(hashFile, { force: true });
    const { exitCode, output } = await synthesise();
    if (exitCode === 0) {
      mkdirSync(cacheDirectory, { recursive: true });
      writeFileSync(hashFile, hash);
      return true;
    }
    if (!output.includes("Another CLI") || wait === mostWaits) {
      throw new SynthesisError(`The stack could not be synthesised.\n${output}`);
    }
    await sleep(1_000);
  }
}

async function synthesise(): Promise<{ readonly exitCode: number; readonly output: string }> {
  const bin = join(root, "node_modules", ".bin");
  const options = ["--quiet", "--no-notices", "--no-version-reporting", "--output", assemblyDirectory];
  const synthesis = spawnGuarded([join(bin, "cdk"), "synth", ...options], {
    cwd: root,
    env: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, CDK_DISABLE_CLI_TELEMETRY: "true" },
  });
  return { exitCode: await synthesis.ended, output: synthesis.output() };
}
