/** Events as API Gateway (payload format 2.0) hands them to a function. */
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { type OperationId, type Route, routeKeyOf, routes } from "../../functions/contract/routes.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import type { Log, LogFields } from "../../functions/log.ts";
import { logContext } from "../../functions/log-context.ts";

export interface RequestParts {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly rawBody?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
  readonly claims?: Record<string, string> | null;
  readonly routeKey?: string;
}

export function eventFor(operationId: OperationId, parts: RequestParts = {}): APIGatewayProxyEventV2 {
  const route: Route = routes[operationId];
  const body = parts.rawBody ?? (parts.body === undefined ? undefined : JSON.stringify(parts.body));
  const claims = parts.claims === undefined ? { sub: "shop", client_id: "client" } : parts.claims;
  return {
    version: "2.0",
    routeKey: parts.routeKey ?? routeKeyOf(route),
    rawPath: route.path,
    rawQueryString: "",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...parts.headers },
    ...(parts.path === undefined ? {} : { pathParameters: parts.path }),
    ...(parts.query === undefined ? {} : { queryStringParameters: parts.query }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: parts.isBase64Encoded ?? false,
    requestContext: {
      requestId: "request-1",
      ...(claims === null ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
  } as unknown as APIGatewayProxyEventV2;
}

/** The context of a function that has the given time left. */
export function contextWith(remainingMs = 10_000): Context {
  return { awsRequestId: "function-request-1", getRemainingTimeInMillis: () => remainingMs } as Context;
}

export const startMs = Date.parse("2027-01-31T12:00:00Z");

export const fixedRuntime: Runtime = {
  now: () => startMs,
  random: () => 0.5,
  sleep: async () => {},
  newId: () => "made-up-id",
};

/** Keeps the lines with the ids that the log of a function adds to them. */
export class RecordedLog implements Log {
  readonly entries: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];

  debug(message: string, fields: () => LogFields): void {
    this.record("debug", message, fields());
  }
  info(message: string, fields: LogFields): void {
    this.record("info", message, fields);
  }
  warn(message: string, fields: LogFields): void {
    this.record("warn", message, fields);
  }
  error(message: string, fields: LogFields): void {
    this.record("error", message, fields);
  }
  private record(level: string, message: string, fields: LogFields): void {
    this.entries.push({ level, message, fields: { ...logContext(), ...fields } });
  }
}
