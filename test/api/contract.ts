/** Whether an answer is one that the API's own description declares for its operation. */
import type * as z from "zod/mini";
import openApi from "../../docs/openapi.json" with { type: "json" };
import { type OperationId, type Route, routes } from "../../functions/contract/routes.ts";
import type { ProblemCode } from "../../functions/http/problem-codes.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { problemSchemas } from "../../functions/http/schemas/problems.ts";

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >;
}

const paths = openApi.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const patterns = (Object.entries(routes) as [OperationId, Route][]).map(([operationId, { method, path }]) => ({
  operationId,
  method,
  path,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** Fails when the answer is none that the description knows. What the gateway answers by itself has no code. */
export function expectDeclared(method: string, url: string, answer: { status: number; body: unknown }): void {
  const [path = ""] = url.split("?");
  const route = patterns.find((each) => each.method === method && each.pattern.test(path));
  if (route === undefined) {
    return;
  }
  const { status, body } = answer;
  const schema = status < 300 ? successSchema(route.operationId, status) : problemSchema(route, status, body);
  const issues = schema === null ? [] : schema.safeParse(body).error?.issues;
  if (issues !== undefined && issues.length > 0) {
    const told = JSON.stringify({ status, body, issues }, null, 2);
    throw new Error(`${method} ${url} was answered with something else than its description says: ${told}`);
  }
}

function successSchema(operationId: OperationId, status: number): z.ZodMiniType {
  const schemas: Readonly<Record<number, z.ZodMiniType>> = answerSchemas[operationId];
  const schema = schemas[status];
  if (schema === undefined) {
    throw new Error(`${operationId} was answered with ${status}, which its description does not know.`);
  }
  return schema;
}

function problemSchema(
  { operationId, method, path }: (typeof patterns)[number],
  status: number,
  body: unknown,
): z.ZodMiniType | null {
  const { code } = body as { code?: ProblemCode };
  if (code === undefined) {
    return null;
  }
  const content = paths[path]?.[method.toLowerCase()]?.responses[status]?.content;
  const name = `${code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;
  if (!JSON.stringify(content?.["application/problem+json"] ?? null).includes(`"#/components/schemas/${name}"`)) {
    throw new Error(`${operationId} was answered with ${status} ${code}, which its description does not know.`);
  }
  return problemSchemas[code];
}
