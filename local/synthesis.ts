/** The cloud assembly: synthesised when what it is made from has changed since the last time. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnGuarded } from "./child-process.ts";

const root = join(import.meta.dirname, "..");
export const assemblyDirectory = join(root, "cdk.out");
export const cacheDirectory = join(root, ".cache");
const hashFile = join(cacheDirectory, "assembly-inputs.sha256");

/** Everything that the assembly depends on. */
const inputs = [
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
  for (const file of inputs.flatMap((input) => filesOf(join(root, input)))) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** The inputs have the rules of the stack broken, or the stack cannot be made; the message is what the tool said. */
export class SynthesisError extends Error {
  override readonly name = "SynthesisError";
}

/**
 * Makes sure that the assembly is that of the present sources. Gives whether it had to be made.
 * Throws `SynthesisError`.
 */
export async function ensureAssembly(): Promise<boolean> {
  const hash = hashOfInputs();
  const known = existsSync(hashFile) ? readFileSync(hashFile, "utf8") : null;
  if (known === hash && existsSync(join(assemblyDirectory, "manifest.json"))) {
    return false;
  }
  rmSync(hashFile, { force: true });
  const cdk = join(root, "node_modules", ".bin", "cdk");
  const synthesis = spawnGuarded([cdk, "synth", "--quiet", "--no-notices", "--no-version-reporting"], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
      CDK_DISABLE_CLI_TELEMETRY: "true",
    },
  });
  if ((await synthesis.ended) !== 0) {
    throw new SynthesisError(`The stack could not be synthesised.\n${synthesis.output()}`);
  }
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(hashFile, hash);
  return true;
}
