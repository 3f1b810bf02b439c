import { describe, expect, it } from "vitest";
import { type Route, routeKeyOf, routes } from "../../functions/contract/routes.ts";
import { named, prod, Synthesised, shortOf } from "./synthesised.ts";

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

  it.each(keyed.filter(([, { scopes }]) => scopes.length > 0))("%s lets in its scopes only", (key, route) => {
    const [found] = made.filter(({ RouteKey }) => RouteKey === key);
    expect(found).toMatchObject({ AuthorizationType: "JWT", AuthorizationScopes: route.scopes });
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
  const [, { Properties: stage }] = prod.one("AWS::ApiGatewayV2::Stage", "Service");

  it("throttles, so that no caller can make an unlimited bill", () => {
    const { ThrottlingBurstLimit, ThrottlingRateLimit } = stage.DefaultRouteSettings;
    expect(ThrottlingRateLimit).toBeGreaterThan(0);
    expect(ThrottlingBurstLimit).toBeGreaterThan(0);
  });

  it("logs what was asked and answered, and neither who asked nor with what", () => {
    const fields = Object.values(JSON.parse(stage.AccessLogSettings.Format));
    expect(fields).toEqual(expect.arrayContaining(["$context.requestId", "$context.routeKey", "$context.status"]));
    expect(fields.filter((field) => /identity|authorizer|path|body/i.test(String(field)))).toEqual([]);
  });
});
