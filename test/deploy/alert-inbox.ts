/** A subscriber of the alerts topic: a queue of its own that gets the alerts of one SKU, as a merchant's system would. */
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { unique } from "../api/client.ts";
import type { DeployedService } from "./deployed-service.ts";

export interface ReceivedAlert {
  readonly alertId: string;
  readonly type: string;
}

export class AlertInbox {
  private readonly sns: SNSClient;
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;
  private readonly subscriptionArn: string;
  private readonly received = new Map<string, ReceivedAlert>();

  private constructor(sns: SNSClient, sqs: SQSClient, queueUrl: string, subscriptionArn: string) {
    this.sns = sns;
    this.sqs = sqs;
    this.queueUrl = queueUrl;
    this.subscriptionArn = subscriptionArn;
  }

  static async open({ account, alertsTopicArn }: DeployedService, sku: string): Promise<AlertInbox> {
    const sns = new SNSClient(account.sdk);
    const sqs = new SQSClient(account.sdk);
    const queueName = unique("inventory-journey-alerts");
    const [, partition, , region, accountId] = alertsTopicArn.split(":");
    const policy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "sns.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: `arn:${partition}:sqs:${region}:${accountId}:${queueName}`,
          Condition: { ArnEquals: { "aws:SourceArn": alertsTopicArn } },
        },
      ],
    };
    const { QueueUrl: queueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName: queueName, Attributes: { Policy: JSON.stringify(policy) } }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["QueueArn"] }),
    );
    const { SubscriptionArn: subscriptionArn = "" } = await sns.send(
      new SubscribeCommand({
        TopicArn: alertsTopicArn,
        Protocol: "sqs",
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ sku: [sku] }) },
        ReturnSubscriptionArn: true,
      }),
    );
    return new AlertInbox(sns, sqs, queueUrl, subscriptionArn);
  }

  /** All alerts that have come so far, each once: SNS may deliver one twice. */
  async alerts(): Promise<readonly ReceivedAlert[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body = "", ReceiptHandle } of Messages) {
      const alert = JSON.parse(Body) as ReceivedAlert;
      this.received.set(alert.alertId, alert);
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
    }
    return [...this.received.values()];
  }

  /** Leaves nothing in the account. */
  async close(): Promise<void> {
    await this.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn }));
    await this.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queueUrl }));
    this.sns.destroy();
    this.sqs.destroy();
  }
}
