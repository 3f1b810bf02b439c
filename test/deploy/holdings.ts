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

/** What there is after and was not before; kinds of which there is nothing new are left out. */
export function gained(before: Holdings, after: Holdings): Holdings {
  return Object.fromEntries(
    Object.entries(after)
      .map(([kind, names]) => [kind, names.filter((name) => !before[kind]?.includes(name))] as const)
      .filter(([, names]) => names.length > 0),
  );
}

/** `3 tables, 11 functions`. */
export function inWords(holdings: Holdings): string {
  return Object.entries(holdings)
    .map(([kind, { length }]) => `${length} ${kind}`)
    .join(", ");
}
