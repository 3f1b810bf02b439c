/**
 * `npm run storm -- [--seconds N] [--seed S]`: load from another process on the local stack, which is broken meanwhile:
 * functions' workers are ended at their work, DynamoDB Local is stopped for seconds, the emulator of the queues is
 * killed and started again. Afterwards it waits for rest, gives dead letters back, and compares the tables with their
 * history, with what the load was answered, and with their summaries. Any difference fails it, and so does an answer
 * of 500 or more that no fault explains, and a kind of fault that never came.
 *
 * The emulator keeps its messages in a file, as SQS keeps them safe: what a restart would lose otherwise were no fault
 * of the service. A message that is worked on when the queues die comes again after 30 s, and not after 3 minutes as
 * in an account, so that the end need not wait for so long.
 *
 * A seed gives each buyer, and the faults, their own row of choices; who meets whom, and so what follows, is up to the
 * machine.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { fileSink } from "../../local/function-log.ts";
import { readOptions } from "../../local/read-options.ts";
import { type LocalStack, startLocalStack } from "../../local/stack.ts";
import { assemblyDirectory, cacheDirectory, ensureAssembly } from "../../local/synthesis.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { settle } from "./aftermath.ts";
import { startDurableEmulator } from "./emulator.ts";
import { type Fault, runFaults, type Victims } from "./faults.ts";
import type { Books, CallRecord } from "./records.ts";
import { describe, missingKinds, unexcused } from "./report.ts";

const directory = join(cacheDirectory, "storm");
const files = {
  calls: join(directory, "calls.jsonl"),
  books: join(directory, "books.json"),
  functionLog: join(directory, "functions.log"),
};
const visibilitySeconds = "30";

interface Options {
  readonly seconds: number;
  readonly seed: number;
}

function optionsOf(): Options {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "90" }, seed: { type: "string", default: "1" } },
  });
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,5}$/.test(value)) {
      throw new Error(`--${name} must be a whole number above 0.`);
    }
  }
  return { seconds: Number(values.seconds), seed: Number(values.seed) };
}

/** Runs the load to its end, and the faults from the moment when the shop is open. */
async function blow(stack: LocalStack, victims: Victims, { seconds, seed }: Options): Promise<readonly Fault[]> {
  const args = [stack.url, await stack.tokenFor(), String(seed), String(seconds), files.calls, files.books];
  const load = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const ended = once(load, "exit") as Promise<[number | null]>;
    const opened = once(createInterface({ input: load.stdout }), "line");
    const [exitCode] = await Promise.race([opened.then(() => [0]), ended]);
    if (exitCode !== 0) {
      throw new Error("The load could not begin.");
    }
    const faults = await runFaults(victims, new SeededRandom(seed), Date.now() + seconds * 1_000);
    const [code] = await ended;
    if (code !== 0) {
      throw new Error(`The load ended with ${code}.`);
    }
    return faults;
  } finally {
    load.kill();
  }
}

async function main(): Promise<void> {
  const options = readOptions("npm run storm -- [--seconds N] [--seed S]", optionsOf);
  await ensureAssembly();
  mkdirSync(directory, { recursive: true });
  const log = fileSink(files.functionLog);
  const emulator = await startDurableEmulator(join(directory, "queues"));
  const { messaging } = emulator;
  const stack = await startLocalStack({
    port: 0,
    assemblyDirectory,
    log: log.sink,
    startMessaging: async () => messaging,
  });
  try {
    for (const QueueUrl of Object.values(stack.queueUrls)) {
      const Attributes = { VisibilityTimeout: visibilitySeconds };
      await messaging.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    }
    const faults = await blow(stack, { stack, emulator }, options);
    const calls = readFileSync(files.calls, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as CallRecord);
    const books = JSON.parse(readFileSync(files.books, "utf8")) as Books;
    console.log(describe(calls, faults, options.seconds).join("\n"));
    const { deadLetters, reconciled, findings } = await settle(stack, messaging.sqs, books);
    const failures = [
      ...findings,
      ...missingKinds(faults).map((kind) => `No ${kind} came: let the storm last longer.`),
      ...unexcused(calls, faults).map((call) => `No fault explains ${JSON.stringify(call)}.`),
    ];
    console.log(`${deadLetters} dead letters given back. ${books.reservationIds.length} reservations. ${reconciled}`);
    for (const failure of failures) {
      console.error(failure);
    }
    console.log(`Differences: ${failures.length} (seed ${options.seed}).`);
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    await stack.stop();
    await log.close();
  }
}

await main();
