/** Whether an answer is one that the API's description has for its operation. */
import * as z from "zod/mini";
import { type OperationId, type Route, routes } from "../../functions/contract/routes.ts";
import { type ProblemCode, problemCodes } from "../../functions/http/problem-codes.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { problemSchemas } from "../../functions/http/schemas/problems.ts";
import { problemsOf } from "../../scripts/openapi/document.ts";
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

export function checkPublished(method: string, path: string, reply: Reply): void {
  const type = reply.headers.get("content-type") ?? "";
  const isGateways = answeredByGateway.has(reply.status) && type === "application/json" && "message" in reply.body;
  if (reply.status === 304 || isGateways) {
    return;
  }
  const operationId = operationOf(method, path);
  const schema = operationId === null ? undefined : schemaOf(operationId, reply);
  const answer = `${method} ${path} was answered with ${reply.status} ${JSON.stringify(reply.body)}`;
  if (schema === undefined || type !== (reply.status < 400 ? "application/json" : "application/problem+json")) {
    throw new Error(`${answer} (${type}), which is not in the API's description.`);
  }
  const { error } = z.safeParse(schema, reply.body);
  if (error !== undefined) {
    throw new Error(`${answer}, which has not the shape of the API's description: ${JSON.stringify(error.issues)}.`);
  }
}
