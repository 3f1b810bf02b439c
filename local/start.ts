/**
 * `npm start`: the whole service on this machine, with a small demo catalogue unless `--empty` is given.
 * `PORT` (default 3000) is where it answers. It ends with Ctrl-C, SIGTERM, or the process that started it.
 * `--state <directory>` (default `.cache/local`) is where it says how it is reached, and where the functions log.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { onParentGone } from "./child-process.ts";
import { loadDemoCatalogue } from "./demo-catalogue.ts";
import { fileSink } from "./function-log.ts";
import { PortInUseError } from "./http-server.ts";
import { readOptions } from "./read-options.ts";
import { type LocalStack, startLocalStack } from "./stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly, SynthesisError } from "./synthesis.ts";
import { region, UnsupportedTemplateError } from "./template.ts";
import { welcome } from "./welcome.ts";

/** What the other programs of this repository need to find the running stack. */
function writeStackFile(stackFile: string, stack: LocalStack, logFile: string): void {
  const { url, dynamoDbUrl, sqsUrl, tables, queueUrls, undeliveredBucket } = stack;
  const reached = { pid: process.pid, url, dynamoDbUrl, sqsUrl, region };
  const description = { ...reached, tables, queueUrls, undeliveredBucket, logFile };
  writeFileSync(stackFile, `${JSON.stringify(description, null, 2)}\n`);
}

/** Where the stack of this folder answers; null when none does, also after one that was killed. */
async function runningAt(stackFile: string): Promise<string | null> {
  try {
    const { url } = JSON.parse(readFileSync(stackFile, "utf8")) as { readonly url: string };
    const { ok } = await fetch(`${url}/v1/health`, { signal: AbortSignal.timeout(5_000) });
    return ok ? url : null;
  } catch {
    return null;
  }
}

let running: { readonly stack: LocalStack; readonly stackFile: string } | null = null;
let isEnding = false;

/** Ends at once when it is asked a second time: whatever still runs ends with this process. */
async function end(exitCode: number): Promise<void> {
  if (isEnding) {
    process.exit(exitCode);
  }
  isEnding = true;
  if (running !== null) {
    rmSync(running.stackFile, { force: true });
    await running.stack.stop().catch((error: unknown) => console.error(error));
  }
  process.exit(exitCode);
}

function fail(error: unknown): void {
  if (isEnding) {
    // Whatever is under way fails when the parts that it needs are stopped.
    return;
  }
  const isPlain =
    error instanceof PortInUseError || error instanceof SynthesisError || error instanceof UnsupportedTemplateError;
  console.error(isPlain ? error.message : error);
  void end(1);
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    console.error(`PORT is ${text}; it must be a number from 0 to 65535.`);
    process.exit(1);
  }
  return port;
}

/** How much the functions log: what the template says, unless it is said otherwise. */
function logLevelOf(text: string | undefined): "DEBUG" | "INFO" | undefined {
  if (text !== undefined && text !== "DEBUG" && text !== "INFO") {
    console.error(`LOG_LEVEL is ${text}; it must be DEBUG or INFO.`);
    process.exit(1);
  }
  return text;
}

async function main(): Promise<void> {
  const { values } = readOptions("npm start [-- --empty] [--state DIRECTORY]", () =>
    parseArgs({
      options: {
        empty: { type: "boolean", default: false },
        state: { type: "string", default: join(cacheDirectory, "local") },
      },
    }),
  );
  const port = portOf(process.env["PORT"]);
  const logLevel = logLevelOf(process.env["LOG_LEVEL"]);
  const state = resolve(values.state);
  mkdirSync(state, { recursive: true });
  const logFile = join(state, "functions.log");
  const stackFile = join(state, "stack.json");
  const url = await runningAt(stackFile);
  if (url !== null) {
    // It would begin the other's log anew, and take away the file by which the other is found.
    console.error(`It runs already, on ${url}: end it, or set PORT and --state DIRECTORY to others.`);
    process.exit(1);
  }
  if (await ensureAssembly()) {
    console.log("Synthesised the stack.");
  }
  const stack = await startLocalStack({ port, assemblyDirectory, logLevel, log: fileSink(logFile).sink });
  running = { stack, stackFile };
  writeStackFile(stackFile, stack, logFile);
  if (!values.empty) {
    await loadDemoCatalogue(stack.url, await stack.tokenFor());
  }
  console.log(welcome(stack, { isEmpty: values.empty, logFile }));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void end(0));
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
onParentGone(() => void end(1));
await main().catch(fail);
