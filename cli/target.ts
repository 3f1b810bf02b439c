/** Which tables a command works on: those of the stack on this machine, or those that are named. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tables } from "../functions/storage/client.ts";
import { UsageError } from "./usage-error.ts";

/** `npm start` writes here what it runs, and takes it away when it ends. */
export const localStackFile = join(import.meta.dirname, "..", ".cache", "local", "stack.json");

export interface Target {
  /** Null for AWS itself. */
  readonly endpoint: string | null;
  readonly tables: Pick<Tables, "inventory" | "movements">;
}

export interface TargetOptions {
  readonly inventoryTable: string | null;
  readonly movementsTable: string | null;
  readonly endpoint: string | null;
}

export function targetOf({ inventoryTable, movementsTable, endpoint }: TargetOptions): Target {
  if (inventoryTable !== null && movementsTable !== null) {
    return { endpoint, tables: { inventory: inventoryTable, movements: movementsTable } };
  }
  if (inventoryTable !== null || movementsTable !== null || endpoint !== null) {
    throw new UsageError("Another stack needs both --inventory-table and --movements-table.");
  }
  let text: string;
  try {
    text = readFileSync(localStackFile, "utf8");
  } catch {
    throw new UsageError("Nothing runs on this machine: begin with npm start, or name the tables of another stack.");
  }
  const { dynamoDbUrl, tables } = JSON.parse(text) as { dynamoDbUrl: string; tables: Tables };
  return { endpoint: dynamoDbUrl, tables };
}
