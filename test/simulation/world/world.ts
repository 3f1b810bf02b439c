/** Everything that one run has: time, chance, the services of AWS, and what is known to have happened. */
import { inventoryTable, movementsTable, viewsTable } from "../../../functions/contract/tables.ts";
import { type Change, Database } from "../database/database.ts";
import type { TableSchema } from "../database/table.ts";
import { Transactions } from "../database/transactions.ts";
import { type FaultProfile, Faults } from "./faults.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";

/** Every run begins at this moment. */
export const startMs = Date.UTC(2027, 0, 4, 8);

export const tables = { inventory: "inventory", movements: "movements", views: "views" } as const;

export const schemas: readonly TableSchema[] = [
  { ...inventoryTable, name: tables.inventory, indexes: [] },
  { ...movementsTable, name: tables.movements, indexes: Object.values(movementsTable.indexes) },
  { ...viewsTable, name: tables.views, indexes: Object.values(viewsTable.indexes) },
];

/** A promise of the stock model that was not kept. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** Which promise: by this a shrunk run is told to fail in the same way. */
  readonly promise: string;

  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`);
    this.promise = promise;
  }
}

/** Hears what processes ask of AWS and what they are told, at the instant at which they send and hear it. */
export interface Listener {
  called(process: string, command: string, input: Readonly<Record<string, unknown>>): void;
  answered(process: string, command: string, input: Readonly<Record<string, unknown>>, result: unknown): void;
}

/** How many of the latest lines of the history a run keeps. */
const mostLines = 4_000;

export class World {
  readonly random: Random;
  readonly schedule = new Schedule(startMs);
  readonly faults: Faults;
  readonly database: Database;
  readonly transactions: Transactions;
  readonly keepsHistory: boolean;
  readonly history: string[] = [];
  violation: Violation | null = null;
  readonly listeners: Listener[] = [];
  private readonly watchers: ((change: Change) => void)[] = [];

  constructor(seed: number, profile: FaultProfile, keepsHistory: boolean) {
    this.random = new Random(seed);
    this.faults = new Faults(profile);
    this.keepsHistory = keepsHistory;
    this.database = new Database(schemas, (change) => {
      for (const watch of this.watchers) {
        watch(change);
      }
    });
    this.transactions = new Transactions(this.database);
  }

  get nowMs(): number {
    return this.schedule.nowMs;
  }

  /** Tells of every change of every table, in the instant in which it is made. */
  watch(watcher: (change: Change) => void): void {
    this.watchers.push(watcher);
  }

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Notes what happened; the text is made only when somebody is going to read it. */
  note(text: () => string): void {
    if (this.keepsHistory) {
      this.history.push(`${((this.nowMs - startMs) / 1000).toFixed(3).padStart(11)} s  ${text()}`);
      if (this.history.length > mostLines) {
        this.history.shift();
      }
    }
  }

  /** The first violation ends the run. */
  fail(promise: string, detail: string): void {
    if (this.violation === null) {
      this.violation = new Violation(promise, detail);
      this.note(() => `VIOLATION ${promise}: ${detail}`);
    }
  }

  /** Lets everything happen, until nothing is left to happen or a promise is broken. */
  async run(): Promise<void> {
    await this.schedule.run(() => this.violation !== null);
  }
}
