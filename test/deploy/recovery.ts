/**
 * A night on call: somebody wrote wrong stock, and the inventory table is brought back to the moment before. The emulator
 * restores a table to what it is at present, so the restored one is begun at that moment, and taken up by the command
 * afterwards, as one that was broken off.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteTableCommand,
  DynamoDBClient,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { restoredName } from "../../cli/recovery/restore.ts";
import { spawnGuarded } from "../../local/child-process.ts";
import { unique } from "../api/client.ts";
import type { Checks } from "./checks.ts";
import type { DeployedService } from "./deployed-service.ts";
import { repository } from "./directories.ts";
import { awaited, bodyOf, type Callers, completeTrailOf, levelOf, stockedShelf } from "./shop.ts";

interface Night {
  readonly service: DeployedService;
  readonly callers: Callers;
  readonly stackName: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Deploys the stack with one setting more, `name=value`. */
  readonly deployWith: (name: string, value: string) => Promise<void>;
}

/** Over when the stack has been deployed again; it ends there, and not in the table that was given up. */
const holdSeconds = 20;

const quietMs = 5_000;

const pictureOf = async (callers: Callers, shelf: Parameters<typeof levelOf>[1]) => {
  const { version: _version, updatedAt: _updatedAt, ...figures } = await levelOf(callers, shelf);
  return figures;
};

/** Runs the operator's command line as he would. Gives what it says; throws when it ends with anything but success. */
async function runInventory(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const command = spawnGuarded(["node", join(repository, "cli", "inventory.ts"), ...args], { env: environment });
  equal(await command.ended, 0, command.output());
  return command.output().trim();
}

/** Leaves no table behind that was not there before. */
export async function playRecovery(night: Night, checks: Checks): Promise<void> {
  const { service, callers, stackName, environment } = night;
  const { storefront, backOffice } = callers;
  const dynamoDb = new DynamoDBClient(service.account.sdk);
  const inventory = async (...args: readonly string[]) =>
    await runInventory([...args, "--stack", stackName], environment);

  const shelf = await stockedShelf(callers, 10);
  const lines = [{ sku: shelf.sku, quantity: 2 }];
  const [order, hold, since] = [unique("r"), unique("r"), unique("r")];
  const { target, before, atMs, deadlineMs } = await checks.that(
    "an order and a hold, and then wrong stock",
    async () => {
      bodyOf(await storefront.post("/v1/reservations", { reservationId: order, lines }), 201);
      bodyOf(await storefront.post(`/v1/reservations/${order}/commit`, { orderId: unique("order") }), 200);
      const held = { reservationId: hold, lines, ttlSeconds: holdSeconds };
      const { expiresAt } = bodyOf(await storefront.post("/v1/reservations", held), 201);
      await completeTrailOf(callers, shelf);
      const picture = await pictureOf(callers, shelf);
      // The template asks for it, and the emulator's CloudFormation does not hear.
      await dynamoDb.send(
        new UpdateContinuousBackupsCommand({
          TableName: service.tables.inventory,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      );
      const moment = Math.floor(Date.now() / 1_000) * 1_000;
      const name = restoredName(service.tables.inventory, { kind: "moment", atMs: moment });
      await dynamoDb.send(
        new RestoreTableToPointInTimeCommand({
          SourceTableName: service.tables.inventory,
          TargetTableName: name,
          RestoreDateTime: new Date(moment),
        }),
      );
      const wrong = { reason: "correction", changes: [{ ...shelf, delta: 500 }] };
      bodyOf(await backOffice.post("/v1/adjustments", wrong), 200);
      bodyOf(await storefront.post("/v1/reservations", { reservationId: since, lines }), 201);
      return { target: name, before: picture, atMs: moment, deadlineMs: Date.parse(expiresAt) };
    },
  );

  const setting = await checks.that("restore makes the table of the moment before ready", async () => {
    const at = new Date(atMs).toISOString();
    const said = await inventory("restore", "inventory", "--at", at, "--unprotected", "--yes");
    match(said, /1 go on behind the trail/);
    match(said, / 0 levels with differences/);
    return /inventory:restoredInventory=(\S+)/.exec(said)?.[1] ?? "";
  });
  await checks.that("cdk deploy with the restored table in its place", async () => {
    await night.deployWith("restoredInventory", setting);
  });
  await checks.that("a hold of then ends, whose deadline was over in the meantime", async () => {
    await inventory("resend");
    await inventory("views", "rebuild");
    await sleep(Math.max(0, deadlineMs - Date.now()));
    await awaited(
      async () => bodyOf(await storefront.get(`/v1/reservations/${hold}`), 200),
      ({ status }) => status === "expired",
    );
  });
  await checks.that("the stock is what it was, and the trail tells of both times", async () => {
    const { reserved, available, sellable, ...others } = await pictureOf(callers, shelf);
    const units = [before.reserved - 2, before.available + 2, before.sellable + 2];
    deepEqual([reserved, available, sellable], units);
    deepEqual({ ...before, ...others }, before);
    equal((await storefront.get(`/v1/reservations/${since}`)).status, 404);
    equal(bodyOf(await storefront.get(`/v1/reservations/${order}`), 200).status, "committed");
    bodyOf(await storefront.post("/v1/reservations", { reservationId: since, lines }), 201);
    const trail = await completeTrailOf(callers, shelf);
    const types = trail.map(({ type }) => type);
    deepEqual(types.slice(types.indexOf("restored")), ["restored", "expired", "reserved"]);
    ok(types.indexOf("adjusted") < types.indexOf("restored"));
    await awaited(
      async () => bodyOf(await callers.reader.get(`/v1/availability?sku=${shelf.sku}`), 200).items[0].available,
      (free) => free === before.available,
    );
    return await inventory("reconcile");
  });
  // Deadlines that were said twice are looked at twice; a function that logs after its log group is gone makes it anew.
  await sleep(quietMs);
  await dynamoDb.send(new DeleteTableCommand({ TableName: target }));
  dynamoDb.destroy();
}
