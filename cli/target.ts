/** What a command works on: the stack that runs on this machine, one in an account, or tables that are named. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { QueueName } from "../functions/contract/queues.ts";
import type { Tables } from "../functions/storage/client.ts";
import { accountStack } from "./account-stack.ts";
import type { Endpoint } from "./clients.ts";
import { FileFailureLog } from "./failure-log.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** `npm start` writes into this folder what it runs, and takes it away when it ends. */
const usualState = join(import.meta.dirname, "..", ".cache", "local");

interface StackFile {
  readonly dynamoDbUrl: string;
  readonly sqsUrl: string;
  readonly tables: Tables;
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly undeliveredBucket: string;
  readonly logFile: string;
}

function localStack(state: string | null): Stack {
  let text: string;
  try {
    text = readFileSync(join(state === null ? usualState : resolve(state), "stack.json"), "utf8");
  } catch {
    throw new UsageError("Nothing runs on this machine: begin with npm start, or name the stack of an account.");
  }
  const { dynamoDbUrl, sqsUrl, tables, queueUrls, undeliveredBucket, logFile } = JSON.parse(text) as StackFile;
  return {
    endpoints: { dynamoDb: dynamoDbUrl, messaging: sqsUrl },
    tables,
    queueUrls,
    undeliveredBucket,
    streamMapping: null,
    failures: new FileFailureLog(logFile),
  };
}

export interface StackOptions {
  /** The name of a CloudFormation stack; null for the one on this machine. */
  readonly stack: string | null;
  /** The folder that the stack on this machine was started with. */
  readonly state: string | null;
}

export async function stackOf({ stack, state }: StackOptions): Promise<Stack> {
  if (stack !== null && state !== null) {
    throw new UsageError("A stack is in an account (--stack) or on this machine (--state).");
  }
  return stack === null ? localStack(state) : await accountStack(stack);
}

export interface TablesOptions extends StackOptions {
  readonly inventoryTable: string | null;
  readonly movementsTable: string | null;
  readonly endpoint: string | null;
}

export interface TablesTarget {
  readonly endpoint: Endpoint;
  readonly tables: Pick<Tables, "inventory" | "movements">;
}

/** The tables of a stack, or those that are named: after a restore they belong to none. */
export async function tablesOf(options: TablesOptions): Promise<TablesTarget> {
  const { inventoryTable, movementsTable, endpoint, stack, state } = options;
  if (inventoryTable === null && movementsTable === null && endpoint === null) {
    const { endpoints, tables } = await stackOf({ stack, state });
    return { endpoint: endpoints.dynamoDb, tables };
  }
  if (inventoryTable === null || movementsTable === null || stack !== null || state !== null) {
    throw new UsageError("Tables are named by both --inventory-table and --movements-table, and without a stack.");
  }
  if (endpoint !== null && !URL.canParse(endpoint)) {
    throw new UsageError("--endpoint must be an address, such as http://127.0.0.1:8000.");
  }
  return { endpoint, tables: { inventory: inventoryTable, movements: movementsTable } };
}
