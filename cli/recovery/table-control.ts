/** What is done to whole tables to restore them. Each step finds out whether it was done before. */
import {
  DeleteResourcePolicyCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  ListBackupsCommand,
  ListTagsOfResourceCommand,
  PolicyNotFoundException,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Runtime } from "../../functions/domain/runtime.ts";

export interface ControlServices {
  readonly client: DynamoDBClient;
  readonly runtime: Pick<Runtime, "now" | "sleep">;
  readonly say: (line: string) => void;
}

/** By this name the statement is known that keeps everybody from writing a table that is given up. */
const fenceId = "GivenUpForRestore";
const writes = [
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PartiQLDelete",
];

/** Restores and exports take from minutes to many hours. */
export const lookEveryMs = 10_000;
export const mostLooks = 8_640;

interface Policy {
  readonly Version?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** Null where there is no such table. */
export async function tableAt({ client }: ControlServices, name: string): Promise<TableDescription | null> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table ?? null;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return null;
    }
    throw error;
  }
}

async function policyOf({ client }: ControlServices, arn: string): Promise<Policy> {
  try {
    const { Policy: text } = await client.send(new GetResourcePolicyCommand({ ResourceArn: arn }));
    const policy = JSON.parse(text ?? '{"Statement":[]}') as Policy;
    return { ...policy, Statement: [policy.Statement].flat() };
  } catch (error) {
    if (error instanceof PolicyNotFoundException) {
      return { Version: "2012-10-17", Statement: [] };
    }
    throw error;
  }
}

async function putPolicy({ client }: ControlServices, arn: string, policy: Policy): Promise<void> {
  await client.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy: JSON.stringify(policy) }));
}

/**
 * From now on nobody writes the table, whatever the policies of his role say; it can still be read. What is true of it
 * stays true: a level that went on would meet versions that the trail has from the restored one.
 */
export async function fence(services: ControlServices, { TableArn = "" }: TableDescription): Promise<void> {
  const policy = await policyOf(services, TableArn);
  if (hasFence(policy)) {
    return;
  }
  const statement = { Sid: fenceId, Effect: "Deny", Principal: "*", Action: writes, Resource: "*" };
  await putPolicy(services, TableArn, { ...policy, Statement: [...policy.Statement, statement] });
}

function hasFence({ Statement }: Policy): boolean {
  return Statement.some(({ Sid }) => Sid === fenceId);
}

/** Whether a table is given up. */
export async function isFenced(services: ControlServices, { TableArn = "" }: TableDescription): Promise<boolean> {
  return hasFence(await policyOf(services, TableArn));
}

/** Takes the fence away again: the table is what it was. */
export async function unfence(services: ControlServices, { TableArn = "" }: TableDescription): Promise<void> {
  const policy = await policyOf(services, TableArn);
  const rest = policy.Statement.filter(({ Sid }) => Sid !== fenceId);
  if (rest.length > 0) {
    await putPolicy(services, TableArn, { ...policy, Statement: rest });
  } else if (policy.Statement.length > 0) {
    // A policy that says nothing is none.
    await services.client.send(new DeleteResourcePolicyCommand({ ResourceArn: TableArn }));
  }
}

/** In milliseconds since the epoch. */
export interface RestorableTimes {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** To which moments a table can be restored or exported; null where its point-in-time recovery is off. */
export async function restorableTimesOf({ client }: ControlServices, name: string): Promise<RestorableTimes | null> {
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName: name }));
  const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } =
    ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  return earliest === undefined || latest === undefined
    ? null
    : { earliestMs: earliest.getTime(), latestMs: latest.getTime() };
}

/** What a table is restored from. */
export type Backup = { readonly kind: "moment"; readonly atMs: number } | { readonly kind: "deleted-table" };

