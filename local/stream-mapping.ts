/** Event-source mappings of a table's stream: reading the shards, filtering, and handing batches to the function. */
import { createHash, randomUUID } from "node:crypto";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  TrimmedDataAccessException,
} from "@aws-sdk/client-dynamodb-streams";
import { localCredentials } from "./credentials.ts";
import { type Filter, filterOf } from "./filter-pattern.ts";
import type { LocalFunction } from "./functions.ts";
import { putObject } from "./queues.ts";
import { type Delivery, type DeliverySettings, deliver, type GivenUpBecause, pause } from "./stream-delivery.ts";
import { keyOf, lambdaRecord, type StreamRecord } from "./stream-records.ts";
import { region } from "./template.ts";

export interface StreamMappingSettings extends DeliverySettings {
  readonly streamArn: string;
  readonly batchSize: number;
  /** Batches of one shard that may be under way, each with items of its own. */
  readonly parallelization: number;
  readonly filter: Filter;
  /** The bucket for what is given up; null when it is dropped. */
  readonly failureBucket: string | null;
}

/** Properties of a mapping of this kind, as they are named in the template. */
export const streamMappingProperties = [
  "BatchSize",
  "BisectBatchOnFunctionError",
  "DestinationConfig",
  "EventSourceArn",
  "FilterCriteria",
  "FunctionName",
  "FunctionResponseTypes",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "ParallelizationFactor",
  "StartingPosition",
];

/** Reads resolved properties; defaults are those of Lambda. */
export function streamMappingSettings(properties: Readonly<Record<string, unknown>>): StreamMappingSettings {
  const destination = properties["DestinationConfig"] as { OnFailure?: { Destination?: string } } | undefined;
  const bucketArn = destination?.OnFailure?.Destination;
  return {
    streamArn: String(properties["EventSourceArn"]),
    batchSize: Number(properties["BatchSize"] ?? 100),
    parallelization: Number(properties["ParallelizationFactor"] ?? 1),
    filter: filterOf(properties["FilterCriteria"]),
    reportsFailures: ((properties["FunctionResponseTypes"] ?? []) as string[]).includes("ReportBatchItemFailures"),
    bisects: properties["BisectBatchOnFunctionError"] === true,
    mostRetries: Number(properties["MaximumRetryAttempts"] ?? -1),
    mostAgeSeconds: Number(properties["MaximumRecordAgeInSeconds"] ?? -1),
    failureBucket: bucketArn === undefined ? null : bucketArn.replace(/^arn:aws:s3:::/, ""),
  };
}

const idlePollMs = 100;
const shardListPollMs = 5_000;
/** A lane that has this much to do is not read ahead of. */
const mostWaiting = 1_000;

/** Records whose items fall together: they are delivered one batch after the other. */
class Lane {
  private readonly waiting: StreamRecord[] = [];
  private readonly delivery: Delivery;
  private readonly batchSize: number;
  private running: Promise<void> | null = null;

  constructor(delivery: Delivery, batchSize: number) {
    this.delivery = delivery;
    this.batchSize = batchSize;
  }

  get isFull(): boolean {
    return this.waiting.length >= mostWaiting;
  }

  add(record: StreamRecord): void {
    this.waiting.push(record);
    this.running ??= this.run();
  }

  async settled(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // Records that were read together shall be delivered together.
    await Promise.resolve();
    while (this.waiting.length > 0 && !this.delivery.signal.aborted) {
      await deliver(this.delivery, this.waiting.splice(0, this.batchSize));
    }
    this.running = null;
  }
}

export interface StreamMapping {
  stop(): Promise<void>;
}

