/** What an account holds, as each service tells it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export type Holdings = Readonly<Record<string, readonly string[]>>;

export function holdingsOf(python: string, environment: NodeJS.ProcessEnv): Holdings {
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, "holdings.py")], {
    encoding: "utf8",
    env: environment,
  });
  if (status !== 0) {
    throw new Error(`The account did not tell what it holds.\n${stderr}`);
  }
  return JSON.parse(stdout) as Holdings;
}

/** `11 functions, 3 tables`: of each kind, how much there is more than before. */
export function countGained(before: Holdings, after: Holdings): string {
  return Object.entries(after)
    .map(([kind, names]) => [names.length - (before[kind]?.length ?? 0), kind] as const)
    .filter(([count]) => count !== 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(", ");
}
