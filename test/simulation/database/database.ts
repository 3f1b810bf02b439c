/**
 * DynamoDB in memory: what its commands do at one instant. When that instant is, and what goes wrong on the way, is
 * not its business.
 */
import type { Attributes } from "../../../bench/expressions/values.ts";
import { conditionFailed, inConflict } from "./failures.ts";
import { ItemWrite, type WriteInput, type WriteKind } from "./item-write.ts";
import { marshalled } from "./marshal.ts";
import { type Page, type QueryInput, query, scan, type View } from "./reads.ts";
import { type Slot, Table, type TableSchema } from "./table.ts";

/** One change of one item, at the instant in which it is seen by everybody. */
export interface Change {
  readonly table: string;
  readonly key: Attributes;
  readonly before: Attributes | undefined;
  readonly after: Attributes | undefined;
  /** Whether the table's own TTL made it. */
  readonly byTimeToLive: boolean;
}

export interface Reading {
  readonly nowMs: number;
  /** Where a read that is not consistent may stand; `nowMs` where it stands at the truth. */
  readonly staleAtMs: number;
  /** How many items stand for the megabyte that one page reads at most. */
  readonly mostItems: number;
}

export class Database {
  private readonly tables: ReadonlyMap<string, Table>;
  private readonly onChange: (change: Change) => void;

  constructor(schemas: readonly TableSchema[], onChange: (change: Change) => void) {
    this.tables = new Map(schemas.map((schema) => [schema.name, new Table(schema)]));
    this.onChange = onChange;
  }

  table(name: string | undefined): Table {
    const table = this.tables.get(name ?? "");
    if (table === undefined) {
      throw new Error(`Cannot do operations on a non-existent table: ${name}`);
    }
    return table;
  }

  get(input: { TableName?: string; Key?: Attributes; ConsistentRead?: boolean }, reading: Reading) {
    const slot = this.table(input.TableName).slot(input.Key ?? {});
    return { Item: viewOf(input.ConsistentRead, reading)(slot) };
  }

  query(input: QueryInput & { readonly TableName?: string | undefined }, reading: Reading): Page {
    return query(this.table(input.TableName), input, viewOf(input.ConsistentRead, reading), reading.mostItems);
  }

  scan(input: QueryInput & { readonly TableName?: string | undefined }, reading: Reading): Page {
    return scan(this.table(input.TableName), input, viewOf(input.ConsistentRead, reading), reading.mostItems);
  }

  /** One write on its own: refused by its condition, or by a transaction that is about to write the item. */
  write(kind: WriteKind, input: WriteInput, nowMs: number): { readonly Attributes?: Attributes | undefined } {
    const write = new ItemWrite(this.table(input.TableName), kind, input);
    if (write.slot.preparedBy !== null) {
      throw inConflict();
    }
    if (!write.holds()) {
      throw conditionFailed(write.returnsOld ? write.slot.image : undefined);
    }
    const before = write.slot.image;
    this.apply(write, nowMs);
    switch (input.ReturnValues) {
      case "ALL_NEW":
        return { Attributes: write.slot.image };
      case "ALL_OLD":
        return { Attributes: before };
      default:
        return {};
    }
  }

  /** Makes the change of a write whose condition has been found to hold. */
  apply(write: ItemWrite, nowMs: number): void {
    const { slot, table, kind } = write;
    if (kind === "ConditionCheck") {
      return;
    }
    this.change(table, slot, write.next(), nowMs, false);
  }

  /** Deletes an item by the table's TTL, if its time has come and nobody is writing it. */
  expire(table: Table, slot: Slot, attribute: string, nowMs: number): "deleted" | "kept" | "busy" {
    const ttl = slot.image?.[attribute];
    return typeof ttl !== "number" || ttl * 1000 > nowMs ? "kept" : this.deleteAsExpired(table, slot, nowMs);
  }

  /** Deletes an item as the table's TTL does, whether its time has come or not. */
  deleteAsExpired(table: Table, slot: Slot, nowMs: number): "deleted" | "busy" {
    if (slot.preparedBy !== null) {
      return "busy";
    }
    this.change(table, slot, undefined, nowMs, true);
    return "deleted";
  }

  private change(table: Table, slot: Slot, after: Attributes | undefined, nowMs: number, byTimeToLive: boolean): void {
    const before = slot.image;
    if (before === after) {
      return;
    }
    slot.write(after, nowMs);
    const { partitionKey, sortKey, name } = table.schema;
    const key = { [partitionKey]: slot.partition, [sortKey]: slot.sort };
    this.onChange({ table: name, key, before, after, byTimeToLive });
  }
}

function viewOf(consistent: boolean | undefined, { nowMs, staleAtMs }: Reading): View {
  return consistent === true || staleAtMs >= nowMs ? (slot) => slot.image : (slot) => slot.imageAt(staleAtMs);
}

/** The image that a failed condition brings back in a transaction. */
export function imageFor(write: ItemWrite) {
  return write.returnsOld && write.slot.image !== undefined ? marshalled(write.slot.image) : undefined;
}
