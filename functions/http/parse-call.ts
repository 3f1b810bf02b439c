import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import * as z from "zod/mini";
import { type OperationId, type Route, routes } from "../contract/routes.ts";
import { canonicalJson, digestOf } from "../digest.ts";
import type { Call, FieldError, Precondition } from "./call.ts";
import { callerOf } from "./caller.ts";
import { RejectedRequestError } from "./rejected-request.ts";
import { type RequestSchemas, requestSchemas } from "./schemas/requests.ts";

/** A request as it comes to an operation: its headers in lower case, its body parsed. */
export type ReadEvent = Omit<APIGatewayProxyEventV2, "body"> & { readonly body?: unknown };

/** Enough to mend a request by; a long list of the same mistake helps nobody. */
const mostErrors = 50;
const longestName = 64;

/** What is left of the function's time for rendering and logging an answer. */
const renderingMs = 500;
/** A caller does not wait longer than this for contention to pass. */
const longestBudgetMs = 8_000;

function fieldPath(part: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, key) => {
    if (typeof key === "number") {
      return `${whole}[${key}]`;
    }
    const name = String(key);
    return `${whole}.${name.length > longestName ? `${name.slice(0, longestName)}…` : name}`;
  }, part);
}

function fieldErrors(part: string, issues: readonly z.core.$ZodIssue[]): readonly FieldError[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: fieldPath(part, [...issue.path, key]), message: "is not known" }))
      : [{ path: fieldPath(part, issue.path), message: messageOf(issue) }],
  );
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.input === undefined ? "is missing" : issue.message;
}

/** Reads one part of a request; gives null and adds to the errors when it is not as its schema says. */
function readPart(schema: z.ZodMiniType | undefined, part: string, input: unknown, errors: FieldError[]): unknown {
  if (schema === undefined) {
    return {};
  }
  const parsed = z.safeParse(schema, input, { reportInput: true });
  if (parsed.success) {
    return parsed.data;
  }
  errors.push(...fieldErrors(part, parsed.error.issues));
  return null;
}

/** A strong ETag as this service gives it, or `*`. A weak one may not be used for this (RFC 9110, 13.1.1). */
function readPrecondition(header: string | undefined, errors: FieldError[]): Precondition {
  if (header === undefined) {
    return { expectedRevision: null, mustExist: false };
  }
  if (header.trim() === "*") {
    return { expectedRevision: null, mustExist: true };
  }
  const revision = /^"(0|[1-9][0-9]{0,14})"$/.exec(header.trim())?.[1];
  if (revision === undefined) {
    errors.push({ path: "headers.if-match", message: 'must be one strong ETag as it was given, such as "3", or *' });
    return { expectedRevision: null, mustExist: false };
  }
  return { expectedRevision: Number(revision), mustExist: true };
}

const keyPattern = /^[\x20-\x7e]{1,128}$/;

function readKey(header: string | undefined, errors: FieldError[]): string | null {
  if (header === undefined) {
    return null;
  }
  if (!keyPattern.test(header)) {
    errors.push({ path: "headers.idempotency-key", message: "must be 1 to 128 printable ASCII characters" });
    return null;
  }
  return header;
}

/**
 * Reads a request for one operation, and throws a {@link RejectedRequestError} that names everything that is
 * wrong with it at once.
 */
export function parseCall<Op extends OperationId>(
  operationId: Op,
  event: ReadEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
  nowMs: number,
): Call<Op> {
  const schemas: RequestSchemas = requestSchemas[operationId];
  const route: Route = routes[operationId];
  const caller = callerOf(event, route.scopes.length > 0);
  const body = event.body === undefined && schemas.bodyMayBeAbsent ? {} : event.body;
  const errors: FieldError[] = [];

  const parts = {
    path: readPart(schemas.path, "path", event.pathParameters ?? {}, errors),
    query: readPart(schemas.query ?? noParameters, "query", event.queryStringParameters ?? {}, errors),
    body: readPart(schemas.body, "body", body, errors),
  };
  const precondition = readPrecondition(schemas.takesIfMatch ? event.headers["if-match"] : undefined, errors);
  const key = readKey(route.method === "POST" ? event.headers["idempotency-key"] : undefined, errors);
  if (errors.length > 0) {
    throw new RejectedRequestError({ kind: "invalid", errors: errors.slice(0, mostErrors) });
  }

  const { path, query, body: readBody } = parts as Pick<Call<Op>, "path" | "query" | "body">;
  return {
    path,
    query,
    body: readBody,
    precondition,
    caller,
    keyDigest: key === null ? null : digestOf(caller.subject ?? "", operationId, canonicalJson(path), key),
    bodyDigest: digestOf(canonicalJson(readBody)),
    requestId: event.requestContext.requestId,
    budgetEndsAtMs: nowMs + Math.max(0, Math.min(longestBudgetMs, context.getRemainingTimeInMillis() - renderingMs)),
  };
}

/** Every unknown parameter is refused, also where none is known. */
const noParameters = z.strictObject({});
