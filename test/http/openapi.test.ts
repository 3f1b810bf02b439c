import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type OperationId, type Route, routes, scopes } from "../../functions/contract/routes.ts";
import { problemCodes } from "../../functions/http/problem-codes.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { type RequestSchemas, requestSchemas } from "../../functions/http/schemas/requests.ts";
import packageJson from "../../package.json" with { type: "json" };
import { openApiDocument } from "../../scripts/openapi/document.ts";
import { operationExamples } from "../../scripts/openapi/examples.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: Record<string, string[]>[];
  readonly parameters?: { readonly in: string; readonly name: string; readonly required?: boolean; schema: object }[];
  readonly requestBody?: { readonly content: Record<string, { schema: object }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

const document = JSON.parse(JSON.stringify(openApiDocument(packageJson.version))) as {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, object>;
    readonly securitySchemes: Record<string, { flows: { clientCredentials: { scopes: Record<string, string> } } }>;
  };
};
const operations = Object.entries(routes) as [OperationId, Route][];

function operationOf({ method, path }: Route): Operation {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) {
    throw new Error(`The document has no ${method} ${path}.`);
  }
  return operation;
}

function everyObject(value: unknown, path = "#"): [string, Record<string, unknown>][] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return [
    [path, value as Record<string, unknown>],
    ...Object.entries(value).flatMap(([name, member]) => everyObject(member, `${path}/${name}`)),
  ];
}

describe("the OpenAPI document", () => {
  it("is the one that is kept and served", () => {
    const kept = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");
    expect(kept, "run `npm run openapi`").toBe(`${JSON.stringify(document, null, 2)}\n`);
  });

  it("says what it is", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: "Inventory service", version: packageJson.version });
  });

  it("has every route once, and nothing else", () => {
    const found = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
    );
    expect(found.sort()).toEqual(operations.map(([id, { method, path }]) => `${id} ${method} ${path}`).sort());
  });

  it("resolves every reference, and names nothing that is not used", () => {
    const references = everyObject(document).flatMap(([, { $ref }]) => (typeof $ref === "string" ? [$ref] : []));
    expect(references.length).toBeGreaterThan(100);
    const names = references.map((reference) => /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? reference);
    expect(new Set(names)).toEqual(new Set(Object.keys(document.components.schemas)));
  });

  it.each(operations)("declares the path parameters of %s", (_operationId, route) => {
    const declared = (operationOf(route).parameters ?? []).filter(({ in: place }) => place === "path");
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(declared.map(({ name }) => name).sort()).toEqual(inPath.sort());
    expect(declared.every(({ required, schema }) => required === true && Object.keys(schema).length > 0)).toBe(true);
  });

  it.each(operations)("tells the scopes and the headers of %s", (operationId, route) => {
    const { security, parameters = [] } = operationOf(route);
    expect(security).toEqual(route.scopes.map((scope) => ({ oauth2: [scope] })));
    const headers = parameters.filter(({ in: place }) => place === "header").map(({ name }) => name);
    const schemas: RequestSchemas = requestSchemas[operationId];
    expect(headers.includes("Idempotency-Key")).toBe(route.method === "POST");
    expect(headers.includes("If-Match")).toBe(schemas.takesIfMatch === true);
  });

  it("knows every scope", () => {
    expect(document.components.securitySchemes["oauth2"]?.flows.clientCredentials.scopes).toEqual(scopes);
  });

  it.each(operations)("tells every answer of %s, the bad ones too", (operationId, route) => {
    const { responses, requestBody } = operationOf(route);
    for (const status of Object.keys(answerSchemas[operationId])) {
      expect(responses[status]?.content?.["application/json"]?.schema).toBeDefined();
    }
    const expected = ["400", "429", "500", "503", ...(route.scopes.length > 0 ? ["401", "403"] : [])];
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(expected));
    expect(Object.keys(responses).includes("415")).toBe(requestBody !== undefined);
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description).not.toBe("");
      const fromGateway = ["401", "403", "429"].includes(status);
      const type = Number(status) >= 400 && !fromGateway ? "application/problem+json" : "application/json";
      expect(Object.keys(content ?? {})).toEqual(status === "304" ? [] : [type]);
    }
  });

  it("tells every problem somewhere", () => {
    const text = JSON.stringify(Object.values(document.paths));
    for (const code of Object.keys(problemCodes)) {
      expect(text).toContain(`\`${code}\``);
    }
  });

  it("has patterns without the escapes that only some languages know", () => {
    const patterns = everyObject(document).flatMap(([, { pattern }]) => (typeof pattern === "string" ? [pattern] : []));
    expect(patterns.length).toBeGreaterThan(10);
    expect(patterns.filter((pattern) => /\\[pPk]/.test(pattern))).toEqual([]);
  });

  it("never shows a schema's inside or an empty schema", () => {
    for (const [path, object] of everyObject(document)) {
      expect(Object.keys(object), path).not.toContain("def");
      if (path.endsWith("/schema") && !path.includes("/example")) {
        expect(Object.keys(object).length, path).toBeGreaterThan(0);
      }
    }
  });

  it.each(Object.entries(operationExamples))("has examples of %s that are true", (operationId, { request, answer }) => {
    const { body }: RequestSchemas = requestSchemas[operationId as OperationId];
    expect(request === undefined).toBe(body === undefined);
    if (body !== undefined) {
      expect(z.safeParse(body, request).error?.issues).toBeUndefined();
    }
    const schemas = Object.values(answerSchemas[operationId as OperationId]) as z.ZodMiniType[];
    for (const schema of schemas) {
      expect(z.safeParse(schema, answer).error?.issues).toBeUndefined();
    }
  });
});
