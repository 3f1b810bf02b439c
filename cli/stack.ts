import type { QueueName } from "../functions/contract/queues.ts";
import type { Tables } from "../functions/storage/client.ts";
import type { Endpoint } from "./clients.ts";
import type { FailureLog } from "./failure-log.ts";

/** A whole stack, as far as an operator needs to reach it. */
export interface Stack {
  readonly endpoints: { readonly dynamoDb: Endpoint; readonly messaging: Endpoint };
  readonly tables: Tables;
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  /** The bucket of the records that the stream's reader could not forward. */
  readonly undeliveredBucket: string;
  /** The id of the mapping by which the stream is read; null on this machine. */
  readonly streamMapping: string | null;
  readonly failures: FailureLog;
}
