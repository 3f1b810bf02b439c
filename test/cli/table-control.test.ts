/**
 * Which calls a restore and an export make for whole tables, in which order. DynamoDB Local has none of them, and the
 * emulator of the deployment knows no moment but the present; so the answers are played here, as AWS describes them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteResourcePolicyCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  GetResourcePolicyCommand,
  ListBackupsCommand,
  ListTagsOfResourceCommand,
  PolicyNotFoundException,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  PurgeQueueInProgress,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import { exportTables } from "../../cli/recovery/export.ts";
import { restore, restoredName, undoRestore } from "../../cli/recovery/restore.ts";
import {
  fence,
  restoreTable,
  settle,
  startStream,
  startTimeToLive,
  tableAt,
  unfence,
} from "../../cli/recovery/table-control.ts";
import type { Stack } from "../../cli/stack.ts";
import { UsageError } from "../../cli/usage-error.ts";

const arnOf = (name: string) => `arn:aws:dynamodb:eu-central-1:111111111111:table/${name}`;
const atMs = Date.parse("2027-01-31T02:10:00Z");
const backup = { kind: "moment", atMs } as const;
const dynamoDb = mockClient(DynamoDBClient);

/** The tables of an account, as far as a restore sees and changes them. */
class Account {
  readonly tables = new Map<string, { looks: number; protected: boolean; stream: boolean }>();
  readonly policies = new Map<string, string>();
  readonly timesToLive = new Map<string, string>();
  readonly backedUp = new Set<string>();
  exportLooks = 0;

  constructor() {
    dynamoDb.reset();
    this.tables.set("Inventory", { looks: 0, protected: true, stream: true });
    const missing = { message: "", $metadata: {} };
    dynamoDb.on(DescribeTableCommand).callsFake(({ TableName }) => {
      const table = this.tables.get(TableName);
      if (table === undefined) {
        throw new ResourceNotFoundException(missing);
      }
      table.looks -= 1;
      return {
        Table: {
          TableArn: arnOf(TableName),
          TableId: `id-${TableName}`,
          TableStatus: table.looks < 0 ? "ACTIVE" : "CREATING",
          DeletionProtectionEnabled: table.protected,
          ...(table.stream
            ? { StreamSpecification: { StreamEnabled: true }, LatestStreamArn: `${arnOf(TableName)}/stream/1` }
            : {}),
        },
      };
    });
    const restored = ({ TargetTableName }: { TargetTableName: string }) => {
      this.tables.set(TargetTableName, { looks: 2, protected: false, stream: false });
      return {};
    };
    dynamoDb.on(RestoreTableToPointInTimeCommand).callsFake(restored);
    dynamoDb.on(RestoreTableFromBackupCommand).callsFake(restored);
    dynamoDb.on(UpdateTableCommand).callsFake(({ TableName, DeletionProtectionEnabled, StreamSpecification }) => {
      const table = this.tables.get(TableName);
      if (table === undefined || table.looks >= 0) {
        throw new Error("The table is being updated.");
      }
      table.looks = 1;
      table.protected ||= DeletionProtectionEnabled === true;
      table.stream ||= StreamSpecification?.StreamEnabled === true;
      return {};
    });
    dynamoDb.on(GetResourcePolicyCommand).callsFake(({ ResourceArn }) => {
      const Policy = this.policies.get(ResourceArn);
      if (Policy === undefined) {
        throw new PolicyNotFoundException(missing);
      }
      return { Policy };
    });
    dynamoDb.on(PutResourcePolicyCommand).callsFake(({ ResourceArn, Policy }) => {
      this.policies.set(ResourceArn, Policy);
      return {};
    });
    dynamoDb.on(DeleteResourcePolicyCommand).callsFake(({ ResourceArn }) => {
      this.policies.delete(ResourceArn);
      return {};
    });
    dynamoDb.on(DescribeTimeToLiveCommand).callsFake(({ TableName }) => ({
      TimeToLiveDescription: { TimeToLiveStatus: this.timesToLive.has(TableName) ? "ENABLING" : "DISABLED" },
    }));
    dynamoDb.on(UpdateTimeToLiveCommand).callsFake(({ TableName, TimeToLiveSpecification }) => {
      this.timesToLive.set(TableName, TimeToLiveSpecification.AttributeName);
      return {};
    });
    dynamoDb.on(DescribeContinuousBackupsCommand).callsFake(({ TableName }) => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: this.backedUp.has(TableName) ? "ENABLED" : "DISABLED",
          EarliestRestorableDateTime: this.backedUp.has(TableName) ? new Date(atMs - 60_000) : undefined,
          LatestRestorableDateTime: this.backedUp.has(TableName) ? new Date(atMs + 5_500) : undefined,
        },
      },
    }));
    dynamoDb.on(UpdateContinuousBackupsCommand).callsFake(({ TableName }) => {
      this.backedUp.add(TableName);
      return {};
    });
    dynamoDb.on(ListTagsOfResourceCommand).resolves({
      Tags: [
        { Key: "aws:cloudformation:stack-name", Value: "Shop" },
        { Key: "team", Value: "stock" },
      ],
    });
    dynamoDb.on(TagResourceCommand).resolves({});
    dynamoDb.on(ListBackupsCommand).resolves({
      BackupSummaries: [
        { BackupArn: "older", BackupCreationDateTime: new Date(1) },
        { BackupArn: "newest", BackupCreationDateTime: new Date(3) },
        { BackupArn: "old", BackupCreationDateTime: new Date(2) },
      ],
    });
  }
}

