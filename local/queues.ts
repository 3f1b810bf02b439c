/** Queues, topics and buckets of a template, in an SQS, SNS and S3 emulator inside this process. */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { localCredentials } from "./credentials.ts";
import {
  accountId,
  propertiesOf,
  type Resolver,
  type Resource,
  type ResourceValues,
  region,
  resourcesOf,
  type Template,
  UnsupportedTemplateError,
} from "./template.ts";

export interface MessagingLocal {
  /** The address of SQS, SNS and S3 alike. */
  readonly url: string;
  readonly sqs: SQSClient;
  stop(): Promise<void>;
}

/** Starts the emulator on a free port of 127.0.0.1. */
export async function startMessaging(): Promise<MessagingLocal> {
  // Not its own `startFauxqs`, which listens on all addresses.
  const app = buildApp({ logger: false, defaultRegion: region });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const sqs = new SQSClient({ endpoint: url, region, credentials: localCredentials, maxAttempts: 3 });
  return {
    url,
    sqs,
    stop: async () => {
      sqs.destroy();
      await app.close();
    },
  };
}

/** A queue's name has at most 80 characters; a longer logical id keeps its beginning and gets a digest of the whole. */
function queueNameOf(logicalId: string): string {
  return logicalId.length <= 80
    ? logicalId
    : `${logicalId.slice(0, 71)}-${createHash("sha256").update(logicalId).digest("hex").slice(0, 8)}`;
}

/** What other resources can say of a queue. Its address is on 127.0.0.1, unlike those that the emulator makes up. */
export function queueValues(logicalId: string, emulatorUrl: string): ResourceValues {
  const name = queueNameOf(logicalId);
  return {
    ref: `${emulatorUrl}/${accountId}/${name}`,
    attributes: { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name },
  };
}

export function topicValues(logicalId: string): ResourceValues {
  const arn = `arn:aws:sns:${region}:${accountId}:${logicalId}`;
  return { ref: arn, attributes: { TopicArn: arn, TopicName: logicalId } };
}

/** A bucket's name has at most 63 small letters and digits. */
export function bucketValues(logicalId: string): ResourceValues {
  const name = logicalId.toLowerCase().slice(-63);
  return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
}

/** Settings that the emulator takes as they are named in the template. */
const queueAttributes = [
  "DelaySeconds",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "VisibilityTimeout",
];

async function createQueue(sqs: SQSClient, logicalId: string, resource: Resource, resolver: Resolver): Promise<void> {
  const properties = propertiesOf(logicalId, resource, {
    hosted: [...queueAttributes, "RedrivePolicy"],
    ignored: ["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "Tags"],
  });
  const attributes: Record<string, string> = {};
  for (const name of queueAttributes) {
    if (properties[name] !== undefined) {
      attributes[name] = resolver.text(properties[name]);
    }
  }
  if (properties["RedrivePolicy"] !== undefined) {
    attributes["RedrivePolicy"] = JSON.stringify(resolver.resolve(properties["RedrivePolicy"]));
  }
  await sqs.send(new CreateQueueCommand({ QueueName: queueNameOf(logicalId), Attributes: attributes }));
}

async function subscribe(sns: SNSClient, logicalId: string, resource: Resource, resolver: Resolver): Promise<void> {
  const properties = propertiesOf(logicalId, resource, {
    hosted: ["Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery", "TopicArn"],
    ignored: ["Region"],
  });
  if (properties["Protocol"] !== "sqs") {
    throw new UnsupportedTemplateError(`${logicalId}: only queues can subscribe to a topic here.`);
  }
  const attributes: Record<string, string> = {};
  if (properties["FilterPolicy"] !== undefined) {
    attributes["FilterPolicy"] = JSON.stringify(resolver.resolve(properties["FilterPolicy"]));
  }
  for (const name of ["FilterPolicyScope", "RawMessageDelivery"]) {
    if (properties[name] !== undefined) {
      attributes[name] = resolver.text(properties[name]);
    }
  }
  await sns.send(
    new SubscribeCommand({
      TopicArn: resolver.text(properties["TopicArn"]),
      Protocol: "sqs",
      Endpoint: resolver.text(properties["Endpoint"]),
      Attributes: attributes,
    }),
  );
}

async function createBucket(url: string, logicalId: string, resource: Resource): Promise<void> {
  propertiesOf(logicalId, resource, {
    hosted: [],
    ignored: [
      "BucketEncryption",
      "LifecycleConfiguration",
      "PublicAccessBlockConfiguration",
      "OwnershipControls",
      "Tags",
    ],
  });
  const response = await fetch(`${url}/${bucketValues(logicalId).ref}`, { method: "PUT" });
  if (!response.ok) {
    throw new Error(`The bucket ${logicalId} could not be made: ${response.status} ${await response.text()}`);
  }
}

/** Creates every queue, topic, subscription and bucket of the template. */
export async function createMessaging(
  { sqs, url }: MessagingLocal,
  template: Template,
  resolver: Resolver,
): Promise<void> {
  // A queue that names a dead-letter queue comes after those that name none.
  const queues = resourcesOf(template, "AWS::SQS::Queue");
  const hasRedrive = ([, { Properties }]: [string, Resource]): boolean => Properties?.["RedrivePolicy"] !== undefined;
  for (const [logicalId, resource] of [...queues.filter((queue) => !hasRedrive(queue)), ...queues.filter(hasRedrive)]) {
    await createQueue(sqs, logicalId, resource, resolver);
  }
  for (const [logicalId, resource] of resourcesOf(template, "AWS::S3::Bucket")) {
    await createBucket(url, logicalId, resource);
  }
  const sns = new SNSClient({ endpoint: url, region, credentials: localCredentials, maxAttempts: 3 });
  try {
    for (const [logicalId, resource] of resourcesOf(template, "AWS::SNS::Topic")) {
      propertiesOf(logicalId, resource, { hosted: [], ignored: ["KmsMasterKeyId", "DisplayName", "Tags"] });
      await sns.send(new CreateTopicCommand({ Name: logicalId }));
    }
    for (const [logicalId, resource] of resourcesOf(template, "AWS::SNS::Subscription")) {
      await subscribe(sns, logicalId, resource, resolver);
    }
  } finally {
    sns.destroy();
  }
}

/** Puts an object into a bucket. Throws when the emulator does not take it. */
export async function putObject(emulatorUrl: string, bucket: string, key: string, body: string): Promise<void> {
  const path = key.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`${emulatorUrl}/${bucket}/${path}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body,
  });
  if (!response.ok) {
    throw new Error(`${key} could not be put into ${bucket}: ${response.status} ${await response.text()}`);
  }
}
