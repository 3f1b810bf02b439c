/** The fuzzer's Python: a virtual environment of its own under `.cache`, made when its requirements have changed. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../local/synthesis.ts";

const requirements = join(import.meta.dirname, "requirements.txt");
/** What the pinned schemathesis asks for. */
const leastMinor = 11;

/** Why nothing was fuzzed on this machine. */
export class NoPythonError extends Error {
  override readonly name = "NoPythonError";
}

function run(command: string, args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

function pythonVersion(): string {
  const { ok, output } = run("python3", ["--version"]);
  const minor = Number(/^Python 3\.(\d+)/.exec(output)?.[1] ?? 0);
  if (!ok || minor < leastMinor) {
    throw new NoPythonError(
      `Python 3.${leastMinor} or newer is needed, and ${ok ? `this is ${output}` : "there is none"}`,
    );
  }
  if (!run("python3", ["-c", "import venv, ensurepip"]).ok) {
    throw new NoPythonError(`${output} comes without venv and ensurepip`);
  }
  return output;
}

/**
 * Gives the path of the `schemathesis` program. Throws `NoPythonError` where there is no Python for it, and with
 * pip's own words when the packages cannot be installed.
 */
export function installSchemathesis(): string {
  const version = pythonVersion();
  const environment = join(cacheDirectory, "fuzz", "python");
  const stamp = join(environment, "requirements.sha256");
  const program = join(environment, "bin", "schemathesis");
  const wanted = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    return program;
  }
  console.log(`Installing the fuzzer for ${version} …`);
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(join(cacheDirectory, "fuzz"), { recursive: true });
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["python3", ["-m", "venv", environment]],
    [join(environment, "bin", "python"), ["-m", "pip", "install", "--quiet", "--requirement", requirements]],
  ];
  for (const [command, args] of steps) {
    const { ok, output } = run(command, args);
    if (!ok) {
      throw new Error(`${command} ${args.join(" ")} failed.\n${output}`);
    }
  }
  writeFileSync(stamp, wanted);
  return program;
}
