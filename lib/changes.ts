import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IEventSourceDlq,
  type Function as LambdaFunction,
  MetricType,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { inventoryTable, publishedKeyPrefixes } from "../functions/contract/tables.ts";
import type { CapabilityProps } from "./consumers.ts";
import { ServiceFunction } from "./service-function.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface ChangesProps extends CapabilityProps {
  readonly forwardTo: readonly WorkQueue[];
}

/** The one reader of the stream. All it does is forward; what it cannot forward is kept whole in a bucket. */
export class Changes extends Construct {
  /** Keeps, whole, the records that could not be forwarded. */
  readonly undelivered: Bucket;
  readonly reader: LambdaFunction;

  constructor(scope: Construct, id: string, { storage, alarms, metrics, settings, forwardTo }: ChangesProps) {
    super(scope, id);
    this.undelivered = new Bucket(this, "Undelivered", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: settings.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.undelivered).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Only the stream's event-source mapping writes here, and an alarm says so; there are no other accesses to log.",
    });

    const reader = new ServiceFunction(this, "PublishChanges", {
      entry: "changes/publish-changes.handler.ts",
      timeout: Duration.seconds(30),
      memoryMb: 512,
      alarms,
      metrics,
      settings,
    });
    this.reader = reader.lambda;
    for (const { queue, variable } of forwardTo) {
      reader.sendTo(variable, queue);
    }

    const streamArn = storage.inventory.tableStreamArn;
    if (streamArn === undefined) {
      throw new Error("The inventory table has no stream.");
    }
    reader.allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [streamArn]);
    // Streams are listed for the whole account or not at all.
    reader.allow(["dynamodb:ListStreams"], ["*"]);
    // What the mapping needs to keep failed records; CDK's own destination would grant reading and deleting as well.
    reader.allow(["s3:PutObject"], [this.undelivered.arnForObjects("*")]);
    reader.allow(["s3:ListBucket"], [this.undelivered.bucketArn]);
    const bucketId = Stack.of(this).getLogicalId(this.undelivered.node.defaultChild as CfnBucket);
    Validations.of(reader).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
      reason: "Failed records are put under names that only the mapping knows.",
    });
    const destination: IEventSourceDlq = { bind: () => ({ destination: this.undelivered.bucketArn }) };

    const mapping = new EventSourceMapping(this, "Stream", {
      target: reader.lambda,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      parallelizationFactor: 4,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 10_000,
      // A record lives 24 hours in the stream; an outage of nearly that long loses nothing.
      maxRecordAge: Duration.hours(23),
      onFailure: destination,
      supportS3OnFailureDestination: true,
      // Without these the mapping does not tell how many records it gave up.
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
      filters: [
        FilterCriteria.filter({
          dynamodb: {
            Keys: {
              [inventoryTable.partitionKey]: {
                S: publishedKeyPrefixes.flatMap((prefix) => FilterRule.beginsWith(prefix)),
              },
            },
          },
        }),
      ],
    });
    mapping.node.addDependency(reader);

    alarms.add(this, "StreamAge", {
      metric: reader.lambda.metric("IteratorAge", { period: Duration.minutes(1), statistic: "Maximum" }),
      threshold: Duration.minutes(2).toMilliseconds(),
      periods: 5,
      means: "Changes are forwarded minutes late: audit, alerts, expiry and summaries lag.",
      section: "stream-age",
    });
    for (const [id, metricName, means] of [
      [
        "UndeliveredRecords",
        "OnFailureDestinationDeliveredEventCount",
        "Records of the stream could not be forwarded; they are kept in the bucket.",
      ],
      ["DroppedRecords", "DroppedEventCount", "Records of the stream could neither be forwarded nor kept."],
    ] as const) {
      alarms.add(this, id, {
        metric: new Metric({
          namespace: "AWS/Lambda",
          metricName,
          dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
          period: Duration.minutes(1),
          statistic: "Sum",
        }),
        threshold: 1,
        periods: 1,
        means,
        section: "undelivered-records",
      });
    }
  }
}
