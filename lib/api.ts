import { Duration, Validations } from "aws-cdk-lib";
import {
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  type HttpStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { environment } from "../functions/contract/environment.ts";
import { callerHeaders } from "../functions/contract/headers.ts";
import { type ApiFunction, type Route, routes } from "../functions/contract/routes.ts";
import { movementsTable, viewsTable } from "../functions/contract/tables.ts";
import { ApiStage, stageName } from "./api-stage.ts";
import type { CapabilityProps } from "./consumers.ts";
import type { Identity } from "./identity.ts";
import { ServiceFunction } from "./service-function.ts";

export interface ApiProps extends CapabilityProps {
  readonly identity: Identity;
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
  readonly stage: HttpStage;
  readonly functions: Readonly<Record<"storefront" | "backOffice" | "documents", LambdaFunction>>;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.http = new HttpApi(this, "Http", {
      createDefaultStage: false,
      description: "Inventory service",
      corsPreflight: corsFor(props.settings.corsOrigins),
    });
    const [storefront, backOffice, documents] = [this.storefront(props), this.backOffice(props), this.documents(props)];
    this.functions = { storefront: storefront.lambda, backOffice: backOffice.lambda, documents: documents.lambda };
    const added = this.addRoutes(
      {
        storefront: storefront.kept(props.settings.provisionedConcurrency),
        "back-office": backOffice.lambda,
        documents: documents.lambda,
      },
      props.identity,
    );
    this.stage = new ApiStage(this, "Stage", { api: this.http, routes: added, settings: props.settings }).stage;
    this.alarms(props);
  }

  private addRoutes(
    answeredBy: Readonly<Record<ApiFunction, IFunction>>,
    { authorizer }: Identity,
  ): readonly HttpRoute[] {
    const integrations = Object.fromEntries(
      Object.entries(answeredBy).map(([name, lambda]) => [
        name,
        new HttpLambdaIntegration(name, lambda, { scopePermissionToRoute: false }),
      ]),
    ) as Record<ApiFunction, HttpLambdaIntegration>;
    return (Object.values(routes) as readonly Route[]).flatMap((route) => {
      const isOpen = route.scopes.length === 0;
      const added = this.http.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: integrations[route.answeredBy],
        authorizer: isOpen ? new HttpNoneAuthorizer() : authorizer,
        ...(isOpen ? {} : { authorizationScopes: [...route.scopes] }),
      });
      for (const each of isOpen ? added : []) {
        Validations.of(each).acknowledge({
          id: "AwsSolutions-APIG4",
          reason: "Health and the API's own description are for everybody: they show nothing of the stock.",
        });
      }
      return added;
    });
  }

  private answering(id: string, entry: `api/${string}.handler.ts`, memoryMb: number, props: ApiProps): ServiceFunction {
    const { alarms, metrics, settings } = props;
    const timeout = Duration.seconds(10);
    return new ServiceFunction(this, id, { entry, memoryMb, timeout, alarms, metrics, settings });
  }

  private storefront(props: ApiProps): ServiceFunction {
    const { storage, settings } = props;
    const storefront = this.answering("Storefront", "api/storefront.handler.ts", 1_769, props);
    // A cart that changes gives up places in backorder queues.
    storefront.useTable(environment.inventoryTable, storage.inventory, [...writeInventory, "dynamodb:DeleteItem"]);
    storefront.useTable(environment.viewsTable, storage.views, ["dynamodb:BatchGetItem", "dynamodb:Query"]);
    storefront.keepTimes();
    storefront.lambda.addEnvironment(environment.defaultAllocation, settings.allocation);
    storefront.lambda.addEnvironment(environment.mostOpenHolds, String(settings.mostOpenHolds ?? 0));
    return storefront;
  }

  private backOffice(props: ApiProps): ServiceFunction {
    const { storage } = props;
    const backOffice = this.answering("BackOffice", "api/back-office.handler.ts", 1_024, props);
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
    backOffice.keepTimes();
    return backOffice;
  }

  private documents(props: ApiProps): ServiceFunction {
    return this.answering("Documents", "api/documents.handler.ts", 256, props);
  }

  /** What the gateway measures of all routes, or of one. */
  metric(metricName: "Count" | "4xx" | "5xx" | "Latency", statistic: string, route?: Route): Metric {
    return new Metric({
      namespace: "AWS/ApiGateway",
      metricName,
      dimensionsMap: {
        ApiId: this.http.apiId,
        ...(route === undefined ? {} : { Stage: stageName, Method: route.method, Resource: route.path }),
      },
      period: Duration.minutes(1),
      statistic,
    });
  }

  private alarms({ alarms, metrics }: ApiProps): void {
    alarms.add(this, "ServerErrors", {
      metric: this.metric("5xx", "Sum"),
      threshold: 5,
      periods: 3,
      means: "Callers get errors that are not theirs.",
      section: "api-errors",
    });
    alarms.add(this, "Contention", {
      metric: metrics.metric("reservations", "Sum", "contention"),
      threshold: 5,
      periods: 5,
      means: "Buyers are told to try again: conflicts or throttling last longer than a request may.",
      section: "contention",
    });
    alarms.add(this, "SlowReservations", {
      metric: this.metric("Latency", "p99", routes.createReservation),
      threshold: Duration.seconds(2).toMilliseconds(),
      periods: 5,
      means: "One reservation in a hundred takes longer than two seconds.",
      section: "slow-reservations",
    });
  }
}

/** Pages send their token by header and no cookies, so no credentials are allowed. */
function corsFor(origins: readonly string[]): CorsPreflightOptions | undefined {
  return origins.length === 0
    ? undefined
    : {
        allowOrigins: [...origins],
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT, CorsHttpMethod.PATCH],
        allowHeaders: [...callerHeaders.sent],
        exposeHeaders: [...callerHeaders.received],
        maxAge: Duration.hours(1),
      };
}
