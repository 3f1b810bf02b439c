/**
 * `npm run simulate -- --seeds N [--seed S]`: plays the seeds from S on, on all cores, and prints what was played.
 * The first seed that breaks a promise is shrunk, and its history printed.
 */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { readOptions } from "../../local/read-options.ts";
import { planOf } from "./plan.ts";
import { neverInjected, type Report, reportOf, sumOf, textOfReport } from "./report.ts";
import { shrink, textOfFailure } from "./shrink.ts";

const { first, count, keepsGoing } = readOptions("npm run simulate -- [--seeds N] [--seed S] [--keep-going]", () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      "keep-going": { type: "boolean", default: false },
    },
  });
  const given = { first: Number(values.seed), count: Number(values.seeds), keepsGoing: values["keep-going"] };
  if (!Number.isSafeInteger(given.first) || !Number.isSafeInteger(given.count) || given.count < 1) {
    throw new Error("--seeds and --seed take whole numbers.");
  }
  return given;
});

interface Answer {
  readonly report: Report;
  readonly failed: readonly FailedSeed[];
}

interface FailedSeed {
  readonly seed: number;
  readonly detail: string;
}

/** Seeds are dealt out in portions, so that no worker waits long for the last one. */
const portion = Math.max(1, Math.min(20, Math.ceil(count / 16)));
const startedMs = performance.now();
let next = first;
let report: Report = reportOf([]);
const failures: FailedSeed[] = [];

async function work(): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  while (next < first + count && (failures.length === 0 || keepsGoing)) {
    const seeds = Array.from({ length: Math.min(portion, first + count - next) }, (_, index) => next + index);
    next += seeds.length;
    worker.postMessage(seeds);
    // A worker that fails rejects this.
    const [answer] = (await once(worker, "message")) as [Answer];
    report = sumOf(report, answer.report);
    failures.push(...answer.failed);
    for (const { seed, detail } of answer.failed) {
      console.log(`Seed ${seed} breaks a promise. ${detail.split("\n")[0]}`);
    }
  }
  await worker.terminate();
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), count) }, work));

console.log(textOfReport(report, (performance.now() - startedMs) / 1000));
const [worst] = failures.sort((a, b) => a.seed - b.seed);
if (worst !== undefined) {
  console.log(textOfFailure(await shrink(planOf(worst.seed))));
}
const missing = neverInjected(report);
if (failures.length === 0 && missing.length > 0) {
  console.log(`Never injected, so that nothing is known of them: ${missing.join(", ")}`);
}
process.exitCode = failures.length > 0 || missing.length > 0 ? 1 : 0;
