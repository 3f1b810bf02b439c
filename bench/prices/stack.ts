/** What is paid for the stack that stands there, whatever it does; counted in its template. */
import { rmSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { type MetricDescription, metrics } from "../../functions/contract/metrics.ts";
import { InventoryService } from "../../lib/index.ts";
import { longestRun, metricsOfRoute, polling, secondsOfMonth } from "./assumptions.ts";
import type { Memory } from "./steps.ts";
import { times, type Work } from "./work.ts";

export interface StandingStack {
  readonly memory: Memory;
  readonly alarms: number;
  /** What is billed of alarms: each metric of each of them. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly routes: number;
  readonly queues: number;
  /** Runs of what goes by the clock, each hour. */
  readonly hourly: number;
}

/** CloudWatch bills each name with each value of its dimension. */
const metricsOfService = (Object.values(metrics) as readonly MetricDescription[]).reduce(
  (sum, { by }) => sum + (by?.values.length ?? 1),
  0,
);

/** The service with nothing set. */
export function standingStack(): StandingStack {
  const app = new App({ analyticsReporting: false, context: { "aws:cdk:bundling-stacks": [] } });
  try {
    const stack = new Stack(app, "Stack");
    new InventoryService(stack, "Inventory");
    const template = Template.fromStack(stack);
    const countOf = (type: string): number => Object.keys(template.findResources(type)).length;
    const memoryOf = (place: string): number => {
      const [found] = Object.entries(template.findResources("AWS::Lambda::Function")).filter(([id]) =>
        id.startsWith(`Inventory${place}Function`),
      );
      return Number(found?.[1]["Properties"].MemorySize);
    };
    const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm"));
    const rules = Object.values(template.findResources("AWS::Events::Rule"));
    const mappings = Object.values(template.findResources("AWS::Lambda::EventSourceMapping"));
    return {
      memory: {
        storefront: memoryOf("ApiStorefront"),
        backOffice: memoryOf("ApiBackOffice"),
        consumer: memoryOf("AuditWriteAudit"),
      },
      alarms: alarms.length,
      alarmMetrics: alarms.reduce((sum, { Properties }) => sum + metricsOf(Properties.Metrics), 0),
      dashboards: countOf("AWS::CloudWatch::Dashboard"),
      routes: countOf("AWS::ApiGatewayV2::Route"),
      hourly: rules.filter(({ Properties }) => Properties.ScheduleExpression === "rate(1 hour)").length,
      // The stream's mapping starts somewhere, which a queue's does not; Lambda does not charge for reading a stream.
      queues: mappings.filter(({ Properties }) => Properties.StartingPosition === undefined).length,
    };
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

/** An alarm has one metric, or an expression over several. */
function metricsOf(parts: readonly { readonly MetricStat?: unknown }[] | undefined): number {
  return parts === undefined ? 1 : parts.filter(({ MetricStat }) => MetricStat !== undefined).length;
}

/** Of one month. */
export function standingWork({
  memory,
  alarms,
  alarmMetrics,
  dashboards,
  routes,
  queues,
  hourly,
}: StandingStack): Readonly<Record<string, Work>> {
  return {
    [`${alarms} alarms, of ${alarmMetrics} metrics`]: { alarmMetrics },
    ...(dashboards === 0 ? {} : { [`${dashboards} dashboard`]: { dashboards } }),
    [`detailed metrics of ${routes} routes, all of them called in every hour`]: { metrics: routes * metricsOfRoute },
    [`${metricsOfService} metrics of the service's own, all of them counted in every hour`]: {
      metrics: metricsOfService,
    },
    "reconcile by the clock, each run as long and as large as it may be": times((hourly * secondsOfMonth) / 3_600, {
      invocations: 1,
      gbSeconds: (memory.storefront / 1_024) * longestRun.seconds,
      readUnits: longestRun.readUnits,
    }),
    [`pollers of ${queues} queues`]: {
      queueRequests: (queues * polling.pollers * secondsOfMonth) / polling.seconds,
    },
    "the client of whoever runs the service": { clients: 1 },
  };
}
