/** The operator's command line on a table in which something is wrong. */
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LevelKey } from "../../functions/domain/level.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { startContractDatabase } from "../../local/contract-database.ts";
import { Service } from "../support/service.ts";
import { inventory } from "./program.ts";

let service: Service;
let shelf: LevelKey;

beforeAll(async () => {
  // The command knows the usual credentials alone, which see nothing of what others see.
  service = await Service.start({}, await startContractDatabase());
  shelf = await service.stockedShelf(5);
  await service.hold([shelf], 2);
  await service.settle();
});
afterAll(async () => {
  await service.stop();
});

const reconcile = async (...more: readonly string[]) =>
  await inventory(
    "reconcile",
    ...["--endpoint", service.url, "--inventory-table", service.tables.inventory],
    ...["--movements-table", service.tables.movements, "--settle-seconds", "0", ...more],
  );

/** Does to a level what no part of the service does. */
async function tamper(expression: string, values: Record<string, unknown>): Promise<void> {
  await service.client.send(
    new UpdateCommand({
      TableName: service.tables.inventory,
      Key: inventoryKeys.level(shelf),
      UpdateExpression: expression,
      ExpressionAttributeValues: values,
    }),
  );
}

describe("reconcile", () => {
  it("finds nothing where nothing is wrong, and says what it looked at", async () => {
    expect(await reconcile()).toEqual({
      code: 0,
      output: "1 levels, 1 open reservations, 2 movements: 0 levels with differences.\n",
    });
  });

  it("names a figure that was changed past the service, with the level's movements, and exits with 1", async () => {
    await tamper("ADD onHand :one", { ":one": 1 });
    const { code, output } = await reconcile();
    await tamper("ADD onHand :one", { ":one": -1 });
    expect(code).toBe(1);
    expect(output).toContain(`${shelf.sku} at ${shelf.locationId}, version 2`);
    expect(output).toContain("invariant 1: available do not add up");
    expect(output).toContain("invariant 5: after version 2 onHand should be 5 and is 6");
    expect(output).toMatch(/1 \S+ received \{"onHand":5,"available":5,"sellable":5\} by tester/);
    expect(output).toMatch(/2 \S+ reserved .* by tester for r-/);
  });

  it("names a promise that no reservation stands for", async () => {
    await tamper("ADD reserved :one, available :less, sellable :less", { ":one": 1, ":less": -1 });
    const { code, output } = await reconcile();
    await tamper("ADD reserved :one, available :less, sellable :less", { ":one": -1, ":less": 1 });
    expect(code).toBe(1);
    expect(output).toContain("invariant 2: promised are 3, open reservations rest on 2");
  });

  it("gives the same as JSON", async () => {
    const { code, output } = await reconcile("--json");
    expect([code, JSON.parse(output)]).toEqual([
      0,
      { levels: 1, openReservations: 1, movements: 2, undecided: [], differences: [] },
    ]);
  });
});

describe("the command line", () => {
  it.each([
    ["no command", []],
    ["an unknown command", ["repair"]],
    ["an unknown option", ["reconcile", "--fix"]],
    ["half of a table", ["reconcile", "--inventory-table", "x"]],
    ["tables and a stack", ["reconcile", "--inventory-table", "x", "--movements-table", "y", "--stack", "z"]],
    ["a time that is none", ["reconcile", "--settle-seconds", "soon"]],
    [
      "an address that is none",
      ["reconcile", "--inventory-table", "x", "--movements-table", "y", "--endpoint", "here"],
    ],
  ])("explains itself when it is given %s", async (_name, args) => {
    const { code, output } = await inventory(...args);
    expect(code).toBe(64);
    expect(output).toContain("Usage: npm run inventory -- ");
  });

  const unreachable = ["--inventory-table", "abc", "--movements-table", "def", "--endpoint", "http://127.0.0.1:1"];

  it.each([
    ["nothing answers", ["reconcile", ...unreachable], "ECONNREFUSED"],
    ["no Region is set", ["reconcile", "--stack", "x"], "Region is missing\n.*AWS_REGION"],
    ["no Region is set for functions", ["log-level", "--stack", "x"], "Region is missing\n.*AWS_REGION"],
  ])("says in a line or two what it failed of when %s, and that is no verdict", async (_when, args, expected) => {
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    const { code, output } = await inventory(...args);
    vi.unstubAllEnvs();
    expect(code).toBe(70);
    expect(output).toMatch(new RegExp(expected));
    expect(output).not.toMatch(/^ +at /m);
  });
});
