import { CfnOutput, RemovalPolicies } from "aws-cdk-lib";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import { Api } from "./api.ts";
import { Changes } from "./changes.ts";
import type { Configuration } from "./configuration.ts";
import { Alerts, Audit, Backorders, Expiry, Settings, Views } from "./consumers.ts";
import { Identity } from "./identity.ts";
import { Storage } from "./storage.ts";

export type InventoryServiceProps = Omit<Configuration, "stackName">;

/** The whole inventory service, to be put into any stack. */
export class InventoryService extends Construct {
  readonly storage: Storage;
  readonly identity: Identity;
  readonly api: Api;
  readonly alerts: Alerts;
  readonly changes: Changes;

  constructor(scope: Construct, id: string, props: InventoryServiceProps) {
    super(scope, id);
    const { expiryGraceSeconds } = props;
    const protect = props.stage === "prod";
    const alarms = new Alarms(this, "Alarms", { topicArn: props.alarmTopicArn });
    this.storage = new Storage(this, "Storage", { protect });
    this.identity = new Identity(this, "Identity", { tokens: props.tokens, protect });
    const capability = { storage: this.storage, alarms };

    const audit = new Audit(this, "Audit", capability);
    this.alerts = new Alerts(this, "Alerts", capability);
    const expiry = new Expiry(this, "Expiry", { ...capability, expiryGraceSeconds });
    const backorders = new Backorders(this, "Backorders", { ...capability, expiryGraceSeconds });
    const settings = new Settings(this, "Settings", capability);
    const views = new Views(this, "Views", capability);
    this.changes = new Changes(this, "Changes", {
      ...capability,
      protect,
      forwardTo: [
        audit.work,
        this.alerts.work,
        expiry.deadlines,
        expiry.expired,
        backorders.work,
        settings.work,
        views.work,
      ],
    });
    this.api = new Api(this, "Api", { ...capability, ...props, identity: this.identity });

    new CfnOutput(this, "ApiEndpoint", { value: this.api.http.apiEndpoint, description: "Where the API answers" });
    new CfnOutput(this, "AlertsTopicArn", {
      value: this.alerts.topic.topicArn,
      description: "Where alerts are published",
    });
    new CfnOutput(this, "InventoryTableName", {
      value: this.storage.inventory.tableName,
      description: "The table of levels and reservations, as reconcile takes it",
    });
    new CfnOutput(this, "MovementsTableName", {
      value: this.storage.movements.tableName,
      description: "The table of the audit trail, as reconcile takes it",
    });

    if (!protect) {
      // A stack for development leaves nothing behind; in production the logs of a deleted stack may still be wanted.
      RemovalPolicies.of(this).destroy({ applyToResourceTypes: [CfnLogGroup.CFN_RESOURCE_TYPE_NAME] });
    }
  }
}
