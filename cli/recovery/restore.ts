/**
 * Restores tables of a stack beside the ones that are there, and makes them fit to take their place. Every step finds
 * out whether it was done before, so that what was broken off is taken up by the same command again.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { PurgeQueueCommand, PurgeQueueInProgress } from "@aws-sdk/client-sqs";
import { inventoryTable, viewsTable } from "../../functions/contract/tables.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt, sqsAt } from "../clients.ts";
import { DeadLetterQueue } from "../dlq/dead-letter-queue.ts";
import { report } from "../reconcile.ts";
import type { Stack } from "../stack.ts";
import { UsageError } from "../usage-error.ts";
import { type Continuation, continueTrail, isOvertaken, TrailBehindError } from "./continue-trail.ts";
import { givenUpBy } from "./given-up.ts";
import {
  type Backup,
  type ControlServices,
  fence,
  isFenced,
  lookEveryMs,
  restorableTimesOf,
  restoreTable,
  settle,
  startStream,
  startTimeToLive,
  tableAt,
  unfence,
} from "./table-control.ts";

export type TableName = keyof Stack["tables"];

export interface Restore {
  readonly table: TableName;
  readonly backup: Backup;
  /** The table to restore from, where it is not the stack's own: one that was given up before. */
  readonly from: string | null;
  /** Whether the restored table is protected from being deleted. */
  readonly protect: boolean;
  /** Where it is written what was given up, one JSON object a line; null for nowhere. */
  readonly givenUpFile: string | null;
}

/**
 * The name of a restored table tells what it is of, so that the command finds it again. What is restored from a deletion
 * can be deleted as well: each has the name of one table that was deleted, and no two the same.
 */
export function restoredName(source: string, backup: Backup): string {
  const [, root = source, earlier = ""] = /^(.*)-restored-([0-9A-Za-z]+)$/.exec(source) ?? [];
  const moment =
    backup.kind === "deleted-table"
      ? `deleted${earlier}`
      : new Date(backup.atMs).toISOString().replace(/[^0-9TZ]/g, "");
  return `${root}-restored-${moment}`;
}

/** What the stack is to be deployed with for the table to take its place, as `setting=value`. */
export async function restore(stack: Stack, services: ControlServices, wanted: Restore): Promise<string> {
  const { table, backup, protect } = wanted;
  const present = stack.tables[table];
  const source = wanted.from ?? present;
  const target = restoredName(source, backup);
  const { say } = services;
  if (target === present) {
    throw new UsageError(`${target} has taken its place already.`);
  }
  const begun = await tableAt(services, target);
  if (begun !== null && (await isFenced(services, begun))) {
    throw new UsageError(
      `${target} has been in use since and was given up: it is not as it was then. Take another second.`,
    );
  }
  const before = await tableAt(services, present);
  if (backup.kind === "moment") {
    if (table !== "inventory") {
      throw new UsageError(
        "Only the inventory table goes back in time: the trail never does, and views are made anew.",
      );
    }
    if ((source === present ? before : await tableAt(services, source)) === null) {
      throw new UsageError(`There is no table ${source} any more: restore it with --deleted.`);
    }
    if (begun === null) {
      await refuseWrongMoment(services, source, backup.atMs);
    }
  } else if (before !== null) {
    throw new UsageError(`The table ${present} is there: restore it to a moment with --at.`);
  }
  if (before !== null) {
    await fence(services, before);
    say(`${present}: nobody can write it any more.`);
  }
  await restoreTable(services, { source, target, backup });
  say(`${target}: is there.`);
  await settle(services, target, before, { protect });
  say(`${target}: has its backups, protection, tags and policy.`);
  if (table === "movements") {
    return `restoredMovements=${target}`;
  }
  if (table === "views") {
    await startTimeToLive(services, target, viewsTable.timeToLive);
    return `restoredViews=${target}`;
  }
  await joinTrail(stack, services, { target, givenUp: before === null ? null : present, file: wanted.givenUpFile });
  const streamArn = await startStream(services, target);
  await startTimeToLive(services, target, inventoryTable.timeToLive);
  say(`${target}: has its stream and its time to live.`);
  return `restoredInventory=${streamArn}`;
}

/** What was begun before had a moment that could be restored. */
async function refuseWrongMoment(services: ControlServices, source: string, atMs: number): Promise<void> {
  const times = await restorableTimesOf(services, source);
  if (times === null) {
    throw new UsageError(`The point-in-time recovery of ${source} is off.`);
  }
  if (atMs < times.earliestMs || atMs > times.latestMs) {
    const [earliest, latest] = [times.earliestMs, times.latestMs].map((each) => new Date(each).toISOString());
    throw new UsageError(`${source} can be restored to a moment from ${earliest} to ${latest}.`);
  }
}

interface Joining {
  readonly target: string;
  readonly givenUp: string | null;
  readonly file: string | null;
}

