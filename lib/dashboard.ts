import { Duration } from "aws-cdk-lib";
import { Dashboard, GraphWidget, type IMetric, type IWidget, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { expiryWays, functionNames, reservationOutcomes } from "../functions/contract/metrics.ts";
import { routes } from "../functions/contract/routes.ts";
import type { Api } from "./api.ts";
import type { ServiceMetrics } from "./service-metrics.ts";
import type { Storage } from "./storage.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface DashboardParts {
  readonly storage: Storage;
  readonly api: Api;
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly queues: Readonly<Record<string, WorkQueue>>;
  readonly metrics: ServiceMetrics;
}

const minute = Duration.minutes(1);
const wholeWidth = 24;

/** A row of graphs that share the width. */
function row(...graphs: readonly ((width: number) => IWidget)[]): IWidget[] {
  return graphs.map((graph) => graph(wholeWidth / graphs.length));
}

function graph(title: string, left: readonly IMetric[], options: { stacked?: boolean; unit?: string } = {}) {
  return (width: number): IWidget =>
    new GraphWidget({
      title,
      width,
      left: [...left],
      leftYAxis: { min: 0, ...(options.unit === undefined ? {} : { label: options.unit, showUnits: false }) },
      stacked: options.stacked ?? false,
    });
}

/** One page that tells whether buyers are served, whether what follows from the table keeps up, and what fails. */
export class ServiceDashboard extends Dashboard {
  constructor(scope: Construct, id: string, parts: DashboardParts) {
    super(scope, id, { defaultInterval: Duration.hours(3) });
    const { api, metrics } = parts;
    this.addWidgets(
      new TextWidget({
        width: wholeWidth,
        height: 2,
        markdown:
          `**Inventory service, ${metrics.deployment}.** From top to bottom: what buyers meet, what follows from their ` +
          "writes, what fails, the tables. Each alarm names its section of `docs/runbook.md`.",
      }),
    );
    this.addWidgets(
      ...row(
        graph("Requests", [
          api.metric("Count", "Sum").with({ label: "all" }),
          api.metric("4xx", "Sum").with({ label: "4xx" }),
          api.metric("5xx", "Sum").with({ label: "5xx" }),
        ]),
        graph("Latency at the gateway", latencies(api), { unit: "ms" }),
        graph(
          "Reservations by outcome",
          reservationOutcomes.map((label) => metrics.metric("reservations", "Sum", label).with({ label })),
          { stacked: true },
        ),
      ),
    );
    this.addWidgets(
      ...row(
        graph("Conflicts and retries", [
          metrics.metric("conflicts", "Sum").with({ label: "writes that met another one" }),
          metrics.metric("retries", "Sum").with({ label: "writes sent again" }),
          parts.storage.inventory
            .metric("TransactionConflict", { period: minute, statistic: "Sum" })
            .with({ label: "items in conflict, as DynamoDB counts" }),
        ]),
        graph(
          "From a hold's deadline to its end, the longest",
          expiryWays.map((label) => metrics.metric("expiryLag", "Maximum", label).with({ label })),
          { unit: "ms" },
        ),
        graph("Alerts sent", [metrics.metric("alertsSent", "Sum").with({ label: "alerts" })]),
      ),
    );
    this.addWidgets(...this.lag(parts));
    this.addWidgets(...this.failures(parts));
    this.addWidgets(...this.tables(parts.storage));
    this.addWidgets(
      ...row(
        graph("Reconcile", [
          metrics.metric("levelsChecked", "Sum").with({ label: "levels checked" }),
          metrics.metric("levelsUndecided", "Sum").with({ label: "without a verdict" }),
        ]),
        graph("Reconcile: differences", [metrics.metric("reconcileDifferences", "Sum").with({ label: "differences" })]),
      ),
    );
  }

  private lag({ functions, queues }: DashboardParts): IWidget[] {
    const { publishChanges } = functions;
    const streamAge = publishChanges?.metric("IteratorAge", { period: minute, statistic: "Maximum", label: "stream" });
    const ofQueues = (of: (work: WorkQueue) => Queue, measure: "age" | "visible") =>
      Object.entries(queues).map(([label, work]) => {
        const options = { period: minute, statistic: "Maximum", label };
        return measure === "age"
          ? of(work).metricApproximateAgeOfOldestMessage(options)
          : of(work).metricApproximateNumberOfMessagesVisible(options);
      });
    return row(
      graph("Age of the stream", streamAge === undefined ? [] : [streamAge], { unit: "ms" }),
      graph(
        "Age of the queues",
        ofQueues(({ queue }) => queue, "age"),
        { unit: "s" },
      ),
      graph(
        "Dead letters",
        ofQueues(({ deadLetters }) => deadLetters, "visible"),
        { stacked: true },
      ),
    );
  }

  private failures({ functions, metrics }: DashboardParts): IWidget[] {
    const ofFunctions = (name: "metricErrors" | "metricThrottles") =>
      Object.entries(functions).map(([label, lambda]) => lambda[name]({ period: minute, statistic: "Sum", label }));
    return row(
      graph("Function errors", ofFunctions("metricErrors"), { stacked: true }),
      graph("Function throttles", ofFunctions("metricThrottles"), { stacked: true }),
      graph(
        "Cold starts",
        functionNames.map((label) => metrics.metric("coldStarts", "Sum", label).with({ label })),
        { stacked: true },
      ),
    );
  }

  private tables(storage: Storage): IWidget[] {
    const tables: readonly ITable[] = [storage.inventory, storage.movements, storage.views];
    return row(
      graph(
        "Write units",
        tables.map((table) =>
          table.metricConsumedWriteCapacityUnits({ period: minute, statistic: "Sum", label: table.node.id }),
        ),
      ),
      graph(
        "Read units",
        tables.map((table) =>
          table.metricConsumedReadCapacityUnits({ period: minute, statistic: "Sum", label: table.node.id }),
        ),
      ),
      graph(
        "Throttled by DynamoDB",
        tables.map((table) => storage.throttles(table)),
      ),
    );
  }
}

function latencies(api: Api): readonly IMetric[] {
  return ["p50", "p99"].flatMap((statistic) => [
    api.metric("Latency", statistic).with({ label: `all, ${statistic}` }),
    api.metric("Latency", statistic, routes.createReservation).with({ label: `reserve, ${statistic}` }),
  ]);
}
