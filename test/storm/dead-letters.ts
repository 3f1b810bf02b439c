/** Messages that outages have sent to the dead letters, given back to their queues. */
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { LocalStack } from "../../local/stack.ts";

type Queues = Pick<LocalStack, "queueUrls" | "deadLetterQueueUrls">;

/** Gives how many there were. */
export async function redrive(sqs: SQSClient, { queueUrls, deadLetterQueueUrls }: Queues): Promise<number> {
  let count = 0;
  for (const [purpose, deadUrl] of Object.entries(deadLetterQueueUrls)) {
    const workUrl = queueUrls[purpose as keyof typeof queueUrls];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) {
        break;
      }
      for (const { Body, ReceiptHandle } of Messages) {
        await sqs.send(new SendMessageCommand({ QueueUrl: workUrl, MessageBody: Body }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl: deadUrl, ReceiptHandle }));
        count += 1;
      }
    }
  }
  return count;
}
