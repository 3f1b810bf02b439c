/** Starting programs of this repository as a person does, and seeing what is left of them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

export interface Running {
  readonly child: ChildProcess;
  /** All that it has written. */
  output(): string;
  /** Rejects when it ends before it has written this, or after 100 s. */
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
      for (let look = 0; look < 1_000; look += 1) {
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

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Such as `S`; `Z` for one that has ended and waits to be noticed by its parent. */
  readonly state: string;
}

/** All processes: from the kernel where it has files for them, otherwise from ps, which not every machine has. */
function processes(): readonly Process[] {
  if (existsSync("/proc/self/stat")) {
    return readdirSync("/proc").flatMap((name) => {
      const stat = /^\d+$/.test(name) ? readIfThere(`/proc/${name}/stat`) : null;
      const [, state = "", parent = ""] = /\) (\S) (\d+)[^)]*$/.exec(stat ?? "") ?? [];
      return stat === null ? [] : [{ pid: Number(name), parent: Number(parent), state }];
    });
  }
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent, state = ""] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state };
  });
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** The process with this id and all that come from it, by id. */
export function familyOf(pid: number): number[] {
  const all = processes();
  const family = [pid];
  for (const member of family) {
    family.push(...all.filter(({ parent }) => parent === member).map((child) => child.pid));
  }
  return family;
}

function alive(pids: readonly number[]): number[] {
  const states = new Map(processes().map(({ pid, state }) => [pid, state]));
  return pids.filter((pid) => !(states.get(pid) ?? "Z").startsWith("Z"));
}

/** Those of the processes that are still there after at most 10 s. */
export async function survivors(pids: readonly number[]): Promise<number[]> {
  for (let look = 0; look < 100; look += 1) {
    if (alive(pids).length === 0) {
      return [];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return alive(pids);
}
