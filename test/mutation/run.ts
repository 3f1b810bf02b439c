/**
 * `npm run test:mutation`: removes or inverts every rule of the write paths, one at a time, and plays the simulator,
 * or runs the test files that the list names, until something notices. What nobody notices fails the gate: then the
 * rule is needless, or whoever should notice is blind.
 *
 *     --seeds N     how many seeds a mutant may live (from 1 on, the same for all)
 *     --jobs N      processes side by side
 *     --only TEXT   those mutants whose file or broken promise has the text; without the control and the canaries
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readOptions } from "../../local/read-options.ts";
import { canaries } from "../simulation/canaries.ts";
import { type Mutant, mutated } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { type Ending, playSeeds, runTests } from "./player.ts";

const { mostSeeds, jobs, only } = readOptions("npm run test:mutation -- [--seeds N] [--jobs N] [--only TEXT]", () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "200" },
      jobs: { type: "string", default: String(availableParallelism()) },
      only: { type: "string", default: "" },
    },
  });
  const given = { mostSeeds: Number(values.seeds), jobs: Number(values.jobs), only: values.only };
  if (![given.mostSeeds, given.jobs].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw new Error("--seeds and --jobs take whole numbers above 0.");
  }
  return given;
});
const root = join(import.meta.dirname, "..", "..");
const startedMs = performance.now();

interface Task {
  readonly name: string;
  /** What must come of it. */
  readonly wanted: "killed" | "survived";
  play(): Promise<Ending>;
}

function taskOf(mutant: Mutant, index: number): Task {
  const { file, breaks, tests, named } = mutant;
  return {
    name: `${file.replace(/^functions\//, "").replace(/\.ts$/, "")}: ${breaks}`,
    wanted: "killed",
    play: async () =>
      tests === undefined
        ? await playSeeds(mutant, 1, mostSeeds)
        : await runTests(mutant, tests, `tests-${index}`, named),
  };
}

/** What kills mutants must let the service live as it is, or it says nothing. */
function controls(): readonly Task[] {
  const portion = Math.ceil(mostSeeds / jobs);
  const seeds = Array.from({ length: jobs }, (_, index): Task => {
    const [first, last] = [1 + index * portion, Math.min(mostSeeds, (index + 1) * portion)];
    return {
      name: `the service as it is, seeds ${first} to ${last}`,
      wanted: "survived",
      play: async () => await playSeeds(null, first, last),
    };
  });
  const files = [...new Set(mutants.flatMap(({ tests = [] }) => tests))].sort();
  return [
    ...seeds,
    {
      name: `the service as it is, ${files.length} test files`,
      wanted: "survived",
      play: async () => await runTests(null, files, "tests-control"),
    },
  ];
}

function canaryTasks(): readonly Task[] {
  return Object.keys(canaries).map((name) => ({
    name: `the canary ${name}`,
    wanted: "killed",
    play: async () => await playSeeds(null, 1, mostSeeds, name),
  }));
}

function textOf(ending: Ending): string {
  switch (ending.kind) {
    case "killed":
      return ending.seeds === 0 ? `killed by ${ending.by}` : `killed by ${ending.by} (after ${ending.seeds})`;
    case "survived":
      return ending.seeds === 0 ? "survives" : `survives ${ending.seeds} seeds`;
    case "broken":
      return `does not run: ${ending.detail}`;
  }
}

// A list that has rotten is found out before anything is played.
for (const mutant of mutants) {
  mutated(readFileSync(join(root, mutant.file), "utf8"), mutant);
}

const chosen = [...mutants.entries()].filter(([, { file, breaks }]) => `${file}: ${breaks}`.includes(only));
const tasks = [
  ...(only === "" ? [...controls(), ...canaryTasks()] : []),
  ...chosen.map(([index, mutant]) => taskOf(mutant, index)),
];
const waiting = [...tasks];
const failures: string[] = [];
const killedBy = { simulator: 0, tests: 0, time: 0 };

async function work(): Promise<void> {
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
    const began = performance.now();
    const ending = await task.play();
    const isFine = ending.kind === task.wanted;
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    const line = `${isFine ? "ok    " : "FAILED"} ${seconds} s  ${task.name}: ${textOf(ending)}`;
    console.log(line);
    if (!isFine) {
      failures.push(line);
    }
    if (ending.kind === "killed") {
      killedBy[ending.by.startsWith("time") ? "time" : ending.seeds > 0 ? "simulator" : "tests"] += 1;
    }
  }
}

await Promise.all(Array.from({ length: jobs }, work));

if (failures.length > 0) {
  console.log(`\n${failures.join("\n")}`);
}
console.log(
  `\n${chosen.length} mutants in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ` +
    `${killedBy.simulator} killed by the simulator, ${killedBy.tests} by tests, ${killedBy.time} by time`,
);
console.log(`${tasks.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
