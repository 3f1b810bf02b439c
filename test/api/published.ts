/** Whether an answer is one that the API's description has for its operation. */
import * as z from "zod/mini";
import { callerHeaders } from "../../functions/contract/headers.ts";
import { type OperationId, type Route, routes } from "../../functions/contract/routes.ts";
import { type ProblemCode, problemCodes } from "../../functions/http/problem-codes.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { problemSchemas } from "../../functions/http/schemas/problems.ts";
import { openApiDocument, problemsOf } from "../../scripts/openapi/document.ts";
import type { Reply } from "./client.ts";

/** What the gateway answers by itself, as `{"message": …}`, before any operation is asked. */
const answeredByGateway: ReadonlySet<number> = new Set([400, 401, 403, 404, 413]);

function operationOf(method: string, path: string): OperationId | null {
  const [plain = ""] = path.split("?");
  for (const [operationId, route] of Object.entries(routes) as [OperationId, Route][]) {
    const pattern = new RegExp(`^${route.path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
    if (route.method === method && pattern.test(plain)) {
      return operationId;
    }
  }
  return null;
}

function schemaOf(operationId: OperationId, { status, body }: Reply): z.ZodMiniType | undefined {
  if (status < 400) {
    return (answerSchemas[operationId] as Readonly<Record<number, z.ZodMiniType>>)[status];
  }
  const code = body.code as ProblemCode;
  const isPublished = problemsOf(operationId).includes(code) && problemCodes[code].status === status;
  return isPublished ? problemSchemas[code] : undefined;
}

const { paths } = JSON.parse(JSON.stringify(openApiDocument("any"))) as {
  readonly paths: Readonly<
    Record<string, Record<string, { readonly responses: Record<string, { readonly headers?: object }> }>>
  >;
};

/** Those of the headers that a caller acts on which the description has not for this answer. */
function unpublishedHeaders(operationId: OperationId, { status, headers }: Reply): readonly string[] {
  const { method, path } = routes[operationId];
  const published = Object.keys(paths[path]?.[method.toLowerCase()]?.responses[status]?.headers ?? {});
  const names = new Set(published.map((name) => name.toLowerCase()));
  return callerHeaders.received.filter((name) => headers.has(name) && !names.has(name));
}

export function checkPublished(method: string, path: string, reply: Reply): void {
  const type = reply.headers.get("content-type") ?? "";
  const isGateways = answeredByGateway.has(reply.status) && type === "application/json" && "message" in reply.body;
  if (isGateways) {
    return;
  }
  const operationId = operationOf(method, path);
  const answer = `${method} ${path} was answered with ${reply.status} ${JSON.stringify(reply.body)}`;
  const headers = operationId === null ? [] : unpublishedHeaders(operationId, reply);
  if (headers.length > 0) {
    throw new Error(`${answer} and the headers ${headers.join(", ")}, which are not in the API's description.`);
  }
  if (reply.status === 304) {
    return;
  }
  const schema = operationId === null ? undefined : schemaOf(operationId, reply);
  if (schema === undefined || type !== (reply.status < 400 ? "application/json" : "application/problem+json")) {
    throw new Error(`${answer} (${type}), which is not in the API's description.`);
  }
  const { error } = z.safeParse(schema, reply.body);
  if (error !== undefined) {
    throw new Error(`${answer}, which has not the shape of the API's description: ${JSON.stringify(error.issues)}.`);
  }
}
