import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  type IFunction,
  type Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type EnvironmentVariable, environment } from "../functions/contract/environment.ts";
import { reservationTimes } from "../functions/contract/settings.ts";
import type { Alarms } from "./alarms.ts";
import { codeOf, type FunctionEntry } from "./function-code.ts";
import type { ServiceMetrics } from "./service-metrics.ts";
import type { Settings } from "./settings.ts";

/** Every function of the service, as its construct calls it. */
export type FunctionName =
  | "storefront"
  | "backOffice"
  | "documents"
  | "publishChanges"
  | "writeAudit"
  | "sendAlerts"
  | "expireReservations"
  | "releaseExpired"
  | "allocateBackorders"
  | "applySettings"
  | "refreshViews"
  | "reconcileLevels";

export interface ServiceFunctionProps {
  readonly entry: FunctionEntry;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly alarms: Alarms;
  readonly metrics: ServiceMetrics;
  readonly settings: Settings;
  /** Of a function that is called by the clock and by nobody else. */
  readonly runsEvery?: Duration;
}

/** A function of the service with a role of its own, to which nothing is granted but what is said here. */
export class ServiceFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly timeout: Duration;
  private readonly role: Role;
  private readonly settings: Settings;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.settings = props.settings;
    this.timeout = props.timeout;
    const { logRetention, protect } = props.settings;
    const logGroup = new LogGroup(this, "Logs", {
      retention: logRetention,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(this.role);
    this.lambda = new NodejsFunction(this, "Function", {
      ...codeOf(props.entry),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // What is changed by `npm run inventory -- log-level` shows as drift until it is put back.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      environment: { [environment.deployment]: props.metrics.deployment },
      tracing: Tracing.ACTIVE,
      awsSdkConnectionReuse: false,
    });
    const minutely = { period: Duration.minutes(1), statistic: "Sum" };
    const { runsEvery } = props;
    props.alarms.add(this, "Errors", {
      // One run that failed is made good by the next one.
      metric: this.lambda.metricErrors(runsEvery === undefined ? minutely : { ...minutely, period: runsEvery }),
      threshold: 1,
      periods: runsEvery === undefined ? 5 : 2,
      means: `${id} fails again and again.`,
      section: "function-errors",
    });
    props.alarms.add(this, "Throttles", {
      metric: this.lambda.metricThrottles(minutely),
      threshold: 1,
      periods: 5,
      means: `${id} is not given the concurrency that it needs.`,
      section: "function-throttles",
    });
    Validations.of(this.lambda).acknowledge({
      id: "Serverless-LambdaDLQ",
      reason:
        runsEvery === undefined
          ? "It is never invoked asynchronously: callers wait for its answer, or a mapping keeps what failed in a dead-letter queue or a bucket."
          : "Its events say nothing but that it is time: what a run that failed has left undone, the next one does.",
    });
    // Every function is traced, so every role has this one; the tests of the stack list each action allowed on "*".
    Validations.of(this.role).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "X-Ray takes trace segments on no resource of its own.",
    });
  }

  /** What callers call: the function itself, or an alias of its newest version where environments are kept started. */
  kept(environments: number | null): IFunction {
    return environments === null
      ? this.lambda
      : new Alias(this, "Live", {
          aliasName: "live",
          version: this.lambda.currentVersion,
          provisionedConcurrentExecutions: environments,
        });
  }

  /** Grants exactly these actions on a table, queries of an index where one is named, and tells the table's name. */
  useTable(variable: EnvironmentVariable, table: ITable, actions: readonly string[], queriedIndex?: string): void {
    this.allow(actions, [table.tableArn]);
    if (queriedIndex !== undefined) {
      this.allow(["dynamodb:Query"], [`${table.tableArn}/index/${queriedIndex}`]);
    }
    this.lambda.addEnvironment(variable, table.tableName);
  }

  /** Lets the function send to a queue, and tells it where. */
  sendTo(variable: EnvironmentVariable, queue: Queue): void {
    this.allow(["sqs:SendMessage"], [queue.queueArn]);
    this.lambda.addEnvironment(variable, queue.queueUrl);
  }

  /** Tells the function how long reservations are held and kept. */
  keepTimes(): void {
    for (const name of Object.keys(reservationTimes) as (keyof typeof reservationTimes)[]) {
      this.lambda.addEnvironment(environment[name], String(this.settings.times[name]));
    }
  }

  allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    );
  }
}