/** Begins to restore a table under another name, unless that was begun before, and waits until it is there. */
export async function restoreTable(
  services: ControlServices,
  { source, target, backup }: { readonly source: string; readonly target: string; readonly backup: Backup },
): Promise<TableDescription> {
  const { client, say } = services;
  if ((await tableAt(services, target)) === null) {
    if (backup.kind === "moment") {
      await client.send(
        new RestoreTableToPointInTimeCommand({
          SourceTableName: source,
          TargetTableName: target,
          RestoreDateTime: new Date(backup.atMs),
        }),
      );
    } else {
      const { BackupSummaries = [] } = await client.send(
        new ListBackupsCommand({ TableName: source, BackupType: "SYSTEM" }),
      );
      const [latest] = BackupSummaries.toSorted(
        (one, other) => Number(other.BackupCreationDateTime) - Number(one.BackupCreationDateTime),
      );
      if (latest?.BackupArn === undefined) {
        throw new Error(`There is no backup that DynamoDB kept of ${source} when it was deleted.`);
      }
      await client.send(new RestoreTableFromBackupCommand({ BackupArn: latest.BackupArn, TargetTableName: target }));
    }
    say(`${target}: is being restored, which may take hours.`);
  }
  return await untilActive(services, target);
}

async function untilActive(services: ControlServices, name: string): Promise<TableDescription> {
  for (let look = 0; look < mostLooks; look += 1) {
    const table = await tableAt(services, name);
    const isReady =
      table?.TableStatus === "ACTIVE" &&
      (table.GlobalSecondaryIndexes ?? []).every(({ IndexStatus }) => IndexStatus === "ACTIVE");
    if (isReady) {
      return table;
    }
    await services.runtime.sleep(lookEveryMs);
  }
  throw new Error(`${name} is not there after a day.`);
}

/**
 * Gives a restored table what no restore brings back: point-in-time recovery, protection, and the tags and the policy of
 * its source where there still is one. Its stream and its time to live come later.
 */
export async function settle(
  services: ControlServices,
  name: string,
  source: TableDescription | null,
  { protect }: { readonly protect: boolean },
): Promise<void> {
  const { client } = services;
  const table = await untilActive(services, name);
  const arn = table.TableArn ?? "";
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName: name }));
  if (ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus !== "ENABLED") {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName: name, PointInTimeRecoverySpecification }));
  }
  if (protect && table.DeletionProtectionEnabled !== true) {
    await update(services, { TableName: name, DeletionProtectionEnabled: true });
  }
  if (source?.TableArn !== undefined) {
    await copyTags(services, source.TableArn, arn);
    const { Statement, ...policy } = await policyOf(services, source.TableArn);
    const copied = Statement.filter(({ Sid }) => Sid !== fenceId);
    if (copied.length > 0) {
      const text = JSON.stringify({ ...policy, Statement: copied }).replaceAll(source.TableArn, arn);
      await putPolicy(services, arn, JSON.parse(text) as Policy);
    }
  }
}

/** Begins the stream of a table, and gives its ARN. */
export async function startStream(services: ControlServices, name: string): Promise<string> {
  const table = await untilActive(services, name);
  if (table.StreamSpecification?.StreamEnabled !== true) {
    const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } as const;
    await update(services, { TableName: name, StreamSpecification });
  }
  const { LatestStreamArn } = await untilActive(services, name);
  if (LatestStreamArn === undefined) {
    throw new Error(`${name} has no stream.`);
  }
  return LatestStreamArn;
}

/**
 * From now on the table deletes what is past its time. Not before there is a stream: what it deletes unheard, a hold
 * above all, nobody gives back.
 */
export async function startTimeToLive({ client }: ControlServices, name: string, attribute: string): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (!/^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? "")) {
    const TimeToLiveSpecification = { AttributeName: attribute, Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  }
}

/** A table takes one such change at a time. */
async function update(services: ControlServices, input: UpdateTableCommandInput): Promise<void> {
  await services.client.send(new UpdateTableCommand(input));
  await untilActive(services, input.TableName ?? "");
}

async function copyTags({ client }: ControlServices, from: string, to: string): Promise<void> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn: from, NextToken }));
    // Those are AWS's own, CloudFormation's among them, and cannot be given.
    const Tags = (page.Tags ?? []).filter(({ Key = "" }) => !Key.startsWith("aws:"));
    if (Tags.length > 0) {
      await client.send(new TagResourceCommand({ ResourceArn: to, Tags }));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}
