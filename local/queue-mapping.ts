/** Event-source mappings of queues: receiving, handing batches to the function, deleting what it took. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Filter, filterOf } from "./filter-pattern.ts";
import type { LocalFunction } from "./functions.ts";
import { pause } from "./stream-delivery.ts";
import { region } from "./template.ts";

export interface QueueMappingSettings {
  readonly queueArn: string;
  readonly batchSize: number;
  /** Batches under way at a time. */
  readonly concurrency: number;
  readonly reportsFailures: boolean;
  readonly filter: Filter;
}

/** Properties of a mapping of this kind, as they are named in the template. */
export const queueMappingProperties = [
  "BatchSize",
  "EventSourceArn",
  "FilterCriteria",
  "FunctionName",
  "FunctionResponseTypes",
  "ScalingConfig",
];

/** More batches than a function has workers would only wait there, while their visibility runs out. */
const mostConcurrency = 8;
/** As many as one receive gives; a larger batch needs a batching window, which no mapping here has. */
const mostReceived = 10;

/** Reads resolved properties; defaults are those of Lambda. */
export function queueMappingSettings(properties: Readonly<Record<string, unknown>>): QueueMappingSettings {
  const scaling = properties["ScalingConfig"] as { MaximumConcurrency?: number | string } | undefined;
  return {
    queueArn: String(properties["EventSourceArn"]),
    batchSize: Math.min(Number(properties["BatchSize"] ?? 10), mostReceived),
    concurrency: Math.min(Number(scaling?.MaximumConcurrency ?? mostConcurrency), mostConcurrency),
    reportsFailures: ((properties["FunctionResponseTypes"] ?? []) as string[]).includes("ReportBatchItemFailures"),
    filter: filterOf(properties["FilterCriteria"]),
  };
}

const longPollSeconds = 20;
const firstRedeliverySeconds = 1;
/** Far beyond any `maxReceiveCount`; keeps the doubling inside whole seconds that SQS takes. */
const longestRedeliverySeconds = 180;

function eventRecord(message: Message, queueArn: string): Record<string, unknown> {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          dataType: DataType,
          ...(StringValue === undefined ? {} : { stringValue: StringValue }),
          ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

/** What a filter looks at: the body as data where it is JSON. */
function filtered(record: Record<string, unknown>): Record<string, unknown> {
  try {
    return { ...record, body: JSON.parse(String(record["body"])) as unknown };
  } catch {
    return record;
  }
}

function failedOf(answer: unknown, messages: readonly Message[]): readonly Message[] {
  const { batchItemFailures } = (answer ?? {}) as {
    batchItemFailures?: readonly { itemIdentifier?: unknown }[] | null;
  };
  const ids = (batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  const isKnown = (id: unknown): boolean => messages.some(({ MessageId }) => MessageId === id);
  // A batch whose answer names no message of it counts as failed as a whole.
  return ids.every(isKnown) ? messages.filter(({ MessageId }) => ids.includes(MessageId)) : messages;
}

export interface QueueMapping {
  stop(): Promise<void>;
}

/**
 * Begins to work a queue off. What the function did not take comes back sooner than in an account, where it
 * stays away for the queue's visibility timeout of minutes: after 1 s, and after twice as long with every
 * delivery. Who tries something out on this machine shall see the second delivery; the count that leads to the
 * dead-letter queue is the queue's own.
 */
export function startQueueMapping(
  settings: QueueMappingSettings,
  queueUrl: string,
  target: LocalFunction,
  sqs: SQSClient,
  reportFault: (error: unknown) => void,
): QueueMapping {
  const aborting = new AbortController();
  const { signal } = aborting;
  const underWay = new Set<Promise<void>>();

  const remove = async (messages: readonly Message[]): Promise<void> => {
    if (messages.length > 0) {
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };
  const giveBack = async (messages: readonly Message[]): Promise<void> => {
    if (messages.length > 0) {
      const Entries = messages.map(({ ReceiptHandle, Attributes }, index) => {
        const received = Number(Attributes?.ApproximateReceiveCount ?? 1);
        const seconds = firstRedeliverySeconds * 2 ** Math.min(received - 1, 10);
        return {
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: Math.min(seconds, longestRedeliverySeconds),
        };
      });
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };

  const work = async (received: readonly Message[]): Promise<void> => {
    const passes = (message: Message): boolean => settings.filter(filtered(eventRecord(message, settings.queueArn)));
    const messages = received.filter(passes);
    await remove(received.filter((message) => !messages.includes(message)));
    if (messages.length === 0) {
      return;
    }
    let failed: readonly Message[] = messages;
    try {
      const answer = await target.invoke({ Records: messages.map((each) => eventRecord(each, settings.queueArn)) });
      failed = settings.reportsFailures ? failedOf(answer, messages) : [];
    } catch {
      // The function has logged it; all its messages come back.
    }
    await remove(messages.filter((message) => !failed.includes(message)));
    await giveBack(failed);
  };

  const receive = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: settings.batchSize,
            WaitTimeSeconds: longPollSeconds,
            MessageSystemAttributeNames: ["All"],
            MessageAttributeNames: ["All"],
          }),
          { abortSignal: signal },
        );
        if (Messages.length > 0) {
          const batch: Promise<void> = work(Messages)
            .catch((error: unknown) => {
              if (!signal.aborted) {
                reportFault(error);
              }
            })
            .finally(() => underWay.delete(batch));
          underWay.add(batch);
        }
      } catch (error) {
        if (!signal.aborted) {
          reportFault(error);
          await pause(1_000, signal);
        }
      }
      if (underWay.size >= settings.concurrency) {
        await Promise.race(underWay);
      }
    }
    await Promise.all(underWay);
  };

  const receiver = receive();
  return {
    stop: async () => {
      aborting.abort();
      await receiver;
    },
  };
}
