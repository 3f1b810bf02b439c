import { Duration, Validations } from "aws-cdk-lib";
import { EventSourceMapping, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariable } from "../functions/contract/environment.ts";
import type { Alarms } from "./alarms.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface WorkQueueProps {
  /** By which variable its senders know it. */
  readonly variable: EnvironmentVariable;
  readonly consumer: ServiceFunction;
  /** Deliveries before a message is put aside as dead. */
  readonly maxReceiveCount: number;
  /** Of its messages, where they are sent for later. */
  readonly longestDelay?: Duration;
  readonly alarms: Alarms;
}

/** They are worked on side by side; each is its own success or failure. */
const messagesAtATime = 10;

/** Functions that one queue may have at work: a backlog must not take the concurrency of those who answer buyers. */
const mostConcurrency = 50;

/** A queue with its one consumer; what the consumer cannot take ends, whole, in a dead-letter queue with an alarm. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  /** Takes what the consumer failed with as often as it may. */
  readonly deadLetters: Queue;
  readonly consumer: LambdaFunction;
  /** By which its senders know it. */
  readonly variable: EnvironmentVariable;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.variable = props.variable;
    this.consumer = props.consumer.lambda;
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) };
    this.deadLetters = new Queue(this, "DeadLetters", common);
    this.queue = new Queue(this, "Queue", {
      ...common,
      // Six times the consumer's timeout, so that a message is not delivered again while it is being worked on.
      visibilityTimeout: Duration.seconds(6 * props.consumer.timeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount },
    });
    this.consume(props);
    props.alarms.add(this, "DeadLettersAlarm", {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: "Maximum",
      }),
      threshold: 1,
      periods: 1,
      means: `Messages of ${id} could not be worked on and were put aside.`,
      section: "dead-letters",
    });
    const waits = Duration.minutes(10).toSeconds() + (props.longestDelay?.toSeconds() ?? 0);
    props.alarms.add(this, "Age", {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: "Maximum" }),
      threshold: waits,
      periods: 5,
      means: `Messages of ${id} wait for ${waits / 60} minutes and more.`,
      section: "queue-age",
    });
  }

  private consume({ consumer }: WorkQueueProps): void {
    consumer.allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [this.queue.queueArn]);
    const mapping = new EventSourceMapping(this, "Mapping", {
      target: consumer.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: messagesAtATime,
      reportBatchItemFailures: true,
      maxConcurrency: mostConcurrency,
    });
    // Its creation checks that the function may receive.
    mapping.node.addDependency(consumer);
    Validations.of(mapping).acknowledge({
      id: "Serverless-LambdaEventSourceMappingDestination",
      reason: "A queue has no failure destination: what fails again and again goes to its dead-letter queue, whole.",
    });
    Validations.of(this.deadLetters).acknowledge({
      id: "Serverless-SQSRedrivePolicy",
      reason: "It is the dead-letter queue itself, and has an alarm.",
    });
  }
}
