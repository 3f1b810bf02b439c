/** Starting programs of this repository as a person does, and seeing what is left of them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

export interface Running {
  readonly child: ChildProcess;
  /** All that it has written. */
  output(): string;
  /** Rejects when it ends before it has written this, or after 50 s. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export function run(command: readonly [string, ...string[]], env: Record<string, string> = {}, cwd = root): Running {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  let isOver = false;
  const exit = once(child, "close").then(([code, signal]) => {
    isOver = true;
    return { code: code as number | null, signal: signal as string | null };
  });
  return {
    child,
    output: () => output,
    exit,
    says: async (pattern) => {
      for (let look = 0; look < 500; look += 1) {
        const match = pattern.exec(output);
        if (match !== null) {
          return match;
        }
        if (isOver) {
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`It never said ${pattern}, but:\n${output}`);
    },
  };
}

/** The process with this id and all that come from it, by id. */
export function familyOf(pid: number): number[] {
  const pairs = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const family = [pid];
  for (const member of family) {
    family.push(...pairs.filter(([, parent]) => parent === member).map(([child]) => child));
  }
  return family;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and waits to be noticed by its parent is not alive.
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}

/** Those of the processes that are still there after at most 10 s. */
export async function survivors(pids: readonly number[]): Promise<number[]> {
  for (let look = 0; look < 100; look += 1) {
    if (!pids.some(isAlive)) {
      return [];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return pids.filter(isAlive);
}
