import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  type CfnStage,
  type HttpApi,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Route, routeKeyOf, routes } from "../functions/contract/routes.ts";
import type { Settings } from "./settings.ts";

export interface ApiStageProps {
  readonly api: HttpApi;
  /** All of them, since a throttle is set for a route that is there. */
  readonly routes: readonly HttpRoute[];
  readonly settings: Settings;
}

/** What the gateway writes of each request: the request, the route and the answer; no address, token, path or body. */
const accessLog = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  routeKey: "$context.routeKey",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  integrationMs: "$context.integrationLatency",
  integrationRequestId: "$context.integration.requestId",
  error: "$context.error.message",
} as const;

/** Its path is not part of the addresses. */
export const stageName = "$default";

/** The one stage of the API, with a throttle for each route and an access log. */
export class ApiStage extends Construct {
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, { api, routes: added, settings }: ApiStageProps) {
    super(scope, id);
    const logs = new LogGroup(this, "AccessLogs", {
      retention: settings.logRetention,
      removalPolicy: settings.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, "Default", {
      httpApi: api,
      stageName,
      autoDeploy: true,
      // What no route of the contract stands for has no other limit.
      throttle: throttleOf(settings.requestsPerSecond.documents),
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
    });
    // The stage refuses a setting for a route that is not there yet.
    this.stage.node.addDependency(...added);
    // CDK has no construct for these. A route that has settings takes none of the stage's own.
    (this.stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
      (Object.values(routes) as readonly Route[]).map((route) => {
        const { rateLimit, burstLimit } = throttleOf(settings.requestsPerSecond[route.answeredBy]);
        return [
          routeKeyOf(route),
          { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit, DetailedMetricsEnabled: true },
        ];
      }),
    );
  }
}

/** As many at once as in a second: a second's requests may come in its first moment. */
function throttleOf(requestsPerSecond: number): { readonly rateLimit: number; readonly burstLimit: number } {
  return { rateLimit: requestsPerSecond, burstLimit: requestsPerSecond };
}
