/** The HTTP API of a template: its routes, authorizers and integrations, as API Gateway v2 answers them. */
import { setTimeout as sleep } from "node:timers/promises";
import { type CorsConfiguration, withCors } from "./cors.ts";
import type { LocalFunction } from "./functions.ts";
import { type Authorized, answerOf, eventOf, type MatchedRoute } from "./http-event.ts";
import { type HttpAnswer, type HttpRequest, message } from "./http-server.ts";
import {
  propertiesOf,
  type Resolver,
  type Resource,
  resourcesOf,
  type Template,
  UnsupportedTemplateError,
} from "./template.ts";
import { type TokenSettings, Tokens } from "./tokens.ts";

interface Route {
  readonly routeKey: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly isProtected: boolean;
  readonly scopes: readonly string[];
  readonly target: LocalFunction;
  readonly answerWithinMs: number;
}

/** The path of the token endpoint, as that of a Cognito domain. */
export const tokenPath = "/oauth2/token";

export interface HttpApi {
  readonly tokens: Tokens;
  answer(request: HttpRequest): Promise<HttpAnswer>;
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

/** Before its rivals comes the route whose first different segment is fixed. */
function bySpecificity(a: Route, b: Route): number {
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index];
    const difference = Number(isParameter(segment)) - Number(other !== undefined && isParameter(other));
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

function match(routes: readonly Route[], method: string, path: string): [Route, MatchedRoute] | null {
  const segments = path.slice(1).split("/");
  for (const route of routes) {
    const isMatch =
      route.method === method &&
      route.segments.length === segments.length &&
      route.segments.every((segment, index) =>
        isParameter(segment) ? segments[index] !== "" : segment === segments[index],
      );
    if (isMatch) {
      const pathParameters = Object.fromEntries(
        route.segments.flatMap((segment, index) =>
          isParameter(segment) ? [[segment.slice(1, -1), segments[index] ?? ""]] : [],
        ),
      );
      return [route, { routeKey: route.routeKey, pathParameters }];
    }
  }
  return null;
}

function onlyOf(template: Template, type: string): [string, Resource] | null {
  const [first, second] = resourcesOf(template, type);
  if (second !== undefined) {
    throw new UnsupportedTemplateError(`Only one resource of the type ${type} can be hosted; ${second[0]} is another.`);
  }
  return first ?? null;
}

function integrationsOf(
  template: Template,
  resolver: Resolver,
  functionsByArn: ReadonlyMap<string, LocalFunction>,
): Map<string, Pick<Route, "target" | "answerWithinMs">> {
  return new Map(
    resourcesOf(template, "AWS::ApiGatewayV2::Integration").map(([logicalId, resource]) => {
      const properties = propertiesOf(logicalId, resource, {
        hosted: ["ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis"],
      });
      const target = functionsByArn.get(resolver.text(properties["IntegrationUri"]));
      if (properties["IntegrationType"] !== "AWS_PROXY" || properties["PayloadFormatVersion"] !== "2.0" || !target) {
        throw new UnsupportedTemplateError(`${logicalId}: only functions with payload format 2.0 are integrated here.`);
      }
      return [`integrations/${logicalId}`, { target, answerWithinMs: Number(properties["TimeoutInMillis"] ?? 30_000) }];
    }),
  );
}

function routesOf(
  template: Template,
  resolver: Resolver,
  functionsByArn: ReadonlyMap<string, LocalFunction>,
): readonly Route[] {
  const integrations = integrationsOf(template, resolver, functionsByArn);
  const routes = resourcesOf(template, "AWS::ApiGatewayV2::Route").map(([logicalId, resource]): Route => {
    const properties = propertiesOf(logicalId, resource, {
      hosted: ["ApiId", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "RouteKey", "Target"],
    });
    const routeKey = resolver.text(properties["RouteKey"]);
    const [method = "", path = ""] = routeKey.split(" ");
    const integration = integrations.get(resolver.text(properties["Target"]));
    const authorization = properties["AuthorizationType"] ?? "NONE";
    if (!/^[A-Z]+ \/[^+]*$/.test(routeKey) || method === "ANY" || integration === undefined) {
      throw new UnsupportedTemplateError(`${logicalId}: the route ${routeKey} or its target is not supported here.`);
    }
    if (authorization !== "NONE" && authorization !== "JWT") {
      throw new UnsupportedTemplateError(`${logicalId}: the authorization ${authorization} is not supported here.`);
    }
    return {
      routeKey,
      method,
      segments: path.slice(1).split("/"),
      isProtected: authorization === "JWT",
      scopes: (resolver.resolve(properties["AuthorizationScopes"]) ?? []) as string[],
      ...integration,
    };
  });
  return routes.toSorted(bySpecificity);
}

/** Who gives tokens and for whom, from the authorizer; which scopes there are, from the resource server or the routes. */
function tokenSettings(template: Template, resolver: Resolver, routes: readonly Route[]): TokenSettings {
  const authorizer = onlyOf(template, "AWS::ApiGatewayV2::Authorizer");
  const servers = resourcesOf(template, "AWS::Cognito::UserPoolResourceServer");
  const scopes = servers.flatMap(([, { Properties }]) =>
    ((Properties?.["Scopes"] ?? []) as { ScopeName: string }[]).map(
      ({ ScopeName }) => `${resolver.text(Properties?.["Identifier"])}/${ScopeName}`,
    ),
  );
  const known = scopes.length > 0 ? scopes : [...new Set(routes.flatMap((route) => route.scopes))];
  if (authorizer === null) {
    return { issuer: "http://127.0.0.1", audience: ["local"], scopes: known };
  }
  const [logicalId, resource] = authorizer;
  const properties = propertiesOf(logicalId, resource, {
    hosted: ["ApiId", "AuthorizerType", "IdentitySource", "JwtConfiguration"],
    ignored: ["Name"],
  });
  const source = resolver.resolve(properties["IdentitySource"]);
  if (properties["AuthorizerType"] !== "JWT" || String(source) !== "$request.header.Authorization") {
    throw new UnsupportedTemplateError(`${logicalId}: only JWT authorizers of the Authorization header are hosted.`);
  }
  const { Issuer, Audience } = resolver.resolve(properties["JwtConfiguration"]) as {
    Issuer: string;
    Audience: string[];
  };
  return { issuer: Issuer, audience: Audience, scopes: known };
}

/** Gives the API's CORS configuration, if it has one. */
function checkApiAndStage(template: Template, resolver: Resolver): CorsConfiguration | undefined {
  let cors: CorsConfiguration | undefined;
  const api = onlyOf(template, "AWS::ApiGatewayV2::Api");
  if (api !== null) {
    const { ProtocolType, CorsConfiguration } = propertiesOf(...api, {
      hosted: ["CorsConfiguration", "ProtocolType"],
      ignored: ["Description", "Name", "Tags"],
    });
    if (ProtocolType !== "HTTP") {
      throw new UnsupportedTemplateError(`${api[0]}: only HTTP APIs are hosted.`);
    }
    cors = resolver.resolve(CorsConfiguration) as CorsConfiguration | undefined;
  }
  const stage = onlyOf(template, "AWS::ApiGatewayV2::Stage");
  if (stage !== null) {
    const properties = propertiesOf(...stage, {
      hosted: ["ApiId", "StageName"],
      // Nobody reads access logs here, and one person's requests are not throttled.
      ignored: ["AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "RouteSettings", "Tags"],
    });
    if (resolver.text(properties["StageName"]) !== "$default") {
      throw new UnsupportedTemplateError(`${stage[0]}: only the stage $default is hosted.`);
    }
  }
  return cors;
}

async function authorize(route: Route, tokens: Tokens, request: HttpRequest): Promise<Authorized | HttpAnswer | null> {
  if (!route.isProtected) {
    return null;
  }
  const token = (request.headers["authorization"] ?? "").replace(/^Bearer\s+/i, "");
  const verdict = await tokens.check(token);
  if ("refused" in verdict) {
    return message(401, "Unauthorized", { "www-authenticate": "Bearer" });
  }
  const held = String(verdict.claims["scope"] ?? verdict.claims["scp"] ?? "").split(" ");
  const scopes = route.scopes.filter((scope) => held.includes(scope));
  if (route.scopes.length > 0 && scopes.length === 0) {
    return message(403, "Forbidden", { "www-authenticate": 'Bearer error="insufficient_scope"' });
  }
  return { claims: verdict.claims, scopes };
}

async function integrate(route: Route, event: Record<string, unknown>): Promise<HttpAnswer> {
  const giveUp = new AbortController();
  const late = sleep(route.answerWithinMs, message(503, "Service Unavailable"), { signal: giveUp.signal });
  // A function that failed, and one whose answer is none, look alike to the caller.
  const answered = route.target
    .invoke(event)
    .then(answerOf)
    .catch(() => message(500, "Internal Server Error"));
  late.catch(() => undefined);
  const answer = await Promise.race([answered, late]);
  giveUp.abort();
  return answer;
}

/** Reads the template's API. Throws when a part of it is not supported. */
export async function createHttpApi(
  template: Template,
  resolver: Resolver,
  functionsByArn: ReadonlyMap<string, LocalFunction>,
): Promise<HttpApi> {
  const cors = checkApiAndStage(template, resolver);
  const routes = routesOf(template, resolver, functionsByArn);
  const tokens = await Tokens.create(tokenSettings(template, resolver, routes));

  const answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.path === tokenPath && request.method === "POST") {
      const form = new URLSearchParams(request.body.toString("utf8"));
      const { status, body } = await tokens.answer(form, request.headers["authorization"]);
      const headers = { "content-type": "application/json", "cache-control": "no-store" };
      return { status, headers, body: JSON.stringify(body) };
    }
    let path: string;
    try {
      path = decodeURIComponent(request.path);
    } catch {
      return message(400, "Bad Request");
    }
    const matched = match(routes, request.method, path);
    if (matched === null) {
      return message(404, "Not Found");
    }
    const [route, found] = matched;
    const authorized = await authorize(route, tokens, request);
    if (authorized !== null && "status" in authorized) {
      return authorized;
    }
    return await integrate(route, eventOf(request, path, found, authorized));
  };
  return { tokens, answer: withCors(cors, answer) };
}
