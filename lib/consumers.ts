/** The capabilities behind the stream: each owns its function, its queue, its permissions and its alarms. */
import { Duration } from "aws-cdk-lib";
import { Alias } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { environment } from "../functions/contract/environment.ts";
import type { Alarms } from "./alarms.ts";
import { ServiceFunction } from "./service-function.ts";
import type { Storage } from "./storage.ts";
import { WorkQueue } from "./work-queue.ts";

export interface CapabilityProps {
  readonly storage: Storage;
  readonly alarms: Alarms;
}

const consumerTimeout = Duration.seconds(30);

/** What a consumer reads to sum up a level that is split into cells. */
const sumUpLevel = ["dynamodb:GetItem", "dynamodb:BatchGetItem"];

/** What changes a reservation that exists, with its levels, counters and places in the queues. */
const changeReservations = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

/** Writes every change of a level to the audit trail. It may put movements and nothing else. */
export class Audit extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, { storage, alarms }: CapabilityProps) {
    super(scope, id);
    const consumer = new ServiceFunction(this, "WriteAudit", {
      entry: "audit/write-audit.handler.ts",
      timeout: consumerTimeout,
      memoryMb: 512,
      alarms,
    });
    consumer.useTable(environment.movementsTable, storage.movements, ["dynamodb:PutItem"]);
    this.work = new WorkQueue(this, "Audit", {
      variable: environment.auditQueueUrl,
      consumer,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 10,
      alarms,
    });
  }
}

/** Raises and resolves alerts, and publishes them on the topic. */
export class Alerts extends Construct {
  readonly work: WorkQueue;
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { storage, alarms }: CapabilityProps) {
    super(scope, id);
    // The policy of this key of AWS lets whoever may publish in this account use it through SNS, so that the
    // function needs no permission for KMS. Another account, or an AWS service as publisher, would need another key.
    this.topic = new Topic(this, "Topic", {
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, "Key", "alias/aws/sns"),
    });
    const consumer = new ServiceFunction(this, "SendAlerts", {
      entry: "alerts/send-alerts.handler.ts",
      timeout: consumerTimeout,
      memoryMb: 512,
      alarms,
    });
    consumer.useTable(environment.viewsTable, storage.views, [
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]);
    consumer.useTable(environment.inventoryTable, storage.inventory, sumUpLevel);
    consumer.allow(["sns:Publish"], [this.topic.topicArn]);
    consumer.lambda.addEnvironment(environment.alertsTopicArn, this.topic.topicArn);
    this.work = new WorkQueue(this, "Alerts", {
      variable: environment.alertsQueueUrl,
      consumer,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 5,
      alarms,
    });
  }
}

/** Ends holds: promptly at their deadline, and by the table's time to live when nothing else did. */
export class Expiry extends Construct {
  readonly deadlines: WorkQueue;
  readonly expired: WorkQueue;

  constructor(
    scope: Construct,
    id: string,
    { storage, alarms, expiryGraceSeconds }: CapabilityProps & { readonly expiryGraceSeconds: number },
  ) {
    super(scope, id);
    const ender = (name: string, entry: `${string}.handler.ts`, actions: readonly string[]): ServiceFunction => {
      const consumer = new ServiceFunction(this, name, { entry, timeout: consumerTimeout, memoryMb: 512, alarms });
      consumer.useTable(environment.inventoryTable, storage.inventory, actions);
      consumer.lambda.addEnvironment(environment.expiryGraceSeconds, String(expiryGraceSeconds));
      return consumer;
    };

    const atDeadline = ender("ExpireReservations", "expiry/expire-reservations.handler.ts", changeReservations);
    this.deadlines = new WorkQueue(this, "Deadlines", {
      variable: environment.deadlinesQueueUrl,
      consumer: atDeadline,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 5,
      alarms,
    });
    atDeadline.sendTo(environment.deadlinesQueueUrl, this.deadlines.queue);

    this.expired = new WorkQueue(this, "Expired", {
      variable: environment.expiredQueueUrl,
      consumer: ender("ReleaseExpired", "expiry/release-expired.handler.ts", [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
      ]),
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 10,
      alarms,
    });
  }
}

/** Gives stock that has come in to those who wait for it. */
export class Backorders extends Construct {
  readonly work: WorkQueue;

  constructor(
    scope: Construct,
    id: string,
    { storage, alarms, expiryGraceSeconds }: CapabilityProps & { readonly expiryGraceSeconds: number },
  ) {
    super(scope, id);
    const consumer = new ServiceFunction(this, "AllocateBackorders", {
      entry: "backorders/allocate-backorders.handler.ts",
      timeout: consumerTimeout,
      memoryMb: 512,
      alarms,
    });
    consumer.useTable(environment.inventoryTable, storage.inventory, [
      "dynamodb:Query",
      "dynamodb:ConditionCheckItem",
      ...changeReservations,
    ]);
    consumer.lambda.addEnvironment(environment.expiryGraceSeconds, String(expiryGraceSeconds));
    this.work = new WorkQueue(this, "Backorders", {
      variable: environment.backordersQueueUrl,
      consumer,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 10,
      alarms,
    });
    consumer.sendTo(environment.backordersQueueUrl, this.work.queue);
  }
}

/** Completes the copying of an item's settings to its levels. */
export class Settings extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, { storage, alarms }: CapabilityProps) {
    super(scope, id);
    const consumer = new ServiceFunction(this, "ApplySettings", {
      entry: "catalogue/apply-settings.handler.ts",
      timeout: consumerTimeout,
      memoryMb: 512,
      alarms,
    });
    consumer.useTable(environment.inventoryTable, storage.inventory, [
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]);
    this.work = new WorkQueue(this, "Settings", {
      variable: environment.settingsQueueUrl,
      consumer,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 10,
      alarms,
    });
  }
}

/** Keeps the summaries and lists of the views table. */
export class Views extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, { storage, alarms }: CapabilityProps) {
    super(scope, id);
    const consumer = new ServiceFunction(this, "RefreshViews", {
      entry: "availability/refresh-views.handler.ts",
      timeout: consumerTimeout,
      memoryMb: 512,
      alarms,
    });
    consumer.useTable(environment.viewsTable, storage.views, [
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ]);
    consumer.useTable(environment.inventoryTable, storage.inventory, sumUpLevel);
    this.work = new WorkQueue(this, "Views", {
      variable: environment.viewsQueueUrl,
      consumer,
      consumerTimeout,
      batchSize: 10,
      maxReceiveCount: 5,
      alarms,
    });
  }
}
