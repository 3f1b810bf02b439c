/**
 * One execution environment of a Lambda function, as a worker thread: it loads the bundle once and then answers
 * one event at a time.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction, constants } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

export interface WorkerSettings {
  /** The directory of the bundle. */
  readonly codeDirectory: string;
  /** As in the template, such as `index.handler`. */
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** From the host to the worker. Events travel as JSON, as they do to a Lambda function. */
export interface Invocation {
  readonly event: string;
  readonly deadlineMs: number;
}

/** From the worker to the host. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "answered"; readonly result: string }
  | { readonly kind: "failed"; readonly error: string };

type Handler = (event: unknown, context: unknown) => unknown;

/**
 * Loads a CommonJS bundle. By `require` it would be taken for an ES module, because the nearest package.json
 * above the assembly says so; in Lambda there is none above it.
 */
function loadCommonJs(file: string): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  const run = compileFunction(readFileSync(file, "utf8"), ["exports", "require", "module", "__filename", "__dirname"], {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  run(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

async function loadHandler({ codeDirectory, handler }: WorkerSettings): Promise<Handler> {
  const dot = handler.lastIndexOf(".");
  const base = join(codeDirectory, handler.slice(0, dot));
  const exported = existsSync(`${base}.mjs`)
    ? ((await import(pathToFileURL(`${base}.mjs`).href)) as Record<string, unknown>)
    : loadCommonJs(existsSync(`${base}.cjs`) ? `${base}.cjs` : `${base}.js`);
  const found = exported[handler.slice(dot + 1)];
  if (typeof found !== "function") {
    throw new Error(`${handler} is not a function in ${codeDirectory}.`);
  }
  return found as Handler;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function serve(settings: WorkerSettings): Promise<void> {
  const port = parentPort;
  if (port === null) {
    throw new Error("A function runs in a worker thread only.");
  }
  const post = (message: WorkerMessage): void => port.postMessage(message);
  const handler = await loadHandler(settings);
  port.on("message", async ({ event, deadlineMs }: Invocation) => {
    const context = {
      functionName: settings.functionName,
      functionVersion: "$LATEST",
      invokedFunctionArn: settings.functionArn,
      memoryLimitInMB: String(settings.memoryMb),
      awsRequestId: randomUUID(),
      logGroupName: `/aws/lambda/${settings.functionName}`,
      logStreamName: "local",
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    };
    try {
      const result = await handler(JSON.parse(event), context);
      post({ kind: "answered", result: JSON.stringify(result) ?? "null" });
    } catch (error) {
      post({ kind: "failed", error: textOf(error) });
    }
  });
  post({ kind: "ready" });
}

await serve(workerData as WorkerSettings);
