/** The inventory table's stream: two shards, the changes of one partition in order, every one at least once. */
import type { DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import { publishedKeyPrefixes } from "../../../functions/contract/tables.ts";
import type { Change } from "../database/database.ts";
import { marshalled } from "../database/marshal.ts";
import type { Random } from "./random.ts";
import { tables, type World } from "./world.ts";

const shardCount = 2;
/** A batch that failed comes again after this. */
const retryMs = 1_000;

/** Forwards a batch in an environment of its own; null when that crashed or threw. */
export type Forward = (
  name: string,
  records: readonly DynamoDBRecord[],
  ended: (response: DynamoDBBatchResponse | null) => void,
) => void;

class Shard {
  private readonly world: World;
  private readonly name: string;
  private readonly random: Random;
  private readonly forward: Forward;
  private readonly records: DynamoDBRecord[] = [];
  /** The first record that is not known to have been forwarded. */
  private position = 0;
  private batches = 0;
  private isReading = false;

  constructor(world: World, name: string, forward: Forward) {
    this.world = world;
    this.name = name;
    this.random = world.random.named(name);
    this.forward = forward;
  }

  add(change: Change): void {
    const { key, before, after, byTimeToLive } = change;
    this.records.push({
      eventName: after === undefined ? "REMOVE" : before === undefined ? "INSERT" : "MODIFY",
      dynamodb: {
        SequenceNumber: String(this.records.length + 1),
        Keys: marshalled(key) as never,
        ...(before === undefined ? {} : { OldImage: marshalled(before) as never }),
        ...(after === undefined ? {} : { NewImage: marshalled(after) as never }),
      },
      ...(byTimeToLive ? { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } as never } : {}),
    });
    this.readSoon(50 + 400 * this.random.next());
  }

  private readSoon(delayMs: number): void {
    if (this.isReading) {
      return;
    }
    this.isReading = true;
    const isLate = this.world.faults.strikes("late-records", this.random);
    const lateMs = isLate ? 300_000 * this.random.next() ** 2 : 0;
    this.world.schedule.after(delayMs + lateMs, () => this.read());
  }

  private read(): void {
    const batch = this.records.slice(this.position, this.position + this.random.whole(1, 20));
    this.batches += 1;
    this.forward(`${this.name}.${this.batches}`, batch, (response) => {
      this.isReading = false;
      const failed = response === null ? batch[0] : this.firstFailed(response, batch);
      const behind = failed === undefined ? this.position + batch.length : this.records.indexOf(failed);
      const isAgain = this.world.faults.strikes("duplicate-records", this.random, 3);
      this.position = isAgain ? Math.max(0, behind - this.random.whole(1, 5)) : behind;
      if (this.position < this.records.length) {
        this.readSoon(failed === undefined ? 20 : retryMs);
      }
    });
  }

  private firstFailed({ batchItemFailures }: DynamoDBBatchResponse, batch: readonly DynamoDBRecord[]) {
    const [first] = batchItemFailures;
    return first === undefined
      ? undefined
      : batch.find(({ dynamodb }) => dynamodb?.SequenceNumber === first.itemIdentifier);
  }
}

/** Lets the stream's reader have every change that its filter lets through. */
export function startStream(world: World, forward: Forward): void {
  const shards = Array.from({ length: shardCount }, (_, index) => new Shard(world, `stream-${index}`, forward));
  world.watch((change) => {
    const partition = String(change.key["pk"]);
    if (change.table === tables.inventory && publishedKeyPrefixes.some((prefix) => partition.startsWith(prefix))) {
      const sum = [...partition].reduce((total, char) => total + char.charCodeAt(0), 0);
      shards[sum % shardCount]?.add(change);
    }
  });
}
