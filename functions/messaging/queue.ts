/** Sending to SQS: as few calls as its limits allow, and an answer for each message. */
import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

/** SQS delays a message by 15 minutes at most. */
export const longestDelaySeconds = 900;
/** SQS takes ten messages in one call. */
const mostPerCall = 10;
/** SQS takes 1 MiB in one call since August 2025; a quarter of it is what every Region and emulator takes. */
const mostBytesPerCall = 262_144;

export interface OutgoingMessage {
  readonly body: string;
  /** 0 to 900. */
  readonly delaySeconds: number;
}

export function queueClient(): SQSClient {
  return new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** The delay that delivers a message at the given time, or as close to it as SQS can. */
export function delayUntil(atMs: number, nowMs: number): number {
  return Math.min(longestDelaySeconds, Math.max(0, Math.ceil((atMs - nowMs) / 1000)));
}

export async function sendOne(client: SQSClient, queueUrl: string, message: OutgoingMessage): Promise<void> {
  await client.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: message.body, DelaySeconds: message.delaySeconds }),
  );
}

/** Sends all messages, in calls of up to ten. Gives, in their order, null for each that was taken or why it was not. */
export async function sendAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
): Promise<readonly (Error | null)[]> {
  const results = new Array<Error | null>(messages.length).fill(null);
  await Promise.all(
    callsFor(messages).map(async (indexes) => {
      const failures = await sendBatch(client, queueUrl, messages, indexes);
      for (const [index, failure] of failures) {
        results[index] = failure;
      }
    }),
  );
  return results;
}

/** The indexes of the messages that go together. */
function callsFor(messages: readonly OutgoingMessage[]): readonly (readonly number[])[] {
  const calls: number[][] = [];
  let bytes = 0;
  for (const [index, { body }] of messages.entries()) {
    const size = Buffer.byteLength(body);
    const call = calls.at(-1);
    if (call === undefined || call.length === mostPerCall || bytes + size > mostBytesPerCall) {
      calls.push([index]);
      bytes = size;
    } else {
      call.push(index);
      bytes += size;
    }
  }
  return calls;
}

async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
  indexes: readonly number[],
): Promise<ReadonlyMap<number, Error>> {
  const Entries = indexes.map((index): SendMessageBatchRequestEntry => {
    const message = messages[index] as OutgoingMessage;
    return { Id: String(index), MessageBody: message.body, DelaySeconds: message.delaySeconds };
  });
  try {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return new Map(Failed.map(({ Id, Code, Message }) => [Number(Id), new Error(`SQS refused: ${Code} ${Message}`)]));
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return new Map(indexes.map((index) => [index, failure]));
  }
}