/** Begins to read a stream from its beginning. `reportFault` is told what goes wrong outside of the function. */
export function startStreamMapping(
  settings: StreamMappingSettings,
  target: LocalFunction,
  endpoints: { readonly dynamoDbUrl: string; readonly emulatorUrl: string },
  reportFault: (error: unknown) => void,
): StreamMapping {
  const aborting = new AbortController();
  const { signal } = aborting;
  const id = randomUUID();
  const client = new DynamoDBStreamsClient({
    endpoint: endpoints.dynamoDbUrl,
    region,
    credentials: localCredentials,
    maxAttempts: 3,
  });

  const readShard = async (shardId: string): Promise<void> => {
    const giveUp: Delivery["giveUp"] = async (records, because, tries) => {
      if (settings.failureBucket === null) {
        return;
      }
      const { key, body } = failureObject({ id, shardId, settings, target, records, because, tries });
      await putObject(endpoints.emulatorUrl, settings.failureBucket, key, body).catch(reportFault);
    };
    const lanes = Array.from(
      { length: settings.parallelization },
      () => new Lane({ target, settings, giveUp, signal }, settings.batchSize),
    );
    const laneOf = (record: StreamRecord): Lane => {
      const digest = createHash("sha256").update(keyOf(record)).digest();
      return lanes[digest.readUInt32BE(0) % lanes.length] as Lane;
    };
    let lastSequenceNumber: string | null = null;
    let iterator: string | undefined;
    for (;;) {
      if (signal.aborted) {
        return;
      }
      try {
        iterator ??= await iteratorOf(client, settings.streamArn, shardId, lastSequenceNumber);
        const { Records = [], NextShardIterator } = await client.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: 1_000 }),
          { abortSignal: signal },
        );
        for (const raw of Records) {
          const record = lambdaRecord(raw, settings.streamArn);
          lastSequenceNumber = record.dynamodb.SequenceNumber;
          if (settings.filter(record)) {
            laneOf(record).add(record);
          }
        }
        if (NextShardIterator === undefined) {
          break;
        }
        iterator = NextShardIterator;
        if (Records.length === 0) {
          await pause(idlePollMs, signal);
        }
      } catch (error) {
        if (!(error instanceof ExpiredIteratorException || error instanceof TrimmedDataAccessException)) {
          if (!signal.aborted) {
            reportFault(error);
          }
          await pause(1_000, signal);
        }
        iterator = undefined;
      }
      while (lanes.some((lane) => lane.isFull) && !signal.aborted) {
        await pause(idlePollMs, signal);
      }
    }
    await Promise.all(lanes.map(async (lane) => await lane.settled()));
  };

  /** A shard is read when its parent has been settled, so that the records of an item stay in order. */
  const readStream = async (): Promise<void> => {
    const reading = new Map<string, Promise<void>>();
    while (!signal.aborted) {
      try {
        for (const { ShardId = "", ParentShardId } of await shardsOf(client, settings.streamArn)) {
          if (!reading.has(ShardId)) {
            const parent = reading.get(ParentShardId ?? "") ?? Promise.resolve();
            reading.set(
              ShardId,
              parent.then(async () => await readShard(ShardId)),
            );
          }
        }
      } catch (error) {
        if (!signal.aborted) {
          reportFault(error);
        }
      }
      await pause(shardListPollMs, signal);
    }
    await Promise.all(reading.values());
  };

  const reader = readStream();
  return {
    stop: async () => {
      aborting.abort();
      await reader;
      client.destroy();
    },
  };
}

async function shardsOf(client: DynamoDBStreamsClient, streamArn: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let from: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: from }),
    );
    shards.push(...(StreamDescription?.Shards ?? []));
    from = StreamDescription?.LastEvaluatedShardId;
  } while (from !== undefined);
  return shards;
}

async function iteratorOf(
  client: DynamoDBStreamsClient,
  streamArn: string,
  shardId: string,
  after: string | null,
): Promise<string | undefined> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ...(after === null
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }),
    }),
  );
  return ShardIterator;
}

interface Failure {
  readonly id: string;
  readonly shardId: string;
  readonly settings: StreamMappingSettings;
  readonly target: LocalFunction;
  readonly records: readonly StreamRecord[];
  readonly because: GivenUpBecause;
  readonly tries: number;
}

/** What Lambda puts into an on-failure bucket: where the records come from, and as `payload` the records themselves. */
function failureObject(failure: Failure): { readonly key: string; readonly body: string } {
  const { id, shardId, settings, target, records, because, tries } = failure;
  const now = new Date().toISOString();
  const arrived = records.map(({ dynamodb }) => dynamodb.ApproximateCreationDateTime * 1000);
  const body = {
    requestContext: {
      requestId: randomUUID(),
      functionArn: target.name,
      condition: because,
      approximateInvokeCount: tries,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    timestamp: now,
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
      endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: new Date(Math.min(...arrived)).toISOString(),
      approximateArrivalOfLastRecord: new Date(Math.max(...arrived)).toISOString(),
      batchSize: records.length,
      streamArn: settings.streamArn,
    },
    payload: JSON.stringify({ Records: records }),
  };
  const [date = "", time = ""] = now.split("T");
  const name = `${date}T${time.slice(0, 8).replaceAll(":", ".")}-${randomUUID()}`;
  return { key: `aws/lambda/${id}/${shardId}/${date.replaceAll("-", "/")}/${name}`, body: JSON.stringify(body) };
}
