/** The stack that every API function runs in: read, dispatch by route, answer once, render, log. */
import middy from "@middy/core";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpSecurityHeaders from "@middy/http-security-headers";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { ApiFunction, OperationId } from "../contract/routes.ts";
import type { Runtime } from "../domain/runtime.ts";
import { errorFields } from "../log.ts";
import { withLogContext } from "../log-context.ts";
import type { Telemetry } from "../telemetry.ts";
import type { RouteHandler, RouteHandlers } from "./call.ts";
import { type AnswerStore, answerOnce } from "./idempotency.ts";
import { operationOf } from "./operation-of.ts";
import { parseCall, type ReadEvent } from "./parse-call.ts";
import { problemOf } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { RejectedRequestError } from "./rejected-request.ts";
import { answerResponse, problemResponse } from "./response.ts";

export interface ApiParts {
  /** Null for a function that changes nothing. */
  readonly answers: AnswerStore | null;
  readonly runtime: Runtime;
  readonly telemetry: Pick<Telemetry, "log" | "flush">;
  /** True for a failure of the storage that passes by itself: throttling, a lost connection. */
  isTransient(error: unknown): boolean;
}

export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

type Stack = ReturnType<typeof middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>>;
type FailedRequest = Parameters<NonNullable<Parameters<Stack["onError"]>[0]>>[0];

/** Before the function is stopped, this much is left to say that its time is over. */
const lastWordMs = 250;

class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/**
 * The Lambda handler of one API function. Whatever it meets it answers: a failure becomes a problem, and an
 * unexpected one is logged with its causes.
 */
export function apiHandler<F extends ApiFunction>(handlers: RouteHandlers<F>, parts: ApiParts): ApiHandler {
  const { runtime } = parts;
  const { log, flush } = parts.telemetry;
  const handlerOf = (operationId: OperationId) =>
    (handlers as Readonly<Partial<Record<OperationId, RouteHandler<OperationId>>>>)[operationId];

  const answer = async (event: ReadEvent, context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const operationId = operationOf(event.routeKey);
    const handler = operationId === null ? undefined : handlerOf(operationId);
    if (operationId === null || handler === undefined) {
      throw new RejectedRequestError({ kind: "no-such-route" });
    }
    const call = parseCall(operationId, event, context, runtime.now());
    const outcome = await answerOnce({ ...parts, log }, handler, call);
    return outcome.kind === "done"
      ? answerResponse(outcome.value, event.headers["if-none-match"])
      : problemResponse(problemOf(outcome));
  };

  // When something fails, what was added last is asked first: the renderer makes the answer, and the security
  // headers, added before it, are put on that answer too.
  const stack = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(answer, {
    timeoutEarlyInMillis: lastWordMs,
    timeoutEarlyResponse: () => {
      throw new OutOfTimeError("The function's time was over before the answer was ready.");
    },
  })
    .use(securityHeaders)
    .use(problemRenderer(parts))
    .use(httpHeaderNormalizer())
    .use(readBody);

  return async (event, context) => {
    const ids = {
      requestId: event.requestContext.requestId,
      functionRequestId: context.awsRequestId,
      reservationId: event.pathParameters?.["reservationId"],
    };
    return await withLogContext(ids, async () => {
      const startedMs = runtime.now();
      const response = await stack(event, context);
      log.info("request", {
        route: event.routeKey,
        status: response.statusCode,
        code: codeOf(response),
        durationMs: runtime.now() - startedMs,
        replayed: response.headers?.["idempotent-replayed"],
      });
      flush();
      return response;
    });
  };
}

function problemRenderer({ telemetry, isTransient }: ApiParts) {
  const { log } = telemetry;
  return {
    onError: (request: FailedRequest): void => {
      const { error, event } = request;
      if (error instanceof RejectedRequestError) {
        request.response = problemResponse(problemOf(error.failure));
        return;
      }
      const requestId = event.requestContext.requestId;
      const passes = error instanceof OutOfTimeError || isTransient(error);
      log.error(passes ? "The storage did not answer in time." : "The request failed unexpectedly.", {
        route: event.routeKey,
        failure: errorFields(error),
      });
      request.response = problemResponse(
        problemOf(passes ? { kind: "contention" } : { kind: "unexpected", requestId }),
      );
    },
  };
}

function codeOf({ statusCode = 200, body }: APIGatewayProxyStructuredResultV2): string | undefined {
  return statusCode < 400 || body === undefined ? undefined : (JSON.parse(body) as { code: string }).code;
}

/** What matters for answers in JSON; the other headers of the package are for pages. */
const securityHeaders = httpSecurityHeaders({
  contentTypeOptions: { action: "nosniff" },
  frameOptions: { action: "deny" },
  referrerPolicy: { policy: "no-referrer" },
  strictTransportSecurity: { maxAge: 180 * 86_400, includeSubDomains: false, preload: false },
  contentSecurityPolicy: false,
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  dnsPrefetchControl: false,
  downloadOptions: false,
  originAgentCluster: false,
  permissionsPolicy: false,
  permittedCrossDomainPolicies: false,
  poweredBy: false,
  reportTo: false,
  reportingEndpoints: false,
  xssProtection: false,
});
