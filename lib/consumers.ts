/** The capabilities behind the stream: each owns its function, its queue, its permissions and its alarms. */
import { Duration } from "aws-cdk-lib";
import { Alias } from "aws-cdk-lib/aws-kms";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { environment } from "../functions/contract/environment.ts";
import type { Alarms } from "./alarms.ts";
import { ServiceFunction, type ServiceFunctionProps } from "./service-function.ts";
import type { ServiceMetrics } from "./service-metrics.ts";
import { SettingError, type Settings } from "./settings.ts";
import type { Storage } from "./storage.ts";
import { WorkQueue } from "./work-queue.ts";

export interface CapabilityProps {
  readonly storage: Storage;
  readonly alarms: Alarms;
  readonly metrics: ServiceMetrics;
  readonly settings: Settings;
}

const consumerTimeout = Duration.seconds(30);

/** Messages that wait for a time ahead are delayed by as much as SQS can. */
const longestDelay = Duration.minutes(15);

/** What a consumer reads to sum up a level that is split into cells. */
const sumUpLevel = ["dynamodb:GetItem", "dynamodb:BatchGetItem"];

/** What changes a reservation that exists, with its levels, counters and places in the queues. */
const changeReservations = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

function consumerOf(
  scope: Construct,
  id: string,
  entry: ServiceFunctionProps["entry"],
  { alarms, metrics, settings }: CapabilityProps,
): ServiceFunction {
  return new ServiceFunction(scope, id, { entry, timeout: consumerTimeout, memoryMb: 512, alarms, metrics, settings });
}

/** Writes every change of a level to the audit trail. It may put movements and nothing else. */
export class Audit extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    const consumer = consumerOf(this, "WriteAudit", "audit/write-audit.handler.ts", props);
    consumer.useTable(environment.movementsTable, props.storage.movements, ["dynamodb:PutItem"]);
    this.work = new WorkQueue(this, "Audit", {
      variable: environment.auditQueueUrl,
      consumer,
      maxReceiveCount: 10,
      alarms: props.alarms,
    });
  }
}

export interface AlertsProps extends CapabilityProps {
  /** Where alerts are published; a topic is made when there is none. */
  readonly topic: ITopic | undefined;
}

/** Raises and resolves alerts, and publishes them on the topic. */
export class Alerts extends Construct {
  readonly work: WorkQueue;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    const consumer = consumerOf(this, "SendAlerts", "alerts/send-alerts.handler.ts", props);
    consumer.useTable(environment.viewsTable, props.storage.views, [
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]);
    consumer.useTable(environment.inventoryTable, props.storage.inventory, sumUpLevel);
    this.topic = props.topic ?? this.ownTopic();
    if (this.topic.fifo) {
      throw new SettingError("alertTopic", "must not be a FIFO topic: alerts come in any order");
    }
    consumer.allow(["sns:Publish"], [this.topic.topicArn]);
    consumer.lambda.addEnvironment(environment.alertsTopicArn, this.topic.topicArn);
    this.work = new WorkQueue(this, "Alerts", {
      variable: environment.alertsQueueUrl,
      consumer,
      maxReceiveCount: 5,
      alarms: props.alarms,
    });
  }

  /**
   * The policy of this key of AWS lets whoever may publish in this account use it through SNS, so that the function
   * needs no permission for KMS. Another account, or an AWS service as publisher, would need another key.
   */
  private ownTopic(): Topic {
    return new Topic(this, "Topic", { enforceSSL: true, masterKey: Alias.fromAliasName(this, "Key", "alias/aws/sns") });
  }
}

/** Ends holds: promptly at their deadline, and by the table's time to live when nothing else did. */
export class Expiry extends Construct {
  readonly deadlines: WorkQueue;
  readonly expired: WorkQueue;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    const ender = (name: string, entry: ServiceFunctionProps["entry"], actions: readonly string[]): ServiceFunction => {
      const consumer = consumerOf(this, name, entry, props);
      consumer.useTable(environment.inventoryTable, props.storage.inventory, actions);
      consumer.keepTimes();
      return consumer;
    };

    const atDeadline = ender("ExpireReservations", "expiry/expire-reservations.handler.ts", changeReservations);
    this.deadlines = new WorkQueue(this, "Deadlines", {
      variable: environment.deadlinesQueueUrl,
      consumer: atDeadline,
      maxReceiveCount: 5,
      longestDelay,
      alarms: props.alarms,
    });
    atDeadline.sendTo(environment.deadlinesQueueUrl, this.deadlines.queue);

    this.expired = new WorkQueue(this, "Expired", {
      variable: environment.expiredQueueUrl,
      consumer: ender("ReleaseExpired", "expiry/release-expired.handler.ts", [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
      ]),
      maxReceiveCount: 10,
      alarms: props.alarms,
    });
    props.alarms.add(this, "LateExpiry", {
      metric: props.metrics.metric("expiryLag", "Maximum", "deadline"),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 1,
      means: "Holds end minutes after their deadline: stock that is free is not sold meanwhile.",
      section: "late-expiry",
    });
    props.alarms.add(this, "LostDeadlines", {
      metric: props.metrics.metric("expiryLag", "SampleCount", "time-to-live"),
      threshold: 1,
      periods: 1,
      means: "A hold was ended by the table's time to live: its deadline message had come to nothing.",
      section: "late-expiry",
    });
  }
}

/** Gives stock that has come in to those who wait for it. */
export class Backorders extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    const consumer = consumerOf(this, "AllocateBackorders", "backorders/allocate-backorders.handler.ts", props);
    consumer.useTable(environment.inventoryTable, props.storage.inventory, [
      "dynamodb:Query",
      "dynamodb:ConditionCheckItem",
      ...changeReservations,
    ]);
    consumer.keepTimes();
    this.work = new WorkQueue(this, "Backorders", {
      variable: environment.backordersQueueUrl,
      consumer,
      maxReceiveCount: 10,
      longestDelay,
      alarms: props.alarms,
    });
    consumer.sendTo(environment.backordersQueueUrl, this.work.queue);
  }
}

/** Completes the copying of an item's settings to its levels. */
export class ItemSettings extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    const consumer = consumerOf(this, "ApplySettings", "catalogue/apply-settings.handler.ts", props);
    consumer.useTable(environment.inventoryTable, props.storage.inventory, [
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]);
    this.work = new WorkQueue(this, "Settings", {
      variable: environment.settingsQueueUrl,
      consumer,
      maxReceiveCount: 10,
      alarms: props.alarms,
    });
  }
}

/** Keeps the summaries and lists of the views table. */
export class Views extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    const consumer = consumerOf(this, "RefreshViews", "availability/refresh-views.handler.ts", props);
    consumer.useTable(environment.viewsTable, props.storage.views, [
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ]);
    consumer.useTable(environment.inventoryTable, props.storage.inventory, sumUpLevel);
    this.work = new WorkQueue(this, "Views", {
      variable: environment.viewsQueueUrl,
      consumer,
      maxReceiveCount: 5,
      alarms: props.alarms,
    });
  }
}
