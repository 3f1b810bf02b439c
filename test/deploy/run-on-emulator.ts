/**
 * `npm run test:deploy`: the real `cdk bootstrap`, `cdk deploy` and `cdk destroy` of this repository on an AWS emulator
 * of this machine, with a storefront's journey in between, and a second version deployed while holds are open.
 * The last line has the counts.
 */
import { rejects } from "node:assert/strict";
import { rmSync } from "node:fs";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { Checks, FailedCheck } from "./checks.ts";
import { makeRunDirectory, pythonDirectory } from "./directories.ts";
import { Emulator } from "./emulator.ts";
import { findPython, installEmulator, type Python } from "./python.ts";
import { Stages } from "./stages.ts";

/** What AWS does and the emulator does not, so that nobody takes it for shown. */
const notShown =
  "not shown, because the emulator lacks it: deletions by TTL in the stream, the stream's retries of single records " +
  "and its failure destination, throttles, access logs, alarms, TLS and encryption";

async function refuseStrangers({ sdk }: Emulator): Promise<void> {
  const stranger = new CloudFormationClient({
    ...sdk,
    credentials: { accessKeyId: "stranger", secretAccessKey: "stranger" },
  });
  await rejects(stranger.send(new DescribeStacksCommand({})), { name: "InvalidClientTokenId" });
  stranger.destroy();
}

async function main(python: Python): Promise<Checks> {
  const checks = new Checks();
  const directory = makeRunDirectory();
  const removeDirectory = (): void => rmSync(directory, { recursive: true, force: true });
  // What was started ends with this process, however that ends; the directory does not go by itself.
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => {
      removeDirectory();
      process.exit(exitCode);
    });
  }
  let emulator: Emulator | null = null;
  try {
    const interpreter = await installEmulator(python, pythonDirectory);
    emulator = await Emulator.start(interpreter, directory);
    const account = emulator;
    await checks.that("the emulator refuses whom it does not know", async () => await refuseStrangers(account));
    const stages = new Stages(emulator, interpreter, directory, checks);
    await stages.bootstrap();
    await stages.development();
    await stages.production();
  } catch (error) {
    if (!(error instanceof FailedCheck)) {
      throw error;
    }
    console.error(`The emulator's last words:\n${emulator?.log()}`);
  } finally {
    await emulator?.stop();
    removeDirectory();
  }
  return checks;
}

const python = findPython();
if (python === null) {
  console.log("SKIPPED: the deployment to an emulator needs Python 3.10 or newer with its modules venv and ensurepip.");
  console.log("0 passed, 0 failed, 1 skipped");
} else {
  const startMs = performance.now();
  const checks = await main(python);
  console.log(notShown);
  console.log(`${Math.round((performance.now() - startMs) / 1000)} s`);
  console.log(checks.summary);
  process.exitCode = checks.hasFailed ? 1 : 0;
}
