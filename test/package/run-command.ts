import { spawnGuarded } from "../../local/child-process.ts";

/** Throws, with what the command wrote, when it fails. */
export async function run(
  command: readonly [string, ...string[]],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const running = spawnGuarded(command, { cwd, env: { ...process.env, ...environment } });
  if ((await running.ended) !== 0) {
    throw new Error(`${command.join(" ")} failed:\n${running.output()}`);
  }
}
