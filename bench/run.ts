/** `npm run bench [-- costs | contention | bundles …]`: all parts unless some are named. */
import { runBundles } from "./bundles.ts";
import { runContention } from "./contention.ts";
import { runCosts } from "./costs.ts";
import { describeMachine } from "./machine.ts";

/** Each prints its tables and how they were got, and gives whether what is a gate was passed. */
const parts: Readonly<Record<string, (print: (text: string) => void) => Promise<boolean>>> = {
  costs: runCosts,
  contention: runContention,
  bundles: runBundles,
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(", ")}.\n\nUsage: npm run bench [-- ${Object.keys(parts).join(" | ")} …]`,
  );
  process.exitCode = 64;
} else {
  const print = (text: string): void => console.log(`\n${text}`);
  console.log(describeMachine());
  for (const [name, run] of Object.entries(parts)) {
    if (named.length > 0 && !named.includes(name)) {
      continue;
    }
    const isPassed = await run(print);
    print(`${name}: ${isPassed ? "passed" : "FAILED"}`);
    if (!isPassed) {
      process.exitCode = 1;
    }
  }
}
