/** The life of a stack, from `cdk deploy` to `cdk destroy`: one for development, which is used, and one of production. */
import { deepEqual, rejects } from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, UpdateTerminationProtectionCommand } from "@aws-sdk/client-cloudformation";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { findNoDeadLetters, reconcileTables, switchLogLevel, walkTables } from "./at-rest.ts";
import { findTrailKept } from "./audit-trail.ts";
import { Cdk } from "./cdk.ts";
import type { Checks } from "./checks.ts";
import { DeployedService } from "./deployed-service.ts";
import { repository } from "./directories.ts";
import type { Emulator } from "./emulator.ts";
import { gained, type Holdings, holdingsOf, inWords } from "./holdings.ts";
import { playJourney } from "./journey.ts";
import { writeNextVersion } from "./next-version.ts";
import { playRecovery } from "./recovery.ts";
import { callersOf, completeTrailOf, stockedShelf } from "./shop.ts";
import { nextSettings, Upgrade } from "./upgrade.ts";

const stackName = "Inventory";

export class Stages {
  private readonly emulator: Emulator;
  private readonly python: string;
  private readonly directory: string;
  private readonly checks: Checks;
  private readonly cdk: Cdk;

  /** Writes below the directory. */
  constructor(emulator: Emulator, python: string, directory: string, checks: Checks) {
    this.emulator = emulator;
    this.python = python;
    this.directory = directory;
    this.checks = checks;
    this.cdk = new Cdk(emulator.environment);
  }

  async bootstrap(): Promise<void> {
    await this.checks.that("cdk bootstrap", async () => {
      await this.cdk.bootstrap(this.emulator.environmentName, join(this.directory, "bootstrap"));
    });
  }

  /** Deploys, plays the journey, deploys a second version while holds are open, and destroys: nothing is left. */
  async development(): Promise<void> {
    const { emulator, checks, cdk } = this;
    const settings = { stackName, stage: "dev" };
    const before = this.holdings();
    const startMs = performance.now();
    await checks.that("cdk deploy, stage dev", async () => {
      await cdk.deploy(repository, join(this.directory, "first"), settings);
      return inWords(gained(before, this.holdings()));
    });
    const deploySeconds = Math.ceil((performance.now() - startMs) / 1000);

    const { service, callers } = await checks.that("the stack is found, and its client gets tokens", async () => {
      const found = await DeployedService.find(emulator, stackName);
      return { service: found, callers: await callersOf(found) };
    });
    await playJourney(service, callers, checks);

    // The hold must be open when the second version is there, which takes about as long as the first.
    const holdSeconds = Math.ceil(1.5 * deploySeconds) + 15;
    const upgrade = await checks.that("an order waits to be shipped, and a cart is held", async () => {
      return await Upgrade.begin(callers, holdSeconds);
    });
    const second = join(this.directory, "second");
    await checks.that("cdk deploy of a second version, while holds are open and a shopper goes on buying", async () => {
      const sources = join(this.directory, "sources");
      mkdirSync(sources);
      writeNextVersion(sources);
      await cdk.deploy(sources, second, { ...settings, ...nextSettings });
    });
    await upgrade.check(checks);

    await checks.that("reconcile finds no difference", async () => {
      return await reconcileTables(service, emulator.environment);
    });
    await checks.that("the scheduled reconcile walks through the whole table and finds none either", async () => {
      const { levels, openReservations } = await walkTables(service, stackName);
      return `${levels} levels, ${openReservations} open reservations`;
    });
    await checks.that("the log level is switched without a deployment, and back", async () => {
      await switchLogLevel(service, stackName, emulator.environment);
    });
    await checks.that("no message has died", async () => await findNoDeadLetters(service));

    const third = join(this.directory, "third");
    await playRecovery(
      {
        service,
        callers,
        stackName,
        environment: emulator.environment,
        deployWith: async (name, value) => {
          await cdk.deploy(repository, third, { ...settings, [name]: value });
        },
      },
      checks,
    );
    await checks.that("cdk destroy of a stack for development leaves nothing behind", async () => {
      await cdk.destroy(third);
      deepEqual(gained(before, this.holdings()), {});
    });
  }

  /** Deploys and destroys: the data is left, and cannot be deleted by accident. */
  async production(): Promise<void> {
    const { emulator, checks, cdk } = this;
    const assembly = join(this.directory, "production");
    const before = this.holdings();
    await checks.that("cdk deploy, stage prod", async () => {
      await cdk.deploy(repository, assembly, { stackName, stage: "prod" });
    });
    const service = await checks.that("it takes stock", async () => {
      const found = await DeployedService.find(emulator, stackName);
      const callers = await callersOf(found);
      await completeTrailOf(callers, await stockedShelf(callers, 5));
      return found;
    });

    await checks.that("nobody changes or deletes a movement, unless its table's policy is lifted first", async () => {
      await findTrailKept(emulator, this.python, service.tables.movements);
    });
    await checks.that(
      "a stack of production cannot be destroyed unless somebody takes its protection away",
      async () => {
        await rejects(cdk.destroy(assembly), /[Tt]ermination ?[Pp]rotection/);
        await takeProtectionAway(emulator);
      },
    );
    await checks.that("cdk destroy of a stack of production keeps its data and its logs", async () => {
      await cdk.destroy(assembly);
      const kept = gained(before, this.holdings());
      deepEqual(Object.keys(kept), ["tables", "user pools", "log groups", "buckets"]);
      return inWords(kept);
    });
    await checks.that("the tables that were kept have all that was in them, and are protected", async () => {
      const dynamoDb = new DynamoDBClient(emulator.sdk);
      for (const TableName of Object.values(service.tables)) {
        await rejects(dynamoDb.send(new DeleteTableCommand({ TableName })), /protect/);
      }
      dynamoDb.destroy();
      return await reconcileTables(service, emulator.environment);
    });
  }

  private holdings(): Holdings {
    return holdingsOf(this.python, this.emulator.environment);
  }
}

async function takeProtectionAway({ sdk }: Emulator): Promise<void> {
  const cloudFormation = new CloudFormationClient(sdk);
  await cloudFormation.send(
    new UpdateTerminationProtectionCommand({ StackName: stackName, EnableTerminationProtection: false }),
  );
  cloudFormation.destroy();
}
