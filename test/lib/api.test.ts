import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callerHeaders } from "../../functions/contract/headers.ts";
import { type Route, routeKeyOf, routes } from "../../functions/contract/routes.ts";
import { audiences } from "../support/audiences.ts";
import { named, prod, root, Synthesised, shortOf } from "./synthesised.ts";

const contract = Object.values(routes) as readonly Route[];
const made = prod.of("AWS::ApiGatewayV2::Route").map(([, { Properties }]) => Properties);

const functionOf = {
  storefront: "ApiStorefrontFunction",
  "back-office": "ApiBackOfficeFunction",
  documents: "ApiDocumentsFunction",
} as const;

function targetOf(route: { readonly Target: unknown }): string {
  const integrations = prod.of("AWS::ApiGatewayV2::Integration");
  const [, integration] = integrations.find(([id]) => named(route.Target) === `integrations/${shortOf(id)}`) ?? [];
  return named(integration?.Properties.IntegrationUri);
}

describe("the routes", () => {
  it("are those of the contract, each once", () => {
    expect(made.map(({ RouteKey }) => RouteKey).sort()).toEqual(contract.map(routeKeyOf).sort());
  });

  const keyed = contract.map((route) => [routeKeyOf(route), route] as const);

  it("have the audiences that are written down for them, in the contract as in the stack", () => {
    expect(Object.fromEntries(keyed.map(([key, { scopes }]) => [key, scopes]))).toEqual(audiences);
    const inStack = made.map(({ RouteKey, AuthorizationScopes = [] }) => [RouteKey, AuthorizationScopes]);
    expect(Object.fromEntries(inStack)).toEqual(audiences);
  });

  it.each(keyed.filter(([, { scopes }]) => scopes.length > 0))("%s asks the authorizer", (key) => {
    const [found] = made.filter(({ RouteKey }) => RouteKey === key);
    expect(found.AuthorizationType).toBe("JWT");
    expect(shortOf(found.AuthorizerId.Ref)).toBe("ApiHttpTokens");
  });

  it("that are open show nothing of the stock", () => {
    const open = made.filter(({ AuthorizationType }) => AuthorizationType !== "JWT");
    expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual(["GET /v1/health", "GET /v1/openapi.json"]);
    for (const route of open) {
      expect(route.AuthorizationType).toBe("NONE");
      expect(route.AuthorizerId).toBeUndefined();
      expect(targetOf(route)).toBe("ApiDocumentsFunction");
    }
  });

  it.each(keyed)("%s is answered by the function of its audience", (key, { answeredBy }) => {
    const [found] = made.filter(({ RouteKey }) => RouteKey === key);
    expect(targetOf(found)).toBe(functionOf[answeredBy]);
  });
});

describe("the authorizer", () => {
  const jwtOf = (of: Synthesised) => of.one("AWS::ApiGatewayV2::Authorizer", "Service")[1].Properties.JwtConfiguration;

  it("takes the tokens of the stack's own pool, which it gives to machines only", () => {
    const { Audience, Issuer } = jwtOf(prod);
    expect(Audience.map(named)).toEqual(["IdentityPoolClient"]);
    expect(named(Issuer)).toMatch(/^https:\/\/cognito-idp\..*\/IdentityPool$/);
    expect(prod.one("AWS::Cognito::UserPoolClient", "Service")[1].Properties).toMatchObject({
      AllowedOAuthFlows: ["client_credentials"],
      GenerateSecret: true,
    });
    expect(prod.one("AWS::Cognito::UserPool", "Service")[1].Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
  });

  it("takes those of another issuer when one is named, and then there is no pool", () => {
    const other = new Synthesised({ tokenIssuer: "https://id.example.com/", tokenAudience: "shop" });
    expect(jwtOf(other)).toEqual({ Audience: ["shop"], Issuer: "https://id.example.com/" });
    expect(other.all().filter(([, { Type }]) => Type.startsWith("AWS::Cognito"))).toEqual([]);
  });
});

describe("the stage", () => {
  const settings = { storefrontRequestsPerSecond: 900, backOfficeRequestsPerSecond: 80, documentsRequestsPerSecond: 7 };
  const stageOf = (of: Synthesised) => of.one("AWS::ApiGatewayV2::Stage", "Service")[1].Properties;

  it.each([
    ["by default", prod, { storefront: 5_000, "back-office": 500, documents: 50 }],
    ["as it is set", new Synthesised(settings), { storefront: 900, "back-office": 80, documents: 7 }],
  ] as const)(
    "throttles each route as its audience needs, and what is no route as the documents: %s",
    (_when, of, most) => {
      const { RouteSettings, DefaultRouteSettings } = stageOf(of);
      const throttle = (requests: number) => ({ ThrottlingRateLimit: requests, ThrottlingBurstLimit: requests });
      expect(RouteSettings).toEqual(
        Object.fromEntries(
          contract.map((route) => [
            routeKeyOf(route),
            { ...throttle(most[route.answeredBy]), DetailedMetricsEnabled: true },
          ]),
        ),
      );
      expect(DefaultRouteSettings).toMatchObject(throttle(most.documents));
    },
  );

  it("logs what was asked and answered, and neither who asked nor for what: each field is one of these", () => {
    expect(JSON.parse(stageOf(prod).AccessLogSettings.Format)).toEqual({
      requestId: "$context.requestId",
      requestTime: "$context.requestTime",
      routeKey: "$context.routeKey",
      status: "$context.status",
      latencyMs: "$context.responseLatency",
      integrationMs: "$context.integrationLatency",
      integrationRequestId: "$context.integration.requestId",
      // What the gateway itself says, such as "Unauthorized"; what an authorizer or a function says is another field.
      error: "$context.error.message",
    });
  });
});

/** What is looked at here of `docs/openapi.json`. */
interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters?: readonly { readonly in: string; readonly name: string }[];
            readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>;
          }
        >
      >
    >
  >;
}

describe("pages of other origins", () => {
  const corsOf = (of: Synthesised) => of.one("AWS::ApiGatewayV2::Api", "Service")[1].Properties.CorsConfiguration;

  it("may call nothing, unless their origin is named", () => {
    expect(corsOf(prod)).toBeUndefined();
  });

  it("may then use what the API's description has, and send no cookies", () => {
    const { paths } = JSON.parse(readFileSync(join(root, "docs", "openapi.json"), "utf8")) as Description;
    const operations = Object.values(paths).flatMap((path) => Object.entries(path));
    const sent = operations.flatMap(([, { parameters = [] }]) =>
      parameters.flatMap((parameter) => (parameter.in === "header" ? [parameter.name.toLowerCase()] : [])),
    );
    const received = operations.flatMap(([, { responses }]) =>
      Object.values(responses).flatMap(({ headers = {} }) => Object.keys(headers).map((name) => name.toLowerCase())),
    );
    const cors = corsOf(new Synthesised({ corsOrigins: "https://shop.example.com" }));
    expect(cors).toEqual({
      AllowOrigins: ["https://shop.example.com"],
      AllowMethods: expect.arrayContaining(operations.map(([method]) => method.toUpperCase())),
      AllowHeaders: [...callerHeaders.sent],
      ExposeHeaders: [...callerHeaders.received],
      MaxAge: 3_600,
    });
    expect(cors.AllowMethods).toHaveLength(new Set(operations.map(([method]) => method)).size);
    expect(new Set(callerHeaders.sent)).toEqual(new Set(["authorization", "content-type", ...sent]));
    expect(new Set(callerHeaders.received)).toEqual(new Set(received));
  });
});
