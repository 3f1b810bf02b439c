import { CfnOutput, Stack } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { Configuration } from "./configuration.ts";
import { InventoryService } from "./inventory-service.ts";

/** One stack with the whole service, and what one needs to call and watch it as its outputs. */
export class InventoryStack extends Stack {
  readonly service: InventoryService;

  constructor(scope: Construct, { stackName, service, alarmTopicArn, alertTopicArn }: Configuration) {
    super(scope, stackName, {
      description: "Inventory service: stock, reservations, audit trail and alerts",
      terminationProtection: service.stage === "prod",
    });
    const topic = (id: string, arn: string | null) => (arn === null ? undefined : Topic.fromTopicArn(this, id, arn));
    this.service = new InventoryService(this, "Service", {
      ...service,
      alarmTopic: topic("AlarmTopic", alarmTopicArn),
      alertTopic: topic("AlertTopic", alertTopicArn),
    });

    const { api, tables, alertTopic, userPool } = this.service;
    this.output("ApiEndpoint", api.apiEndpoint, "Where the API answers");
    if (userPool !== null) {
      this.output("TokenUrl", userPool.tokenUrl, "Where callers get their tokens");
      this.output("UserPoolId", userPool.userPoolId, "The pool that gives them");
      this.output("UserPoolClientId", userPool.operatorClientId, "The pool's client that may ask for every scope");
    }
    this.output("AlertsTopicArn", alertTopic.topicArn, "Where alerts are published");
    this.output("InventoryTableName", tables.inventory.tableName, "Levels and reservations, as reconcile takes it");
    this.output("MovementsTableName", tables.movements.tableName, "The audit trail, as reconcile takes it");
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
