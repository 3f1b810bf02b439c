/** Child processes that cannot outlive this process, however it ends. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/**
 * The guard leads a process group of its own and reads a pipe of which only this process has the other end.
 * When that end closes, which the kernel sees to even after a SIGKILL, the guard kills its whole group: the
 * command, all that the command has started, and itself. When the command ends, the guard ends as it did.
 */
const guard = `
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
command=$!
echo "$command" >&3
exec 3>&-
{ cat <&4 >/dev/null; kill -KILL -$$; } >/dev/null 2>&1 &
exec 4<&-
wait "$command"
`;

export interface GuardedProcess {
  /** Ends with the command's exit code; 128 and more for a signal. */
  readonly ended: Promise<number>;
  /** The last 4,000 characters that the command wrote. */
  output(): string;
  /** Sends a signal to the command itself, not to what guards it. Throws when it has not started or has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the command and all that it has started; waits until it has ended. */
  stop(): Promise<void>;
}

const keptOutput = 4_000;

export function spawnGuarded(
  command: readonly [string, ...string[]],
  options: Pick<SpawnOptions, "cwd" | "env" | "uid" | "gid"> = {},
): GuardedProcess {
  const child: ChildProcess = spawn("/bin/sh", ["-c", guard, "guard", ...command], {
    ...options,
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let output = "";
  let commandId = "";
  (child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
    commandId += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-keptOutput);
    });
  }
  const ended = (async (): Promise<number> => {
    const [code] = (await once(child, "exit")) as [number | null];
    // The guard's reader of the pipe ends now; nothing of the group is left.
    child.stdin?.destroy();
    return code ?? 137;
  })();
  // Whoever waits for the end is told; an end that nobody waits for is no defect.
  ended.catch(() => undefined);
  child.stdin?.on("error", () => undefined);
  return {
    ended,
    output: () => output,
    signal: (signal) => {
      if (!/^\d+\n$/.test(commandId) || child.exitCode !== null || child.signalCode !== null) {
        throw new Error("There is no command to send a signal to.");
      }
      process.kill(Number(commandId), signal);
    },
    stop: async () => {
      child.stdin?.destroy();
      await ended;
    },
  };
}

/** Calls back once when the process that started this one is gone. Looks twice a second. */
export function onParentGone(callback: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      callback();
    }
  }, 500);
  timer.unref();
}