const slept: number[] = [];
const services = () => ({
  client: new DynamoDBClient({}),
  runtime: { now: () => atMs, sleep: async (milliseconds: number) => void slept.push(milliseconds) },
  say: () => undefined,
});
/** What was asked to be changed, in order. */
const changes = () =>
  dynamoDb
    .calls()
    .map(({ args: [command] }) => command.constructor.name)
    .filter((name) => !/^(Describe|Get|List)/.test(name));

let account: Account;
beforeEach(() => {
  account = new Account();
  slept.length = 0;
});

describe("a restore", () => {
  it("begins once, waits until the table is there, and gives it what no restore brings back", async () => {
    const target = restoredName("Inventory", backup);
    expect(target).toBe("Inventory-restored-20270131T021000000Z");
    const source = await tableAt(services(), "Inventory");
    account.policies.set(
      arnOf("Inventory"),
      `{"Version":"2012-10-17","Statement":{"Sid":"tls","Resource":"${arnOf("Inventory")}"}}`,
    );
    for (let times = 1; times <= 2; times += 1) {
      await restoreTable(services(), { source: "Inventory", target, backup });
      await settle(services(), target, source, { protect: true });
      expect(await startStream(services(), target)).toBe(`${arnOf(target)}/stream/1`);
      await startTimeToLive(services(), target, "ttl");
    }
    expect(changes()).toEqual([
      "RestoreTableToPointInTimeCommand",
      "UpdateContinuousBackupsCommand",
      "UpdateTableCommand",
      "TagResourceCommand",
      "PutResourcePolicyCommand",
      "UpdateTableCommand",
      "UpdateTimeToLiveCommand",
      // Said again, they change nothing.
      "TagResourceCommand",
      "PutResourcePolicyCommand",
    ]);
    expect(dynamoDb.commandCalls(RestoreTableToPointInTimeCommand)[0]?.args[0].input).toEqual({
      SourceTableName: "Inventory",
      TargetTableName: target,
      RestoreDateTime: new Date(atMs),
    });
    expect(account.tables.get(target)).toMatchObject({ protected: true, stream: true });
    expect(account.timesToLive.get(target)).toBe("ttl");
    expect(dynamoDb.commandCalls(TagResourceCommand)[0]?.args[0].input.Tags).toEqual([{ Key: "team", Value: "stock" }]);
    expect(JSON.parse(account.policies.get(arnOf(target)) ?? "")).toEqual({
      Version: "2012-10-17",
      Statement: [{ Sid: "tls", Resource: arnOf(target) }],
    });
    expect(slept.length).toBeGreaterThan(1);
  });

  it("of a deleted table takes the newest backup that DynamoDB kept of it", async () => {
    account.tables.delete("Inventory");
    const target = restoredName("Inventory", { kind: "deleted-table" });
    await restoreTable(services(), { source: "Inventory", target, backup: { kind: "deleted-table" } });
    expect(dynamoDb.commandCalls(RestoreTableFromBackupCommand)[0]?.args[0].input).toEqual({
      BackupArn: "newest",
      TargetTableName: "Inventory-restored-deleted",
    });
    expect(dynamoDb.commandCalls(ListBackupsCommand)[0]?.args[0].input).toMatchObject({ BackupType: "SYSTEM" });
  });

  it("of a restored table is not named after the restores before", () => {
    const name = restoredName("Inventory-restored-20270101T000000000Z", backup);
    expect(name).toBe("Inventory-restored-20270131T021000000Z");
    const deleted = ["Inventory", "Inventory-restored-deleted", name].map((each) =>
      restoredName(each, { kind: "deleted-table" }),
    );
    expect(deleted).toEqual([
      "Inventory-restored-deleted",
      "Inventory-restored-deleteddeleted",
      "Inventory-restored-deleted20270131T021000000Z",
    ]);
  });
});

