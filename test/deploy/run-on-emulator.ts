/**
 * `npm run test:deploy`: the real `cdk bootstrap`, `cdk deploy` and `cdk destroy` of this repository on an AWS emulator
 * of this machine, with a storefront's journey in between, and a second version deployed while holds are open.
 * The last line has the counts.
 */
import { deepEqual, rejects } from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { findNoDeadLetters, reconcileTables } from "./at-rest.ts";
import { Cdk } from "./cdk.ts";
import { Checks, FailedCheck } from "./checks.ts";
import { DeployedService } from "./deployed-service.ts";
import { makeRunDirectory, pythonDirectory, repository } from "./directories.ts";
import { Emulator } from "./emulator.ts";
import { countGained, holdingsOf } from "./holdings.ts";
import { playJourney } from "./journey.ts";
import { writeNextVersion } from "./next-version.ts";
import { findPython, installEmulator, type Python } from "./python.ts";
import { callersOf } from "./shop.ts";
import { nextSettings, Upgrade } from "./upgrade.ts";

const stackName = "Inventory";
const settings = { stackName, stage: "dev" } as const;

async function deployAndPlay(emulator: Emulator, python: string, directory: string, checks: Checks): Promise<void> {
  const cdk = new Cdk(emulator.environment);
  const [first, second] = [join(directory, "first"), join(directory, "second")];

  await checks.that("the emulator refuses whom it does not know, so that roles count", async () => {
    const stranger = new CloudFormationClient({
      ...emulator.sdk,
      credentials: { accessKeyId: "stranger", secretAccessKey: "stranger" },
    });
    await rejects(stranger.send(new DescribeStacksCommand({})), { name: "InvalidClientTokenId" });
    stranger.destroy();
  });

  await checks.that("cdk bootstrap", async () => {
    await cdk.bootstrap(emulator.environmentName, join(directory, "bootstrap"));
  });
  const before = holdingsOf(python, emulator.environment);

  const deployStartMs = performance.now();
  await checks.that("cdk deploy, stage dev", async () => {
    await cdk.deploy(repository, first, settings);
    return countGained(before, holdingsOf(python, emulator.environment));
  });
  const deploySeconds = Math.ceil((performance.now() - deployStartMs) / 1000);

  const service = await DeployedService.find(emulator, stackName);
  const callers = await callersOf(service);
  await playJourney(service, callers, checks);

  // The hold must be open when the second version is there, which takes as long as the first or somewhat longer.
  const upgrade = await Upgrade.begin(callers, 2 * deploySeconds + 10);
  await checks.that("cdk deploy of a second version, while holds are open and a shopper goes on buying", async () => {
    const sources = join(directory, "sources");
    mkdirSync(sources);
    writeNextVersion(sources);
    await cdk.deploy(sources, second, { ...settings, ...nextSettings });
  });
  await upgrade.check(checks);

  await checks.that("reconcile finds no difference", async () => {
    return await reconcileTables(service, emulator.environment);
  });
  await checks.that("no message has died", async () => await findNoDeadLetters(service));

  await checks.that("cdk destroy leaves nothing behind", async () => {
    await cdk.destroy(second);
    deepEqual(holdingsOf(python, emulator.environment), before);
  });
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
    await deployAndPlay(emulator, interpreter, directory, checks);
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
  console.log(`${Math.round((performance.now() - startMs) / 1000)} s`);
  console.log(checks.summary);
  process.exitCode = checks.summary.endsWith(" 0 failed") ? 0 : 1;
}
