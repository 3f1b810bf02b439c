/** A shop of one's own with the inventory service in it: a checkout that may reserve, and what else one may want. */
import { join } from "node:path";
import { Duration, Stack } from "aws-cdk-lib";
import { ComparisonOperator } from "aws-cdk-lib/aws-cloudwatch";
import { type CfnFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { InventoryService } from "inventory-service";

export class ShopStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const inventory = new InventoryService(this, "Inventory", {
      usualHold: Duration.minutes(15),
      mostOpenHolds: 5,
      alarmTopic: new Topic(this, "OnCall", { enforceSSL: true }),
    });

    const checkout = new NodejsFunction(this, "Checkout", {
      entry: join(import.meta.dirname, "checkout.ts"),
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(10),
    });
    inventory.grantRead(checkout);
    inventory.grantReserve(checkout);

    // What cannot be set by a property is reached by its construct.
    const restock = new Queue(this, "Restock", { enforceSSL: true });
    inventory.alertTopic.addSubscription(new SqsSubscription(restock));
    (inventory.functions.backOffice.node.defaultChild as CfnFunction).reservedConcurrentExecutions = 50;
    inventory.queues.backorders.queue.metricApproximateNumberOfMessagesVisible().createAlarm(this, "BackordersWait", {
      threshold: 1_000,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    });
  }
}