describe("the whole of it", () => {
  it("happens in this order, up to the setting that the stack is deployed with", async () => {
    account.backedUp.add("Inventory");
    const order: string[] = [];
    const noted = <Output>(name: string, output: Output) => {
      return () => {
        order.push(name);
        return output;
      };
    };
    const [documents, queues, lambda] = [
      mockClient(DynamoDBDocumentClient),
      mockClient(SQSClient),
      mockClient(LambdaClient),
    ];
    documents.on(ScanCommand).callsFake(noted("scan", { Items: [] }));
    lambda.on(UpdateEventSourceMappingCommand, { UUID: "m", Enabled: false }).callsFake(noted("stop reading", {}));
    lambda.on(GetEventSourceMappingCommand).resolves({ State: "Disabled" });
    queues.on(PurgeQueueCommand, { QueueUrl: "https://sqs/1/expired" }).callsFake(noted("purge", {}));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:eu:1:expired-dead" });
    queues.on(GetQueueAttributesCommand).resolves({ Attributes: { RedrivePolicy, ApproximateNumberOfMessages: "0" } });
    queues.on(ReceiveMessageCommand).resolves({});
    dynamoDb.on(RestoreTableToPointInTimeCommand).callsFake(({ TargetTableName }) => {
      order.push("restore");
      account.tables.set(TargetTableName, { looks: 0, protected: false, stream: false });
    });
    const stack = {
      endpoints: { dynamoDb: null, messaging: null },
      tables: { inventory: "Inventory", movements: "Movements", views: "Views" },
      queueUrls: { expired: "https://sqs/1/expired" },
      streamMapping: "m",
    } as unknown as Stack;
    const wanted = { table: "inventory", backup, from: null, protect: false, givenUpFile: null } as const;
    const said: string[] = [];
    const given = await restore(stack, { ...services(), say: (line) => said.push(line) }, wanted);
    expect(given).toBe(`restoredInventory=${arnOf("Inventory-restored-20270131T021000000Z")}/stream/1`);
    expect(order[0]).toBe("restore");
    expect(order.slice(-2)).toEqual(["stop reading", "purge"]);
    expect(changes().filter((name) => name !== "TagResourceCommand")).toEqual([
      // The fence, before anything else.
      "PutResourcePolicyCommand",
      "RestoreTableToPointInTimeCommand",
      "UpdateContinuousBackupsCommand",
      // The stream, and the time to live only then.
      "UpdateTableCommand",
      "UpdateTimeToLiveCommand",
    ]);
    expect(said.join("\n")).toContain("0 levels with differences");

    // Once more within a minute, after it was broken off while it wrote the file.
    const folder = mkdtempSync(join(tmpdir(), "given-up-"));
    const givenUpFile = join(folder, "since.jsonl");
    writeFileSync(givenUpFile, "what comes again\n");
    queues.on(PurgeQueueCommand).rejects(new PurgeQueueInProgress({ message: "", $metadata: {} }));
    expect(await restore(stack, services(), { ...wanted, givenUpFile })).toBe(given);
    expect(readFileSync(givenUpFile, "utf8")).toBe("");
    rmSync(folder, { recursive: true });
    for (const mocked of [documents, queues, lambda]) {
      mocked.restore();
    }
  });

  it.each([
    ["a moment that is not reached", { backup: { kind: "moment", atMs: atMs + 60_000 } }, "to a moment from"],
    ["a moment that is too long ago", { backup: { kind: "moment", atMs: atMs - 61_000 } }, "to a moment from"],
    ["a table without backups", { from: "Movements" }, "recovery of Movements is off"],
    ["the trail of a moment", { table: "movements" }, "Only the inventory table goes back in time"],
    ["a table that is there from its deletion", { backup: { kind: "deleted-table" } }, "to a moment with --at"],
    ["a table that is gone to a moment", { from: "Gone" }, "with --deleted"],
  ] as const)("is refused for %s, before anything is touched", async (_what, changed, message) => {
    account.backedUp.add("Inventory");
    account.tables.set("Movements", { looks: 0, protected: true, stream: false });
    const stack = { tables: { inventory: "Inventory", movements: "Movements", views: "Views" } } as unknown as Stack;
    const wanted = { table: "inventory", backup, from: null, protect: false, givenUpFile: null, ...changed } as const;
    await expect(restore(stack, services(), wanted)).rejects.toThrow(message);
    expect(changes()).toEqual([]);
  });
});

