import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { S3OnFailureDestination } from "aws-cdk-lib/aws-lambda-event-sources";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { inventoryTable, publishedKeyPrefixes } from "../functions/contract/tables.ts";
import type { CapabilityProps } from "./consumers.ts";
import { ServiceFunction } from "./service-function.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface ChangesProps extends CapabilityProps {
  readonly forwardTo: readonly WorkQueue[];
  /** True: records that could not be forwarded outlive the stack. */
  readonly protect: boolean;
}

/** The one reader of the stream. All it does is forward; what it cannot forward is kept whole in a bucket. */
export class Changes extends Construct {
  readonly undelivered: Bucket;

  constructor(scope: Construct, id: string, { storage, alarms, forwardTo, protect }: ChangesProps) {
    super(scope, id);
    this.undelivered = new Bucket(this, "Undelivered", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
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
    });
    for (const { queue, variable } of forwardTo) {
      reader.sendTo(variable, queue);
    }

    const streamArn = storage.inventory.tableStreamArn;
    if (streamArn === undefined) {
      throw new Error("The inventory table has no stream.");
    }
    reader.allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [streamArn]);
    reader.allow(["dynamodb:ListStreams"], ["*"]);
    // The mapping checks at its creation that it may put failed records into the bucket.
    reader.allow(["s3:PutObject"], [this.undelivered.arnForObjects("*")]);
    reader.allow(["s3:ListBucket"], [this.undelivered.bucketArn]);

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
      onFailure: new S3OnFailureDestination(this.undelivered),
      supportS3OnFailureDestination: true,
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
      minutes: 5,
      means: "Changes are forwarded minutes late: audit, alerts, expiry and summaries lag.",
      section: "stream-age",
    });
    alarms.add(this, "UndeliveredRecords", {
      metric: reader.lambda.metric("DestinationDeliveryFailures", { period: Duration.minutes(1), statistic: "Sum" }),
      threshold: 1,
      minutes: 1,
      means: "A record of the stream could neither be forwarded nor kept.",
      section: "undelivered-records",
    });
  }
}
