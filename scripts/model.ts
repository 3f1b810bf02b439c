/**
 * `npm run model`: checks the formal models in docs/model with SPIN: every state of each instance, and then that each
 * seeded mistake (a model with one rule left out) is caught. The last line has the counts; exits with 1 when one is
 * wrong. Where gcc is missing, or SPIN can not be had, everything is skipped, and the first line says so.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findSpin } from "./spin.ts";

const folder = join(import.meta.dirname, "..", "docs", "model");
const memoryMb = 3_000;
const deepest = 400_000;
const longestMs = 280_000;

type Sizes = Readonly<Record<string, number>>;

interface Instance {
  readonly model: string;
  readonly sizes: Sizes;
  /** "cycles": that no run goes on for ever; otherwise the promises in every state. */
  readonly search?: "cycles";
}

interface Mistakes {
  readonly model: string;
  readonly sizes: Sizes;
  /** Sizes of the instances in which certain mistakes show. */
  readonly otherwise: Readonly<Record<string, Sizes>>;
}

const { instances, mistakes } = JSON.parse(readFileSync(join(folder, "instances.json"), "utf8")) as {
  readonly instances: readonly Instance[];
  readonly mistakes: readonly Mistakes[];
};

/** The rules that a model can leave out: the numbers that follow the definition of `rule`. */
function rulesOf(model: string): readonly { readonly name: string; readonly number: number }[] {
  const behind = readFileSync(join(folder, `${model}.pml`), "utf8").split("#define rule(")[1] ?? "";
  const [block = ""] = behind.split("\n\n");
  const rules = [...block.matchAll(/^#define ([A-Z_]+) (\d+)$/gm)];
  return rules.map(([, name = "", number]) => ({ name, number: Number(number) }));
}

interface Verdict {
  readonly kind: "holds" | "violated" | "incomplete";
  readonly detail: string;
}

/** What a program says; when it ends badly, that too. */
async function outputOf(place: string, program: string, args: readonly string[]): Promise<string> {
  return await new Promise((resolve) => {
    execFile(program, args, { cwd: place, timeout: longestMs, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error === null ? "" : `\nended with ${error.code ?? error.signal}`}`);
    });
  });
}

/** One that met a bound of memory, depth or time proves nothing. */
async function check(spin: string, { model, sizes, search }: Instance): Promise<Verdict> {
  const place = mkdtempSync(join(tmpdir(), "model-"));
  const run = async (program: string, ...args: readonly string[]) => await outputOf(place, program, args);
  try {
    const definitions = Object.entries(sizes).map(([name, value]) => `-D${name}=${value}`);
    const translated = await run(spin, "-a", ...definitions, join(folder, `${model}.pml`));
    const options = search === "cycles" ? ["-DNP"] : ["-DSAFETY"];
    const compiled = await run(
      "gcc",
      "-O1",
      "-w",
      ...options,
      "-DNOFAIR",
      `-DMEMLIM=${memoryMb}`,
      "-o",
      "pan",
      "pan.c",
    );
    const output = await run("./pan", "-n", `-m${deepest}`, ...(search === "cycles" ? ["-l"] : []));
    const errors = /errors: (\d+)/.exec(output)?.[1];
    const states = Number(/(\d+(?:\.\d+e\+\d+)?) states, stored/.exec(output)?.[1]).toLocaleString("en");
    const depth = /depth reached (\d+)/.exec(output)?.[1];
    const violation = /^pan:\d+: (assertion violated|invalid end state|non-progress cycle)/m.exec(output)?.[1];
    if (violation !== undefined && errors !== "0") {
      return { kind: "violated", detail: `${violation} after ${states} states` };
    }
    const isIncomplete = /max search depth too small|out of memory|Search not completed|ended with/.test(output);
    return errors === "0" && !isIncomplete
      ? { kind: "holds", detail: `${states} states, depth ${depth}` }
      : { kind: "incomplete", detail: `${translated}${compiled}${output}`.slice(-600) };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const totals = { passed: 0, failed: 0 };

interface Job {
  readonly title: string;
  readonly expected: Verdict["kind"];
  readonly instance: Instance;
}

async function work(spin: string, { title, expected, instance }: Job): Promise<void> {
  const start = performance.now();
  const { kind, detail } = await check(spin, instance);
  totals[kind === expected ? "passed" : "failed"] += 1;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${kind === expected ? "passed" : "FAILED"}: ${title}: ${kind}, ${detail} (${seconds} s)`);
}

function titleOf({ model, sizes, search }: Instance): string {
  const of = Object.entries(sizes).map(([name, value]) => `${name}=${value}`);
  return [model, ...of, ...(search === "cycles" ? ["every run ends"] : [])].join(" ");
}

const spin = findSpin();

if (spin === null || spawnSync("gcc", ["--version"]).status !== 0) {
  console.log("skipped: the formal model needs spin and gcc: apt-get install spin gcc");
  console.log("0 passed, 0 failed, 1 skipped");
} else {
  const jobs: readonly Job[] = [
    ...instances.map((instance): Job => ({ title: titleOf(instance), expected: "holds", instance })),
    ...mistakes.flatMap(({ model, sizes, otherwise }) =>
      rulesOf(model).map(({ name, number }): Job => {
        const instance = { model, sizes: { ...sizes, ...otherwise[name], WITHOUT: number } };
        return { title: `${model} without ${name}`, expected: "violated", instance };
      }),
    ),
  ];
  // Two at a time, taken from one list.
  const waiting = jobs.values();
  await Promise.all(
    [1, 2].map(async () => {
      for (const job of waiting) {
        await work(spin, job);
      }
    }),
  );
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}
