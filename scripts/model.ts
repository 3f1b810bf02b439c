/**
 * `npm run model`: checks the formal models in docs/model with SPIN, every state of them, and then that each mutant
 * (a model with one condition dropped) is caught. The last line has the counts; exits with 1 when one is wrong.
 *
 * Where spin or gcc is not there, everything is skipped, and says so.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "docs", "model");

interface Check {
  readonly model: string;
  readonly sizes: Readonly<Record<string, number>>;
}

/** Small instances, all of whose states are visited; together they take about two minutes on two cores. */
const checks: readonly Check[] = JSON.parse(readFileSync(join(folder, "instances.json"), "utf8")) as readonly Check[];

/** Names that follow the line "A condition of the code" of a model, each with its number. */
function mutantsOf(model: string): readonly { readonly name: string; readonly number: string }[] {
  const text = readFileSync(join(folder, `${model}.pml`), "utf8").split("#define condition(")[1] ?? "";
  return [...text.matchAll(/^#define ([A-Z_]+) (\d+)$/gm)].map(([, name = "", number = ""]) => ({ name, number }));
}

interface Verdict {
  readonly kind: "holds" | "violated" | "incomplete";
  readonly detail: string;
}

/** The check ends at the first violation; one that met a bound of memory or depth proves nothing. */
function check({ model, sizes }: Check, mutant: string, options: readonly string[]): Verdict {
  const place = mkdtempSync(join(tmpdir(), "model-"));
  const run = (program: string, ...args: string[]): string => {
    const { stdout, stderr, error } = spawnSync(program, args, { cwd: place, encoding: "utf8", timeout: 280_000 });
    return error === undefined ? stdout + stderr : `${stdout}${error.message}`;
  };
  try {
    const definitions = Object.entries({ ...sizes, MUTANT: mutant }).map(([name, value]) => `-D${name}=${value}`);
    const translated = run("spin", "-a", ...definitions, join(folder, `${model}.pml`));
    const compiled = run("gcc", "-O0", "-w", ...options, "-DMEMLIM=3000", "-o", "pan", "pan.c");
    const output = run("./pan", "-n", "-m200000", ...(options.includes("-DNP") ? ["-l"] : []));
    const errors = /errors: (\d+)/.exec(output)?.[1];
    const states = /(\d+) states, stored/.exec(output)?.[1];
    const depth = /depth reached (\d+)/.exec(output)?.[1];
    const violation = /pan:\d+: (.*)/.exec(output)?.[1];
    if (errors === undefined || /max search depth too small|out of memory|Search not completed/.test(output)) {
      return errors !== undefined && errors !== "0" && violation !== undefined && !violation.includes("memory")
        ? { kind: "violated", detail: violation }
        : { kind: "incomplete", detail: `${translated}${compiled}${output}`.slice(-600) };
    }
    return errors === "0"
      ? { kind: "holds", detail: `${states} states, depth ${depth}` }
      : { kind: "violated", detail: violation ?? "" };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const totals = { passed: 0, failed: 0, skipped: 0 };

function tell(title: string, expected: Verdict["kind"], judge: () => Verdict): void {
  const start = performance.now();
  const { kind, detail } = judge();
  totals[kind === expected ? "passed" : "failed"] += 1;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${kind === expected ? "passed" : "FAILED"}: ${title}: ${kind}, ${detail} (${seconds} s)`);
}

function titleOf({ model, sizes }: Check): string {
  return `${model} ${Object.entries(sizes)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")}`;
}

function isThere(program: string, option: string): boolean {
  return spawnSync(program, [option]).status === 0;
}

if (isThere("spin", "-V") && isThere("gcc", "--version")) {
  for (const each of checks) {
    tell(titleOf(each), "holds", () => check(each, "0", ["-DSAFETY", "-DNOFAIR"]));
  }
  for (const model of new Set(checks.map((each) => each.model))) {
    for (const { name, number } of mutantsOf(model)) {
      tell(`${model} without ${name}`, "violated", () => {
        let verdict: Verdict = { kind: "holds", detail: "no instance catches it" };
        for (const each of checks.filter((candidate) => candidate.model === model)) {
          verdict = check(each, number, ["-DSAFETY", "-DNOFAIR"]);
          if (verdict.kind === "violated") {
            return verdict;
          }
        }
        return verdict;
      });
    }
  }
} else {
  totals.skipped += 1;
  console.log("skipped: the formal model, which needs spin and gcc (apt-get install spin gcc)");
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