describe("a restore that was deployed", () => {
  it("is not begun again with the same words, which would keep the table from being written", async () => {
    const inventory = restoredName("Inventory", backup);
    account.tables.set(inventory, { looks: 0, protected: true, stream: true });
    const stack = { tables: { inventory, movements: "Movements", views: "Views" } } as unknown as Stack;
    const wanted = { table: "inventory", backup, from: null, protect: false, givenUpFile: null } as const;
    await expect(restore(stack, services(), wanted)).rejects.toThrow("has taken its place already");
    expect(changes()).toEqual([]);
  });
});

describe("a restored table that was deployed and given up since", () => {
  it("is not taken for what it was at the moment that it was restored to", async () => {
    account.backedUp.add("Inventory");
    const earlier = restoredName("Inventory", backup);
    account.tables.set(earlier, { looks: 0, protected: true, stream: true });
    await fence(services(), (await tableAt(services(), earlier)) ?? {});
    const inventory = "Inventory-restored-20270201T000000000Z";
    account.tables.set(inventory, { looks: 0, protected: true, stream: true });
    const stack = { tables: { inventory, movements: "Movements", views: "Views" } } as unknown as Stack;
    const wanted = { table: "inventory", backup, from: "Inventory", protect: false, givenUpFile: null } as const;
    await expect(restore(stack, services(), wanted)).rejects.toThrow("Take another second");
    expect(changes()).toEqual(["PutResourcePolicyCommand"]);
  });
});

