/**
 * Transactions in two phases, as "Distributed Transactions at Scale in Amazon DynamoDB" (USENIX ATC 2023) describes
 * them: every item is prepared, which checks its condition and shuts out other writers; if all are, the transaction
 * is decided, and the items are committed one after the other. A read in between sees some of them written.
 */
import { isEqual } from "../../../bench/expressions/values.ts";
import { type Database, imageFor } from "./database.ts";
import { cancelled, inProgress, type Reason, tokenReused } from "./failures.ts";
import { ItemWrite, type WriteInput, type WriteKind } from "./item-write.ts";

export type TransactInput = {
  readonly ClientRequestToken?: string | undefined;
  readonly TransactItems?: readonly Partial<Record<WriteKind, WriteInput>>[] | undefined;
};

/** When the steps of a transaction happen: the scheduler's business. */
export interface Steps {
  /** Delays before each group of items is prepared, and before each is committed, in milliseconds. */
  readonly prepareMs: readonly number[];
  readonly commitMs: readonly number[];
  after(delayMs: number, happen: () => void): void;
  nowMs(): number;
}

/** AWS: a token is remembered for ten minutes. */
const tokenRetentionMs = 600_000;

interface Remembered {
  readonly items: TransactInput["TransactItems"];
  state: "running" | "done";
  untilMs: number;
}

const kinds: readonly WriteKind[] = ["Put", "Update", "Delete", "ConditionCheck"];

export class Transactions {
  private readonly database: Database;
  private readonly tokens = new Map<string, Remembered>();
  /** Decided, and not written everywhere yet. */
  private committing = 0;

  constructor(database: Database) {
    this.database = database;
  }

  /** True while some items of a transaction are written and others are not yet. */
  get isPartlyWritten(): boolean {
    return this.committing > 0;
  }

  /** Answers null when everything is written, or the error that the client gets. */
  execute(input: TransactInput, steps: Steps, answer: (error: Error | null) => void): void {
    const { ClientRequestToken: token, TransactItems: items = [] } = input;
    if (token !== undefined) {
      const known = this.tokens.get(token);
      if (known !== undefined && known.untilMs > steps.nowMs()) {
        answer(known.state === "running" ? inProgress() : isEqual(known.items, items) ? null : tokenReused());
        return;
      }
      this.tokens.set(token, { items, state: "running", untilMs: Number.POSITIVE_INFINITY });
    }
    let writes: readonly ItemWrite[];
    try {
      writes = items.map((item) => this.writeOf(item));
      if (new Set(writes.map(({ slot }) => slot)).size < writes.length || writes.length > 100) {
        throw Object.assign(new Error("Transaction request cannot include multiple operations on one item"), {
          name: "ValidationException",
        });
      }
    } catch (error) {
      this.forget(token);
      answer(error as Error);
      return;
    }
    this.prepareAll(writes, steps, (error) => {
      if (error !== null) {
        this.forget(token);
        answer(error);
        return;
      }
      this.commitAll(writes, steps, () => {
        const known = token === undefined ? undefined : this.tokens.get(token);
        if (known !== undefined) {
          known.state = "done";
          known.untilMs = steps.nowMs() + tokenRetentionMs;
        }
        answer(null);
      });
    });
  }

  private prepareAll(writes: readonly ItemWrite[], steps: Steps, done: (error: Error | null) => void): void {
    const owner = {};
    const reasons: Reason[] = writes.map(() => ({ code: "None" }));
    let invalid: Error | null = null;
    const work = (index: number, write: ItemWrite): void => {
      try {
        reasons[index] = prepare(write, owner);
      } catch (error) {
        invalid = error as Error;
      }
    };
    inGroups(writes, steps.prepareMs, steps, work, () => {
      const error = invalid ?? (reasons.some(({ code }) => code !== "None") ? cancelled(reasons) : null);
      if (error !== null) {
        this.release(writes, owner);
      }
      done(error);
    });
  }

  private commitAll(writes: readonly ItemWrite[], steps: Steps, done: () => void): void {
    this.committing += 1;
    const work = (index: number, write: ItemWrite): void => {
      if (index === writes.length - 1) {
        this.committing -= 1;
      }
      write.slot.preparedBy = null;
      this.database.apply(write, steps.nowMs());
    };
    inGroups(writes, steps.commitMs, steps, work, done);
  }

  private writeOf(item: Partial<Record<WriteKind, WriteInput>>): ItemWrite {
    for (const kind of kinds) {
      const input = item[kind];
      if (input !== undefined) {
        return new ItemWrite(this.database.table(input.TableName), kind, input);
      }
    }
    throw new Error("A part of a transaction does nothing.");
  }

  private release(writes: readonly ItemWrite[], owner: object): void {
    for (const { slot } of writes) {
      if (slot.preparedBy === owner) {
        slot.preparedBy = null;
      }
    }
  }

  /** A cancelled transaction may be sent again with its token. */
  private forget(token: string | undefined): void {
    if (token !== undefined) {
      this.tokens.delete(token);
    }
  }
}

function prepare(write: ItemWrite, owner: object): Reason {
  if (write.slot.preparedBy !== null) {
    return { code: "TransactionConflict" };
  }
  if (!write.holds()) {
    return { code: "ConditionalCheckFailed", image: imageFor(write) };
  }
  // What cannot be written is found out now: nothing stops a transaction that has been decided.
  write.next();
  write.slot.preparedBy = owner;
  return { code: "None" };
}

/** Works on the items in as many groups as there are delays, one after the other. */
function inGroups<T>(
  all: readonly T[],
  delays: readonly number[],
  steps: Steps,
  work: (index: number, each: T) => void,
  done: () => void,
): void {
  const size = Math.ceil(all.length / Math.max(1, delays.length));
  const group = (number: number): void => {
    if (number * size >= all.length) {
      done();
      return;
    }
    steps.after(delays[number] ?? 0, () => {
      for (let index = number * size; index < Math.min(all.length, (number + 1) * size); index += 1) {
        work(index, all[index] as T);
      }
      group(number + 1);
    });
  };
  group(0);
}
