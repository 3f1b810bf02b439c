/**
 * `npm run test:fuzz -- [--seed N] [--seconds N]`: requests made from the API's own document, against the local
 * stack, by schemathesis (Python, from PyPI). Every answer must have a status and a shape that the document
 * declares; none may be a 5xx or tell what the service is made of; what the document allows is not refused for its
 * form, and what it forbids is. Afterwards the tables must agree with their history.
 *
 * The same seed makes the same requests as long as the answers are the same. Without Python it is skipped, visibly.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { report } from "../../cli/reconcile.ts";
import { fileSink } from "../../local/function-log.ts";
import { readOptions } from "../../local/read-options.ts";
import { type LocalStack, startLocalStack } from "../../local/stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly } from "../../local/synthesis.ts";
import { untilAtRest } from "../support/at-rest.ts";
import { reconcileStack } from "../support/reconcile-stack.ts";
import { type Document, documentToFuzz } from "./document.ts";
import { installSchemathesis, NoPythonError } from "./python.ts";
import { readReport } from "./report.ts";
import { fillShop } from "./shop.ts";

const directory = join(cacheDirectory, "fuzz");
const files = {
  document: join(directory, "openapi.json"),
  calls: join(directory, "calls.jsonl"),
  report: join(directory, "report.json"),
  functionLog: join(directory, "functions.log"),
};

/** A level that was split into a thousand cells has thousands of movements on their way. */
const restWithinMs = 120_000;

interface Options {
  readonly seed: string;
  readonly seconds: string;
}

function optionsOf(): Options {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: "1" }, seconds: { type: "string", default: "180" } },
  });
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,8}$/.test(value)) {
      throw new Error(`--${name} must be a whole number above 0.`);
    }
  }
  return values;
}

async function fuzz(program: string, stack: LocalStack, { seed, seconds }: Options): Promise<void> {
  const names = await fillShop(stack);
  const document = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "..", "docs", "openapi.json"), "utf8"),
  ) as Document;
  writeFileSync(files.document, JSON.stringify(documentToFuzz(document, names)));
  rmSync(files.calls, { force: true });
  rmSync(files.report, { force: true });
  const config = join(import.meta.dirname, "schemathesis.toml");
  const child = spawn(
    program,
    [
      ...["--config-file", config, "run", files.document, "--url", stack.url],
      ...["--seed", seed, "--max-time", seconds],
      ...["--report", "json", "--report-json-path", files.report],
    ],
    {
      cwd: directory,
      stdio: "inherit",
      env: {
        ...process.env,
        FUZZ_HOOKS: join(import.meta.dirname, "hooks.py"),
        FUZZ_TOKEN: await stack.tokenFor(),
        FUZZ_LOG: files.calls,
        FUZZ_NAMES: JSON.stringify(names),
        FUZZ_TABLES: Object.values(stack.tables).join("|"),
      },
    },
  );
  await once(child, "exit");
}

async function main(): Promise<void> {
  const options = readOptions("npm run test:fuzz -- [--seed S] [--seconds N]", optionsOf);
  const program = installSchemathesis();
  await ensureAssembly();
  mkdirSync(directory, { recursive: true });
  const log = fileSink(files.functionLog);
  const stack = await startLocalStack({ port: 0, assemblyDirectory, log: log.sink });
  try {
    await fuzz(program, stack, options);
    const { passed, failed, answers, neverSucceeded } = readReport(files.report, files.calls);
    console.log(`Answers by operation:\n${answers.join("\n")}`);
    for (const label of neverSucceeded) {
      console.error(`${label} never succeeded: nothing behind its first check was fuzzed.`);
    }
    if (!(await untilAtRest(stack, restWithinMs))) {
      throw new Error(`The queues were not empty ${restWithinMs / 1000} s after the last request.`);
    }
    const reconciliation = await reconcileStack(stack);
    console.log(report(reconciliation));
    const allFailed = failed + reconciliation.differences.length + reconciliation.undecided.length;
    console.log(`${passed} passed, ${allFailed} failed (seed ${options.seed})`);
    process.exitCode = allFailed === 0 ? 0 : 1;
  } finally {
    await stack.stop();
    await log.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NoPythonError)) {
    throw error;
  }
  console.log(`SKIPPED: the API was not fuzzed. ${error.message}.`);
  console.log("0 passed, 0 failed, 1 skipped");
}
