/**
 * `npm start`: the whole service on this machine, with a small demo catalogue unless `--empty` is given.
 * `PORT` (default 3000) is where it answers. It ends with Ctrl-C, SIGTERM, or the process that started it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { onParentGone } from "./child-process.ts";
import { loadDemoCatalogue } from "./demo-catalogue.ts";
import { fileSink } from "./function-log.ts";
import { PortInUseError } from "./http-server.ts";
import { type LocalStack, startLocalStack } from "./stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly, SynthesisError } from "./synthesis.ts";
import { region, UnsupportedTemplateError } from "./template.ts";
import { welcome } from "./welcome.ts";

const stackFile = join(cacheDirectory, "local", "stack.json");
const logFile = join(cacheDirectory, "local", "functions.log");

/** What the other programs of this repository need to find the running stack. */
function writeStackFile({ url, dynamoDbUrl, sqsUrl, tables, queueUrls }: LocalStack): void {
  mkdirSync(join(cacheDirectory, "local"), { recursive: true });
  const description = { pid: process.pid, url, dynamoDbUrl, sqsUrl, region, tables, queueUrls };
  writeFileSync(stackFile, `${JSON.stringify(description, null, 2)}\n`);
}

let running: LocalStack | null = null;
let isEnding = false;

/** Ends at once when it is asked a second time: whatever still runs ends with this process. */
async function end(exitCode: number): Promise<void> {
  if (isEnding) {
    process.exit(exitCode);
  }
  isEnding = true;
  if (running !== null) {
    rmSync(stackFile, { force: true });
    await running.stop();
  }
  process.exit(exitCode);
}

function fail(error: unknown): void {
  const isPlain =
    error instanceof PortInUseError || error instanceof SynthesisError || error instanceof UnsupportedTemplateError;
  console.error(isPlain ? error.message : error);
  end(1).catch(() => process.exit(1));
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    console.error(`PORT is ${text}; it must be a number from 0 to 65535.`);
    process.exit(1);
  }
  return port;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { empty: { type: "boolean", default: false } } });
  const port = portOf(process.env["PORT"]);
  if (await ensureAssembly()) {
    console.log("Synthesised the stack.");
  }
  const { sink } = fileSink(logFile);
  running = await startLocalStack({ port, assemblyDirectory, log: sink });
  writeStackFile(running);
  if (!values.empty) {
    await loadDemoCatalogue(running.url, await running.tokenFor());
  }
  console.log(welcome(running, { isEmpty: values.empty, logFile }));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    end(0).catch(fail);
  });
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
onParentGone(() => {
  end(1).catch(fail);
});
await main().catch(fail);
