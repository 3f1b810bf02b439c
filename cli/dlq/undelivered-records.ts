import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { DynamoDBRecord } from "aws-lambda";
import type { DeadLetter, Place } from "./dead-letter.ts";

/** What the mapping of the stream puts into an object. */
interface UndeliveredBatch {
  readonly requestContext?: { readonly approximateInvokeCount?: number };
  readonly DDBStreamBatchInfo?: { readonly approximateArrivalOfFirstRecord?: string };
  /** The event, as text or as it is. */
  readonly payload?: unknown;
}

/** The records of a batch that could not be forwarded. Throws when the object has none. */
export function recordsIn(body: string): readonly DynamoDBRecord[] {
  const { payload } = JSON.parse(body) as UndeliveredBatch;
  const event = (typeof payload === "string" ? JSON.parse(payload) : payload) as
    | { readonly Records?: readonly DynamoDBRecord[] }
    | readonly DynamoDBRecord[]
    | undefined;
  const records = Array.isArray(event) ? event : (event as { Records?: readonly DynamoDBRecord[] })?.Records;
  if (records === undefined) {
    throw new Error("The object has no records of a stream.");
  }
  return records;
}

/** The bucket of what the stream's reader could not forward: each object has the records of one batch. */
export class UndeliveredRecords implements Place {
  readonly name = "stream";
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly forward: (records: readonly DynamoDBRecord[]) => Promise<void>;

  /** `forward` does what the reader does, and throws when it fails. */
  constructor(client: S3Client, bucket: string, forward: (records: readonly DynamoDBRecord[]) => Promise<void>) {
    this.client = client;
    this.bucket = bucket;
    this.forward = forward;
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.keys()) {
      count += 1;
    }
    return count;
  }

  async visit(most: number, visitor: (letter: DeadLetter) => Promise<boolean>): Promise<void> {
    let seen = 0;
    for await (const key of this.keys()) {
      if (seen === most) {
        return;
      }
      seen += 1;
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      if (await visitor(letterOf(key, (await Body?.transformToString()) ?? ""))) {
        await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
      }
    }
  }

  async sendBack({ body }: DeadLetter): Promise<void> {
    await this.forward(recordsIn(body));
  }

  private async *keys(): AsyncGenerator<string> {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket })) {
      for (const { Key } of Contents) {
        if (Key !== undefined) {
          yield Key;
        }
      }
    }
  }
}

function letterOf(key: string, body: string): DeadLetter {
  let batch: UndeliveredBatch = {};
  try {
    batch = JSON.parse(body) as UndeliveredBatch;
  } catch {
    // It is shown all the same, as something that nobody can read.
  }
  return {
    id: key,
    sentAtMs: Date.parse(batch.DDBStreamBatchInfo?.approximateArrivalOfFirstRecord ?? "") || 0,
    tries: batch.requestContext?.approximateInvokeCount ?? 0,
    body,
  };
}
