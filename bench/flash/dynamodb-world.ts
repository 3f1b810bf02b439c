/** What the model of DynamoDB stands in, and what it has used up of it. */
import type { Attributes } from "../expressions/values.ts";
import type { Chance } from "./chance.ts";
import type { Partitions } from "./partitions.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface DynamoDbWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly partitions: Partitions;
  /** The table whose partitions have budgets. */
  readonly meteredTable: string;
  /** For how long a transaction locks its items. */
  readonly lockMs: number;
  observe(before: Attributes | undefined, after: Attributes): void;
}

/** Units and calls since the beginning. */
export interface Consumption {
  transactions: number;
  conflicts: number;
  throttledWrites: number;
  /** Keys that a partition had no units left for. */
  throttledReads: number;
  writeUnits: number;
  /** Of cancelled transactions and refused writes: they are billed. */
  wastedWriteUnits: number;
  readUnits: number;
}
