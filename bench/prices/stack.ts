/** What is paid for the stack that stands there, whatever it does; counted in its template. */
import { rmSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { InventoryService } from "../../lib/index.ts";
import { metricsOfRoute, polling, secondsOfMonth } from "./assumptions.ts";
import type { Memory } from "./steps.ts";
import type { Work } from "./work.ts";

export interface StandingStack {
  readonly memory: Memory;
  readonly alarms: number;
  readonly dashboards: number;
  readonly routes: number;
  readonly queues: number;
}

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
    const mappings = Object.values(template.findResources("AWS::Lambda::EventSourceMapping"));
    return {
      memory: {
        storefront: memoryOf("ApiStorefront"),
        backOffice: memoryOf("ApiBackOffice"),
        consumer: memoryOf("AuditWriteAudit"),
      },
      alarms: countOf("AWS::CloudWatch::Alarm"),
      dashboards: countOf("AWS::CloudWatch::Dashboard"),
      routes: countOf("AWS::ApiGatewayV2::Route"),
      // The stream's mapping starts somewhere, which a queue's does not; Lambda does not charge for reading a stream.
      queues: mappings.filter(({ Properties }) => Properties.StartingPosition === undefined).length,
    };
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

/** Of one month. */
export function standingWork({ alarms, dashboards, routes, queues }: StandingStack): Readonly<Record<string, Work>> {
  return {
    [`${alarms} alarms`]: { alarms },
    ...(dashboards === 0 ? {} : { [`${dashboards} dashboard`]: { dashboards } }),
    [`detailed metrics of ${routes} routes, all of them called in every hour`]: { metrics: routes * metricsOfRoute },
    [`pollers of ${queues} queues`]: {
      queueRequests: (queues * polling.pollers * secondsOfMonth) / polling.seconds,
    },
    "the client of whoever runs the service": { clients: 1 },
  };
}
