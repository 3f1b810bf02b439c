/**
 * `npm run model`: checks the formal models in docs/model with SPIN: every state of each instance, and then that each
 * seeded mistake (a model with one rule left out) is caught. The last line has the counts; exits with 1 when one is
 * wrong. Where spin or gcc is missing, everything is skipped, and the first line says so.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "docs", "model");
const memoryMb = 3_000;
const deepest = 400_000;
const longestMs = 200_000;

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

function outputOf({ stdout, stderr, error, status, signal }: SpawnSyncReturns<string>): string {
  return `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}${status === 0 ? "" : `\nended with ${status ?? signal}`}`;
}

/** One that met a bound of memory, depth or time proves nothing. */
function check({ model, sizes, search }: Instance): Verdict {
  const place = mkdtempSync(join(tmpdir(), "model-"));
  const run = (program: string, ...args: readonly string[]): string =>
    outputOf(spawnSync(program, args, { cwd: place, encoding: "utf8", timeout: longestMs }));
  try {
    const definitions = Object.entries(sizes).map(([name, value]) => `-D${name}=${value}`);
    const translated = run("spin", "-a", ...definitions, join(folder, `${model}.pml`));
    const options = search === "cycles" ? ["-DNP"] : ["-DSAFETY"];
    const compiled = run("gcc", "-O1", "-w", ...options, "-DNOFAIR", `-DMEMLIM=${memoryMb}`, "-o", "pan", "pan.c");
    const output = run("./pan", "-n", `-m${deepest}`, ...(search === "cycles" ? ["-l"] : []));
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

function tell(title: string, expected: Verdict["kind"], instance: Instance): void {
  const start = performance.now();
  const { kind, detail } = check(instance);
  totals[kind === expected ? "passed" : "failed"] += 1;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${kind === expected ? "passed" : "FAILED"}: ${title}: ${kind}, ${detail} (${seconds} s)`);
}

function titleOf({ model, sizes, search }: Instance): string {
  const of = Object.entries(sizes).map(([name, value]) => `${name}=${value}`);
  return [model, ...of, ...(search === "cycles" ? ["every run ends"] : [])].join(" ");
}

const missing = [
  ["spin", "-V"],
  ["gcc", "--version"],
].filter(([program = "", option = ""]) => spawnSync(program, [option]).status !== 0);

if (missing.length > 0) {
  const names = missing.map(([program]) => program).join(" and ");
  console.log(`skipped: the formal model needs ${names}: apt-get install spin gcc`);
  console.log("0 passed, 0 failed, 1 skipped");
} else {
  for (const instance of instances) {
    tell(titleOf(instance), "holds", instance);
  }
  for (const { model, sizes, otherwise } of mistakes) {
    for (const { name, number } of rulesOf(model)) {
      tell(`${model} without ${name}`, "violated", { model, sizes: { ...sizes, ...otherwise[name], WITHOUT: number } });
    }
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}
