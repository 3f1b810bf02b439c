/** Python, and a virtual environment of its own for the emulator. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnGuarded } from "../../local/child-process.ts";

const requirements = join(import.meta.dirname, "requirements.txt");

/** What the emulator asks for, and the means to install it. */
const suitable = "import sys, venv, ensurepip; print(sys.version); sys.exit(sys.version_info < (3, 10))";

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** Null when this machine has no Python 3.10 or newer that can make virtual environments. */
export function findPython(): Python | null {
  for (const command of ["python3", "python"]) {
    const { status, stdout } = spawnSync(command, ["-c", suitable], { encoding: "utf8" });
    if (status === 0) {
      return { command, version: stdout.trim() };
    }
  }
  return null;
}

/**
 * Installs what `requirements.txt` says, each file checked against its hash, unless that has been done already.
 * Gives the Python of the environment.
 */
export async function installEmulator(python: Python, directory: string): Promise<string> {
  const interpreter = join(directory, "bin", "python");
  const installed = join(directory, "installed.sha256");
  const wanted = createHash("sha256").update(python.version).update(readFileSync(requirements)).digest("hex");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) {
    return interpreter;
  }
  console.log("Installing the emulator (pip) …");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await run([python.command, "-m", "venv", directory]);
  await run([
    ...[interpreter, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"],
    ...["--require-hashes", "--requirement", requirements],
  ]);
  writeFileSync(installed, wanted);
  return interpreter;
}

async function run(command: readonly string[]): Promise<void> {
  const [program = "", ...args] = command;
  const child = spawnGuarded([program, ...args]);
  if ((await child.ended) !== 0) {
    throw new Error(`${command.join(" ")} failed:\n${child.output()}`);
  }
}
