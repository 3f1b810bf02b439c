/** API Gateway's payload format 2.0: requests to events, and what a function answers to HTTP answers. */
import { randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import type { HttpAnswer, HttpRequest } from "./http-server.ts";
import { accountId } from "./template.ts";

export interface MatchedRoute {
  readonly routeKey: string;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

export interface Authorized {
  readonly claims: JWTPayload;
  /** Those of the route's scopes that the token has. */
  readonly scopes: readonly string[];
}

/** Bodies of other types reach the function in base64. */
const textTypes = /^(text\/|application\/(json|javascript|xml)\b|application\/[^;]+\+(json|xml)\b)/i;

function isText(contentType: string | undefined): boolean {
  return contentType === undefined || textTypes.test(contentType);
}

/** As the gateway passes claims on: every one a text, lists in brackets. */
function claimTexts(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(" ")}]` : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

function queryOf(query: string): Record<string, string> | undefined {
  if (query === "") {
    return undefined;
  }
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(values);
}

/** The event of a request on the `$default` stage. Parts that do not apply are left out, as the gateway does. */
export function eventOf(
  request: HttpRequest,
  decodedPath: string,
  { routeKey, pathParameters }: MatchedRoute,
  authorized: Authorized | null,
): Record<string, unknown> {
  const { cookie, ...headers } = request.headers;
  const now = new Date();
  const isBase64Encoded = request.body.length > 0 && !isText(headers["content-type"]);
  const host = headers["host"] ?? "127.0.0.1";
  return {
    version: "2.0",
    routeKey,
    rawPath: decodedPath,
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers: { ...headers, "x-forwarded-for": request.sourceIp, "x-forwarded-proto": "http" },
    ...(request.query === "" ? {} : { queryStringParameters: queryOf(request.query) }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId,
      apiId: "local",
      ...(authorized === null
        ? {}
        : { authorizer: { jwt: { claims: claimTexts(authorized.claims), scopes: authorized.scopes } } }),
      domainName: host,
      domainPrefix: "local",
      http: {
        method: request.method,
        path: decodedPath,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(request.body.length === 0 ? {} : { body: request.body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

interface FunctionAnswer {
  readonly statusCode: number | string;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** An answer without `statusCode` is the body of a 200, as JSON. Throws when the status is not one. */
export function answerOf(result: unknown): HttpAnswer {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = typeof result === "string" ? result : JSON.stringify(result);
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = result as FunctionAnswer;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw new Error(`The function answered with the status ${JSON.stringify(statusCode)}.`);
  }
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status,
    headers: {
      "content-type": "text/plain;charset=UTF-8",
      ...Object.fromEntries(lowerCase.filter(([name]) => name !== "content-length" && name !== "connection")),
      ...(cookies.length === 0 ? {} : { "set-cookie": cookies }),
    },
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
  };
}
