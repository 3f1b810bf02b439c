/**
 * Transactions as "Distributed Transactions at Scale in Amazon DynamoDB" (USENIX ATC 2023) describes them: every item
 * is prepared first, which one that another transaction has prepared, a condition that fails or a partition without
 * units refuses; only when all are prepared are they written.
 *
 *     sent ─────── prepared ══════ items locked ══════ written ─────── answered
 *       └────────────────────── latency of the call ─────────────────────┘
 */
import { type CancellationReason, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Key } from "../../functions/storage/keys.ts";
import type { TransactionPart } from "../../functions/storage/transaction.ts";
import type { Attributes } from "../expressions/values.ts";
import { transactionLatencyMs, unitsOfTransactionalWrite } from "./assumptions.ts";
import type { Consumption, DynamoDbWorld } from "./dynamodb-world.ts";
import type { ItemStore } from "./item-store.ts";
import { afterWrite, holdsFor, type Place, placeOf } from "./write.ts";

interface Prepared {
  readonly place: Place;
  readonly part: TransactionPart;
}

const none: CancellationReason = { Code: "None" };

export class TransactionModel {
  private readonly world: DynamoDbWorld;
  private readonly store: ItemStore;
  private readonly consumed: Consumption;
  private readonly locked = new Set<string>();

  constructor(world: DynamoDbWorld, store: ItemStore, consumed: Consumption) {
    this.world = world;
    this.store = store;
    this.consumed = consumed;
  }

  isLocked(table: string, key: Key): boolean {
    return this.locked.has(nameOf(table, key));
  }

  /** Throws a `TransactionCanceledException` with a reason for each part. */
  async write({ TransactItems = [] }: TransactWriteCommandInput): Promise<object> {
    const { time, chance, lockMs } = this.world;
    const latencyMs = Math.max(lockMs, chance.latencyMs(transactionLatencyMs));
    const besideMs = (latencyMs - lockMs) / 2;
    await time.sleep(besideMs);
    const parts = TransactItems.map((part) => ({ part, place: placeOf(part) }));
    const reasons = this.prepare(parts);
    if (reasons !== null) {
      await time.sleep(lockMs + besideMs);
      throw new TransactionCanceledException({
        message: "Transaction cancelled, please refer cancellation reasons for specific reasons",
        $metadata: {},
        CancellationReasons: [...reasons],
      });
    }
    await time.sleep(lockMs);
    for (const { part, place } of parts) {
      this.store.put(place.table, afterWrite(part, this.store.get(place.table, place.key)));
      this.locked.delete(nameOf(place.table, place.key));
    }
    await time.sleep(besideMs);
    return {};
  }

  /** Locks all items, or none and gives the reasons. */
  private prepare(parts: readonly Prepared[]): readonly CancellationReason[] | null {
    this.consumed.transactions += 1;
    let units = 0;
    let isThrottled = false;
    const reasons = parts.map(({ part, place }): CancellationReason => {
      const before = this.store.get(place.table, place.key);
      if (!this.takesUnits(place)) {
        isThrottled = true;
        return { Code: "ThrottlingError" };
      }
      units += place.table === this.world.meteredTable ? unitsOfTransactionalWrite : 0;
      return this.isLocked(place.table, place.key) ? { Code: "TransactionConflict" } : refusal(part, place, before);
    });
    const isRefused = reasons.some((reason) => reason !== none);
    this.consumed.writeUnits += units;
    if (!isRefused) {
      for (const { place } of parts) {
        this.locked.add(nameOf(place.table, place.key));
      }
      return null;
    }
    this.consumed.wastedWriteUnits += units;
    this.consumed.throttledWrites += isThrottled ? 1 : 0;
    this.consumed.conflicts += reasons.some(({ Code }) => Code === "TransactionConflict") ? 1 : 0;
    return reasons;
  }

  private takesUnits({ table, key }: Place): boolean {
    const { meteredTable, partitions, time } = this.world;
    return table !== meteredTable || partitions.takesWrite(key.pk, unitsOfTransactionalWrite, time.now());
  }
}

function refusal(part: TransactionPart, { expectsOld }: Place, before: Attributes | undefined): CancellationReason {
  if (holdsFor(part, before)) {
    return none;
  }
  return expectsOld && before !== undefined
    ? { Code: "ConditionalCheckFailed", Item: marshall(before, { removeUndefinedValues: true }) }
    : { Code: "ConditionalCheckFailed" };
}

function nameOf(table: string, { pk, sk }: Key): string {
  return `${table}\n${pk}\n${sk}`;
}