describe("a table that is given up", () => {
  it("is written by nobody until that is undone, and keeps its other rules", async () => {
    account.policies.set(arnOf("Inventory"), '{"Version":"2012-10-17","Statement":[{"Sid":"tls"}]}');
    const table = await tableAt(services(), "Inventory");
    await fence(services(), table ?? {});
    await fence(services(), table ?? {});
    expect(changes()).toEqual(["PutResourcePolicyCommand"]);
    const { Statement } = JSON.parse(account.policies.get(arnOf("Inventory")) ?? "");
    expect(Statement).toMatchObject([{ Sid: "tls" }, { Effect: "Deny", Principal: "*", Resource: "*" }]);
    expect(Statement[1].Action).toEqual(
      expect.arrayContaining(["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]),
    );
    await unfence(services(), table ?? {});
    expect(JSON.parse(account.policies.get(arnOf("Inventory")) ?? "").Statement).toEqual([{ Sid: "tls" }]);
  });

  it("that had no rules has none again", async () => {
    const table = await tableAt(services(), "Inventory");
    await fence(services(), table ?? {});
    await unfence(services(), table ?? {});
    await unfence(services(), table ?? {});
    expect(changes()).toEqual(["PutResourcePolicyCommand", "DeleteResourcePolicyCommand"]);
    expect(account.policies.size).toBe(0);
  });

  it("is told of again when it is undone, though the reader of its stream had been stopped", async () => {
    const [documents, lambda] = [mockClient(DynamoDBDocumentClient), mockClient(LambdaClient)];
    documents.on(ScanCommand).resolves({ Items: [] });
    const states = ["Disabling", "Disabled", "Enabling", "Enabled"];
    lambda
      .on(GetEventSourceMappingCommand)
      .callsFake(() => ({ State: states.length > 1 ? states.shift() : states[0] }));
    lambda.on(UpdateEventSourceMappingCommand).resolves({});
    const stack = {
      endpoints: { dynamoDb: null, messaging: null },
      tables: { inventory: "Inventory", movements: "Movements", views: "Views" },
      streamMapping: "m",
    } as unknown as Stack;
    const said: string[] = [];
    for (let times = 1; times <= 2; times += 1) {
      await fence(services(), (await tableAt(services(), "Inventory")) ?? {});
      await undoRestore(stack, { ...services(), say: (line) => said.push(line) });
    }
    expect(lambda.commandCalls(UpdateEventSourceMappingCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { UUID: "m", Enabled: true },
    ]);
    expect(account.policies.size).toBe(0);
    expect(said).toEqual([
      "Inventory: can be written again.",
      expect.stringContaining("Its stream is read again."),
      "Inventory: can be written again.",
    ]);
    for (const mocked of [documents, lambda]) {
      mocked.restore();
    }
  });
});

describe("an export", () => {
  const to = { bucket: "backups", prefix: "night", atMs: null };

  beforeEach(() => {
    account.tables.set("Movements", { looks: 0, protected: true, stream: false });
    for (const name of account.tables.keys()) {
      account.backedUp.add(name);
    }
    dynamoDb.on(ExportTableToPointInTimeCommand).callsFake(({ TableArn }) => ({
      ExportDescription: { ExportArn: `${TableArn}/export/1` },
    }));
    dynamoDb.on(DescribeExportCommand).callsFake(() => {
      account.exportLooks += 1;
      const ExportStatus = account.exportLooks > 2 ? "COMPLETED" : "IN_PROGRESS";
      return { ExportDescription: { ExportStatus, ItemCount: 7 } };
    });
  });

  it("is of all tables at the same second, which the slowest of them has reached, and is waited for", async () => {
    const said: string[] = [];
    await exportTables({ ...services(), say: (line) => said.push(line) }, ["Inventory", "Movements"], to);
    const inputs = dynamoDb.commandCalls(ExportTableToPointInTimeCommand).map(({ args: [{ input }] }) => input);
    expect(inputs).toMatchObject(
      ["Inventory", "Movements"].map((name) => ({
        TableArn: arnOf(name),
        S3Bucket: "backups",
        S3Prefix: "night",
        ExportTime: new Date(atMs + 5_000),
      })),
    );
    const tokens = () =>
      new Set(dynamoDb.commandCalls(ExportTableToPointInTimeCommand).map(({ args }) => args[0].input.ClientToken)).size;
    expect(tokens()).toBe(2);
    await exportTables(services(), ["Inventory", "Movements"], to);
    expect(tokens()).toBe(2);
    await exportTables(services(), ["Inventory", "Movements"], { ...to, prefix: "another night" });
    expect(tokens()).toBe(4);
    expect(said.slice(1)).toEqual([
      `Inventory: 7 items, ${arnOf("Inventory")}/export/1`,
      `Movements: 7 items, ${arnOf("Movements")}/export/1`,
    ]);
    expect(slept.length).toBe(2);
  });

  it("of a moment that is not reached yet, or of a table without backups, is none", async () => {
    await expect(exportTables(services(), ["Inventory"], { ...to, atMs: atMs + 60_000 })).rejects.toThrow(UsageError);
    account.backedUp.delete("Movements");
    await expect(exportTables(services(), ["Inventory", "Movements"], to)).rejects.toThrow("recovery is off");
    expect(changes()).toEqual([]);
  });

  it("that failed says why", async () => {
    dynamoDb.on(DescribeExportCommand).resolves({
      ExportDescription: { ExportStatus: "FAILED", FailureCode: "S3AccessDenied", FailureMessage: "no" },
    });
    await expect(exportTables(services(), ["Inventory"], to)).rejects.toThrow("failed: S3AccessDenied no");
  });
});
