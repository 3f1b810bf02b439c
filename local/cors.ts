/** Calls from pages of other origins, as an API Gateway v2 API with a CORS configuration answers them. */
import type { HttpAnswer, HttpRequest } from "./http-server.ts";

/** As the template has it. */
export interface CorsConfiguration {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
}

type Answer = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Answers preflight requests itself, and tells a page of an allowed origin that it may read the answer. What the
 * function says of CORS is not passed on.
 */
export function withCors(cors: CorsConfiguration | undefined, answer: Answer): Answer {
  if (cors === undefined) {
    return answer;
  }
  const isAllowed = (origin: string | undefined): origin is string =>
    origin !== undefined && (cors.AllowOrigins ?? []).some((allowed) => allowed === "*" || allowed === origin);
  return async (request) => {
    const { origin, "access-control-request-method": wished } = request.headers;
    if (request.method === "OPTIONS" && origin !== undefined && wished !== undefined) {
      return { status: 204, headers: isAllowed(origin) ? preflightHeaders(cors, origin) : {}, body: "" };
    }
    const { status, headers, body } = await answer(request);
    const others = Object.entries(headers).filter(([name]) => !name.startsWith("access-control-"));
    return {
      status,
      headers: { ...Object.fromEntries(others), ...(isAllowed(origin) ? readingHeaders(cors, origin) : {}) },
      body,
    };
  };
}

function listed(name: string, values: readonly string[] = []): Record<string, string> {
  return values.length === 0 ? {} : { [name]: values.join(",") };
}

function preflightHeaders(cors: CorsConfiguration, origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    ...listed("access-control-allow-methods", cors.AllowMethods),
    ...listed("access-control-allow-headers", cors.AllowHeaders),
    ...(cors.MaxAge === undefined ? {} : { "access-control-max-age": String(cors.MaxAge) }),
  };
}

function readingHeaders(cors: CorsConfiguration, origin: string): Record<string, string> {
  return { "access-control-allow-origin": origin, ...listed("access-control-expose-headers", cors.ExposeHeaders) };
}
