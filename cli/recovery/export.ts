/** `inventory export`: the tables as they were at one moment, in S3. */
import { parseArgs } from "node:util";
import { DescribeExportCommand, ExportTableToPointInTimeCommand } from "@aws-sdk/client-dynamodb";
import { digestOf } from "../../functions/digest.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt } from "../clients.ts";
import type { Command } from "../command.ts";
import { timeOf } from "../options.ts";
import { stackOf } from "../target.ts";
import { UsageError } from "../usage-error.ts";
import { type ControlServices, lookEveryMs, mostLooks, restorableTimesOf, tableAt } from "./table-control.ts";

const usage = `Usage: npm run inventory -- export --stack NAME --bucket BUCKET [options]

Exports inventory, movements and views to S3, all three as they were at the same second, and waits until they are there.
It takes nothing from the tables' capacity. The bucket must let the caller put objects, as must his own policies.

  --stack NAME     a stack in an account, with the credentials of the environment
  --bucket BUCKET  where to
  --prefix PREFIX  put before the names of the objects
  --at TIME        of the last 35 days, as 2027-01-31T02:10:00Z; without it the latest that there is

Exit codes: 0, or 64 wrong usage, 70 it failed.`;

export const exportCommand: Command = {
  summary: "exports the tables, as they were at one moment, to S3",
  usage,
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stack: { type: "string" },
        bucket: { type: "string" },
        prefix: { type: "string" },
        at: { type: "string" },
      },
    });
    const { stack, bucket, prefix = null, at } = values;
    if (stack === undefined || bucket === undefined) {
      throw new UsageError("An export needs a stack in an account and a bucket.");
    }
    const wantedMs = at === undefined ? null : timeOf("--at", at);
    const { tables, endpoints } = await stackOf({ stack, state: null });
    const client = dynamoDbAt(endpoints.dynamoDb);
    const services = { client, runtime: systemRuntime, say: console.log };
    try {
      await exportTables(services, Object.values(tables), { bucket, prefix, atMs: wantedMs });
      return 0;
    } finally {
      client.destroy();
    }
  },
};

export interface Export {
  readonly bucket: string;
  readonly prefix: string | null;
  /** Null for the latest moment that all of the tables can be exported at. */
  readonly atMs: number | null;
}

/** Exports all tables as they were at the same second; the same export again is not begun twice. */
export async function exportTables(services: ControlServices, names: readonly string[], to: Export): Promise<void> {
  const times = await Promise.all(names.map(async (name) => await restorableTimesOf(services, name)));
  const latest = times.flatMap((each) => (each === null ? [] : [each.latestMs]));
  if (latest.length < names.length) {
    throw new UsageError("Point-in-time recovery is off: there is nothing to export from.");
  }
  const latestMs = Math.min(...latest);
  const atMs = to.atMs ?? Math.floor(latestMs / 1_000) * 1_000;
  if (atMs > latestMs) {
    throw new UsageError(`The latest moment is ${new Date(latestMs).toISOString()}.`);
  }
  const begun = await Promise.all(names.map(async (name) => await begin(services, name, { ...to, atMs })));
  services.say(`As of ${new Date(atMs).toISOString()}; it may take hours.`);
  for (const [index, arn] of begun.entries()) {
    const items = await untilExported(services, arn);
    services.say(`${names[index]}: ${items} items, ${arn}`);
  }
}

async function begin(
  services: ControlServices,
  name: string,
  { bucket, prefix, atMs }: Export & { readonly atMs: number },
): Promise<string> {
  const table = await tableAt(services, name);
  const { ExportDescription } = await services.client.send(
    new ExportTableToPointInTimeCommand({
      TableArn: table?.TableArn,
      S3Bucket: bucket,
      S3Prefix: prefix ?? undefined,
      ExportTime: new Date(atMs),
      ExportFormat: "DYNAMODB_JSON",
      // Another prefix is another export: with the same token DynamoDB would refuse it.
      ClientToken: digestOf(bucket, prefix ?? "", table?.TableId ?? "", String(atMs)),
    }),
  );
  return ExportDescription?.ExportArn ?? "";
}

/** Throws with what DynamoDB says of an export that failed. */
async function untilExported({ client, runtime }: ControlServices, arn: string): Promise<number> {
  for (let look = 0; look < mostLooks; look += 1) {
    const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn: arn }));
    const { ExportStatus, FailureCode, FailureMessage, ItemCount = 0 } = ExportDescription ?? {};
    if (ExportStatus === "COMPLETED") {
      return ItemCount;
    }
    if (ExportStatus === "FAILED") {
      throw new Error(`The export ${arn} failed: ${FailureCode} ${FailureMessage}`);
    }
    await runtime.sleep(lookEveryMs);
  }
  throw new Error(`The export ${arn} has not ended after a day.`);
}