/** Everything that the restored inventory table needs to fit the audit trail and the queues. */
async function joinTrail(stack: Stack, services: ControlServices, { target, givenUp, file }: Joining): Promise<void> {
  const { say } = services;
  const client = dynamoDbAt(stack.endpoints.dynamoDb);
  try {
    const tables = { restored: target, movements: stack.tables.movements, givenUp };
    const { records, continued, emptied, behind } = await whenTrailIsThere(services, async () =>
      continueTrail({ client, tables, runtime: systemRuntime }),
    );
    say(
      `${records} levels and cells: ${continued} go on behind the trail, ${emptied} made since are kept without units.`,
    );
    for (const name of behind) {
      say(`  the trail lacks versions of ${name}`);
    }
    if (givenUp !== null) {
      let count = 0;
      if (file !== null) {
        // What a run that was broken off has written comes again.
        writeFileSync(file, "");
      }
      for await (const each of givenUpBy(client, { restored: target, givenUp })) {
        count += 1;
        if (file !== null) {
          appendFileSync(file, `${JSON.stringify(each)}\n`);
        }
      }
      say(`${count} reservations, items and locations were made or changed since${file === null ? "" : `: ${file}`}.`);
    }
    const reconciled = await reconcile(
      { client, tables: { inventory: target, movements: stack.tables.movements }, runtime: systemRuntime },
      { settleMs: 0 },
    );
    say(report(reconciled));
  } finally {
    client.destroy();
  }
  if (givenUp !== null) {
    await stopReading(stack, services);
    await forgetDeletions(stack);
    say("Deletions of holds of the time that is given up are forgotten.");
  }
}

/** What is on its way to the trail is there within seconds, as long as its consumer works. */
const mostTries = 60;

async function whenTrailIsThere(
  { runtime, say }: ControlServices,
  work: () => Promise<Continuation>,
): Promise<Continuation> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TrailBehindError) || tries === mostTries) {
        throw error;
      }
      say(`${error.message} Waiting for it.`);
      await runtime.sleep(lookEveryMs);
    }
  }
}

/** From now on nothing of the table that is given up is told any more. The next deployment makes another mapping. */
async function stopReading({ streamMapping: UUID }: Stack, { runtime }: ControlServices): Promise<void> {
  if (UUID === null) {
    return;
  }
  const lambda = new LambdaClient({});
  try {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await untilMappingIs("Disabled", lambda, UUID, runtime);
  } finally {
    lambda.destroy();
  }
}

/** The stream is read again from where that was stopped. False when it never was. */
async function startReading({ streamMapping: UUID }: Stack, { runtime }: ControlServices): Promise<boolean> {
  if (UUID === null) {
    return false;
  }
  const lambda = new LambdaClient({});
  try {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (State === "Enabled") {
      return false;
    }
    if (State === "Disabling") {
      // While it is on its way to one state it takes no other.
      await untilMappingIs("Disabled", lambda, UUID, runtime);
    }
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await untilMappingIs("Enabled", lambda, UUID, runtime);
    return true;
  } finally {
    lambda.destroy();
  }
}

async function untilMappingIs(
  wanted: "Enabled" | "Disabled",
  lambda: LambdaClient,
  UUID: string,
  runtime: ControlServices["runtime"],
): Promise<void> {
  for (let look = 0; look < mostTries; look += 1) {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (State === wanted) {
      return;
    }
    await runtime.sleep(lookEveryMs);
  }
  throw new Error(`The mapping of the stream's reader does not become ${wanted}.`);
}

/**
 * Lets the inventory table be written again that was given up, unless the trail has gone on behind it. Where no level
 * had changed since the moment of the restore it has not, although the reader of its stream was stopped: without it
 * nothing would be told of the table any more, and a day later its changes would be lost.
 */
export async function undoRestore(stack: Stack, services: ControlServices): Promise<void> {
  const { say } = services;
  const given = await tableAt(services, stack.tables.inventory);
  if (given === null) {
    throw new UsageError("There is no inventory table.");
  }
  const client = dynamoDbAt(stack.endpoints.dynamoDb);
  try {
    if (await isOvertaken(client, stack.tables)) {
      throw new UsageError(
        "The trail has gone on behind this table. Restore it to the moment before it was given up, with --at.",
      );
    }
  } finally {
    client.destroy();
  }
  const wasStopped = await startReading(stack, services);
  await unfence(services, given);
  say(`${stack.tables.inventory}: can be written again.`);
  if (wasStopped) {
    say(
      "Its stream is read again. Deletions of holds were forgotten: reconcile names those whose units stay reserved.",
    );
  }
}

/**
 * Empties the queue of deleted holds: those messages would give units back that the restored levels have not promised,
 * or put orders in that they do not know.
 */
async function forgetDeletions({ endpoints, queueUrls }: Stack): Promise<void> {
  const sqs = sqsAt(endpoints.messaging);
  try {
    try {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrls.expired }));
    } catch (error) {
      // It was emptied less than a minute ago, when the reader had stopped already.
      if (!(error instanceof PurgeQueueInProgress)) {
        throw error;
      }
    }
    const dead = await DeadLetterQueue.of(sqs, "expired", queueUrls.expired);
    await dead.visit((await dead.count()) + 10, async () => true);
  } finally {
    sqs.destroy();
  }
}
