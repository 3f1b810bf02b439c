import { Names } from "aws-cdk-lib";
import type { HttpApi, HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import type { Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Grant } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { QueueName } from "../functions/contract/queues.ts";
import { Alarms } from "./alarms.ts";
import { Api } from "./api.ts";
import { ApiAccess } from "./api-access.ts";
import { Changes } from "./changes.ts";
import type { ClientPool } from "./client-pool.ts";
import { Alerts, Audit, Backorders, Expiry, ItemSettings, Views } from "./consumers.ts";
import { ServiceDashboard } from "./dashboard.ts";
import { Identity } from "./identity.ts";
import { Reconcile } from "./reconcile.ts";
import { SavedQueries } from "./saved-queries.ts";
import type { FunctionName } from "./service-function.ts";
import { ServiceMetrics } from "./service-metrics.ts";
import { type ServiceSettings, settingsOf } from "./settings.ts";
import { Storage } from "./storage.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface InventoryServiceProps extends ServiceSettings {
  /**
   * Where alarms are sent when they ring, and when they end.
   * @default - they are only shown
   */
  readonly alarmTopic?: ITopic;
  /**
   * Where alerts of the stock are published. A topic that is encrypted by a key of one's own must let
   * `functions.sendAlerts` use that key.
   * @default - an encrypted topic is made
   */
  readonly alertTopic?: ITopic;
}

/**
 * The whole inventory service, to be put into any stack: its tables, its HTTP API with who may call it, its functions
 * with their queues, their alarms, a dashboard and saved queries. What cannot be set by its properties can be reached by
 * its constructs.
 */
export class InventoryService extends Construct {
  readonly api: HttpApi;
  /** Its one stage, as a domain name of one's own is mapped to it. */
  readonly apiStage: HttpStage;
  /** The pool that gives tokens; null where `tokens` names another issuer. */
  readonly userPool: ClientPool | null;
  readonly tables: Readonly<Record<"inventory" | "movements" | "views", ITable>>;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly queues: Readonly<Record<QueueName, WorkQueue>>;
  readonly alertTopic: ITopic;
  readonly dashboard: Dashboard;
  private readonly access: ApiAccess;

  constructor(scope: Construct, id: string, props: InventoryServiceProps = {}) {
    super(scope, id);
    const settings = settingsOf(props);
    const alarms = new Alarms(this, "Alarms", { topic: props.alarmTopic });
    const metrics = new ServiceMetrics(Names.uniqueResourceName(this, { separator: "-", maxLength: 64 }));
    const storage = new Storage(this, "Storage", settings);
    storage.watch(alarms);
    const identity = new Identity(this, "Identity", settings);
    const capability = { storage, alarms, metrics, settings };

    const audit = new Audit(this, "Audit", capability);
    const alerts = new Alerts(this, "Alerts", { ...capability, topic: props.alertTopic });
    const expiry = new Expiry(this, "Expiry", capability);
    const backorders = new Backorders(this, "Backorders", capability);
    const itemSettings = new ItemSettings(this, "Settings", capability);
    const views = new Views(this, "Views", capability);
    this.queues = {
      audit: audit.work,
      alerts: alerts.work,
      deadlines: expiry.deadlines,
      expired: expiry.expired,
      backorders: backorders.work,
      settings: itemSettings.work,
      views: views.work,
    };
    const changes = new Changes(this, "Changes", { ...capability, forwardTo: Object.values(this.queues) });
    const api = new Api(this, "Api", { ...capability, identity });
    const reconcile = new Reconcile(this, "Reconcile", capability);

    this.api = api.http;
    this.apiStage = api.stage;
    this.userPool = identity.pool;
    this.tables = { inventory: storage.inventory, movements: storage.movements, views: storage.views };
    this.functions = {
      ...api.functions,
      publishChanges: changes.reader,
      writeAudit: audit.work.consumer,
      sendAlerts: alerts.work.consumer,
      expireReservations: expiry.deadlines.consumer,
      releaseExpired: expiry.expired.consumer,
      allocateBackorders: backorders.work.consumer,
      applySettings: itemSettings.work.consumer,
      refreshViews: views.work.consumer,
      reconcileLevels: reconcile.walker,
    };
    const { functions, queues } = this;
    this.dashboard = new ServiceDashboard(this, "Dashboard", { storage, api, functions, queues, metrics });
    new SavedQueries(this, "Queries", { functions, folder: metrics.deployment });
    this.alertTopic = alerts.topic;
    this.access = new ApiAccess({ pool: identity.pool, apiUrl: api.http.apiEndpoint });
  }

  /**
   * Lets a function read availability, levels, items and locations: it gets a client of the pool, told by its
   * environment (`accessVariables`), and may read that client's secret. Throws where `tokens` names another issuer.
   */
  grantRead(fn: LambdaFunction): Grant {
    return this.access.grant(fn, "inventory/read");
  }

  /** Lets a function make and change reservations; otherwise as `grantRead`. */
  grantReserve(fn: LambdaFunction): Grant {
    return this.access.grant(fn, "inventory/reserve");
  }

  /** Lets a function keep the stock: items, locations, adjustments, fulfilment, the audit trail; otherwise as `grantRead`. */
  grantManage(fn: LambdaFunction): Grant {
    return this.access.grant(fn, "inventory/manage");
  }
}
