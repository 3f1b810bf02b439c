/** Publishing of alerts to SNS. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

export interface Notification {
  readonly subject: string;
  readonly body: string;
  /** What subscribers may filter by. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS takes a subject of fewer than 100 characters. */
const longestSubject = 99;

export function topicClient(): SNSClient {
  return new SNSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

export async function publish(client: SNSClient, topicArn: string, notification: Notification): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: notification.subject.slice(0, longestSubject),
      Message: notification.body,
      MessageAttributes: Object.fromEntries(
        Object.entries(notification.attributes).map(([name, value]) => [
          name,
          { DataType: "String", StringValue: value },
        ]),
      ),
    }),
  );
}
