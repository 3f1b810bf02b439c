import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { QueueName } from "../../functions/contract/queues.ts";
import { sendOne } from "../../functions/messaging/queue.ts";
import type { DeadLetter, Place } from "./dead-letter.ts";

/** A letter is hidden from others for so long while it is looked at: longer than ten of them take at the slowest rate. */
const hiddenSeconds = 120;
/** SQS gives ten messages at most. */
const mostPerCall = 10;
/** A queue is spread over many servers, and one that says that it is empty may have asked the wrong ones. */
const emptyAnswersBelieved = 2;

/** The dead letters of one queue. */
export class DeadLetterQueue implements Place {
  readonly name: QueueName;
  private readonly client: SQSClient;
  private readonly queueUrl: string;
  private readonly url: string;

  private constructor(client: SQSClient, name: QueueName, queueUrl: string, url: string) {
    this.client = client;
    this.name = name;
    this.queueUrl = queueUrl;
    this.url = url;
  }

  /** Finds the dead-letter queue by the queue's own policy; it is in the same account and Region. */
  static async of(client: SQSClient, name: QueueName, queueUrl: string): Promise<DeadLetterQueue> {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["RedrivePolicy"] }),
    );
    const policy = JSON.parse(Attributes?.RedrivePolicy ?? "{}") as { deadLetterTargetArn?: string };
    const deadName = policy.deadLetterTargetArn?.split(":").at(-1);
    if (deadName === undefined) {
      throw new Error(`The queue ${name} has no dead-letter queue.`);
    }
    return new DeadLetterQueue(client, name, queueUrl, queueUrl.replace(/[^/]+$/, deadName));
  }

  async count(): Promise<number> {
    const { Attributes } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  async visit(most: number, visitor: (letter: DeadLetter) => Promise<boolean>): Promise<void> {
    const kept: string[] = [];
    try {
      let empty = 0;
      for (let seen = 0; seen < most && empty < emptyAnswersBelieved; ) {
        const messages = await this.receive(Math.min(mostPerCall, most - seen));
        empty = messages.length === 0 ? empty + 1 : 0;
        seen += messages.length;
        kept.push(...messages.map(({ ReceiptHandle = "" }) => ReceiptHandle));
        for (const message of messages) {
          if (await visitor(letterOf(message))) {
            await this.remove(message);
            kept.splice(kept.indexOf(message.ReceiptHandle ?? ""), 1);
          }
        }
      }
    } finally {
      await Promise.all(kept.map(async (handle) => await this.show(handle)));
    }
  }

  async sendBack({ body }: DeadLetter): Promise<void> {
    await sendOne(this.client, this.queueUrl, { body, delaySeconds: 0 });
  }

  private async receive(most: number): Promise<readonly Message[]> {
    const { Messages = [] } = await this.client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: most,
        VisibilityTimeout: hiddenSeconds,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      }),
    );
    return Messages;
  }

  private async remove({ ReceiptHandle }: Message): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
  }

  private async show(ReceiptHandle: string): Promise<void> {
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
}

function letterOf({ MessageId = "", Body = "", Attributes = {} }: Message): DeadLetter {
  return {
    id: MessageId,
    sentAtMs: Number(Attributes.SentTimestamp ?? 0),
    tries: Number(Attributes.ApproximateReceiveCount ?? 0),
    body: Body,
  };
}
