import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { AllocationStrategy } from "../functions/contract/allocation.ts";
import { environment } from "../functions/contract/environment.ts";
import { type ApiFunction, type Route, routes } from "../functions/contract/routes.ts";
import { movementsTable, viewsTable } from "../functions/contract/tables.ts";
import type { CapabilityProps } from "./consumers.ts";
import type { Identity } from "./identity.ts";
import { ServiceFunction } from "./service-function.ts";

export interface ApiProps extends CapabilityProps {
  readonly identity: Identity;
  readonly expiryGraceSeconds: number;
  readonly allocation: AllocationStrategy;
  readonly mostOpenHolds: number | null;
}

/** What both audiences do with the inventory table. A transaction needs the actions of its parts and none of its own. */
const writeInventory = [
  "dynamodb:GetItem",
  "dynamodb:BatchGetItem",
  "dynamodb:Query",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
];

/** The HTTP API: the routes of the contract, each with its scopes, answered by one function per audience. */
export class Api extends Construct {
  readonly http: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.http = new HttpApi(this, "Http", { createDefaultStage: false, description: "Inventory service" });
    const functions = this.functions(props);
    const integrations = Object.fromEntries(
      Object.entries(functions).map(([name, { lambda }]) => [
        name,
        new HttpLambdaIntegration(name, lambda, { scopePermissionToRoute: false }),
      ]),
    ) as Record<ApiFunction, HttpLambdaIntegration>;

    for (const route of Object.values(routes) as readonly Route[]) {
      const isOpen = route.scopes.length === 0;
      const [added] = this.http.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: integrations[route.answeredBy],
        authorizer: isOpen ? new HttpNoneAuthorizer() : props.identity.authorizer,
        ...(isOpen ? {} : { authorizationScopes: [...route.scopes] }),
      });
      if (isOpen && added !== undefined) {
        Validations.of(added).acknowledge({
          id: "AwsSolutions-APIG4",
          reason: "Health and the API's own description are for everybody: they show nothing of the stock.",
        });
      }
    }

    this.stage();
    this.alarms(props);
  }

  private functions(props: ApiProps): Record<ApiFunction, ServiceFunction> {
    const { storage, alarms, expiryGraceSeconds, allocation, mostOpenHolds } = props;
    const answering = { timeout: Duration.seconds(10), alarms };
    const storefront = new ServiceFunction(this, "Storefront", {
      ...answering,
      entry: "api/storefront.handler.ts",
      memoryMb: 1_769,
    });
    // A cart that changes gives up places in backorder queues.
    storefront.useTable(environment.inventoryTable, storage.inventory, [...writeInventory, "dynamodb:DeleteItem"]);
    storefront.useTable(environment.viewsTable, storage.views, ["dynamodb:BatchGetItem", "dynamodb:Query"]);
    storefront.lambda.addEnvironment(environment.expiryGraceSeconds, String(expiryGraceSeconds));
    storefront.lambda.addEnvironment(environment.defaultAllocation, allocation);
    storefront.lambda.addEnvironment(environment.mostOpenHolds, String(mostOpenHolds ?? 0));

    const backOffice = new ServiceFunction(this, "BackOffice", {
      ...answering,
      entry: "api/back-office.handler.ts",
      memoryMb: 1_024,
    });
    // A kit is written with the proof that its components are none.
    backOffice.useTable(environment.inventoryTable, storage.inventory, [
      ...writeInventory,
      "dynamodb:ConditionCheckItem",
    ]);
    backOffice.useTable(
      environment.movementsTable,
      storage.movements,
      ["dynamodb:GetItem", "dynamodb:Query"],
      movementsTable.indexes.byReservation.indexName,
    );
    backOffice.useTable(
      environment.viewsTable,
      storage.views,
      ["dynamodb:Query"],
      viewsTable.indexes.alertsByStatus.indexName,
    );
    backOffice.lambda.addEnvironment(environment.expiryGraceSeconds, String(expiryGraceSeconds));

    const documents = new ServiceFunction(this, "Documents", {
      ...answering,
      entry: "api/documents.handler.ts",
      memoryMb: 256,
    });
    return { storefront, "back-office": backOffice, documents };
  }

  /** Access logs name the request, the route and the answer; no address, token or body. */
  private stage(): void {
    const logs = new LogGroup(this, "AccessLogs", {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.http,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: 5_000, burstLimit: 5_000 },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: "$context.requestId",
            requestTime: "$context.requestTime",
            routeKey: "$context.routeKey",
            status: "$context.status",
            latencyMs: "$context.responseLatency",
            integrationMs: "$context.integrationLatency",
            error: "$context.error.message",
          }),
        ),
      },
    });
  }

  private alarms({ alarms }: ApiProps): void {
    alarms.add(this, "ServerErrors", {
      metric: new Metric({
        namespace: "AWS/ApiGateway",
        metricName: "5xx",
        dimensionsMap: { ApiId: this.http.apiId },
        period: Duration.minutes(1),
        statistic: "Sum",
      }),
      threshold: 5,
      minutes: 3,
      means: "Callers get errors that are not theirs.",
      section: "api-errors",
    });
  }
}
