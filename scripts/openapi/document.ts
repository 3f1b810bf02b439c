/** The API's OpenAPI 3.1 document, made of the route table, the schemas and the problems: nothing is written twice. */
import * as z from "zod/mini";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { type OperationId, type Route, routes, scopes } from "../../functions/contract/routes.ts";
import { type ProblemCode, problemCodes } from "../../functions/http/problem-codes.ts";
import { answerSchemas } from "../../functions/http/schemas/answers.ts";
import { problemSchemas } from "../../functions/http/schemas/problems.ts";
import { type RequestSchemas, requestSchemas } from "../../functions/http/schemas/requests.ts";
import { operationExamples } from "./examples.ts";
import { operationTexts, tags } from "./operations.ts";

const securityScheme = "oauth2";

const idempotencyKey = z.optional(z.string()).check(
  z.meta({
    description:
      "The first successful answer is kept for 24 hours per caller, method and path, and given again with " +
      "`Idempotent-Replayed: true`. Refusals are not remembered.",
    override: { minLength: 1, maxLength: 128, pattern: "^[\\x20-\\x7e]+$" },
  }),
);

const ifMatch = z.optional(z.string()).check(
  z.meta({
    description: "The ETag as it was read, or `*` for whatever is there. A change that no longer matches is 412.",
    override: { pattern: '^("(0|[1-9][0-9]{0,14})"|\\*)$' },
  }),
);

const ifNoneMatch = z
  .optional(z.string())
  .check(z.meta({ description: "The ETag of the copy that the caller has; 304 while it is the same." }));

const header = (description: string) => z.string().check(z.meta({ description }));

const documentTag = header("For `If-None-Match`.");

/** Every problem that an operation can be answered with. */
export function problemsOf(operationId: OperationId): readonly ProblemCode[] {
  return [...operationTexts[operationId].problems, ...sharedProblems(routes[operationId], requestSchemas[operationId])];
}

/** Problems that an operation shares with all others of its kind. */
function sharedProblems(route: Route, schemas: RequestSchemas): readonly ProblemCode[] {
  return [
    "validation_failed",
    ...(schemas.body === undefined ? [] : (["payload_too_large", "unsupported_media_type"] as const)),
    ...(route.method === "POST" ? (["idempotency_key_reused"] as const) : []),
    "internal_error",
    "contention",
  ];
}

function problemResponses(codes: readonly ProblemCode[]): Record<string, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problemCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codesOfStatus]) => {
      const schemas: readonly z.ZodMiniType[] = codesOfStatus.map((code) => problemSchemas[code]);
      const [only, another] = schemas;
      return [
        String(status),
        {
          description: codesOfStatus.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(" "),
          ...(status === 503 ? { headers: z.object({ "Retry-After": header("Seconds to wait.") }) } : {}),
          content: {
            "application/problem+json": {
              schema: another === undefined && only !== undefined ? only : z.union(schemas),
            },
          },
        },
      ];
    }),
  );
}

/** What the gateway answers by itself, before the service is asked. */
const gatewayBody = z.looseObject({ message: z.string() }).check(z.meta({ id: "GatewayMessage" }));
const gatewayAnswer = (description: string): ZodOpenApiResponseObject => ({
  description,
  content: { "application/json": { schema: gatewayBody } },
});

function answerHeaders(operationId: OperationId, route: Route, schemas: RequestSchemas, status: string) {
  const hasRevision =
    schemas.takesIfMatch ||
    ["createReservation", "getReservation", "getItem", "getLocation", "getLevel", "splitLevel"].includes(operationId);
  const headers: Record<string, z.ZodMiniType> = {
    ...(hasRevision ? { ETag: header("For `If-Match` on a change.") } : {}),
    ...(operationId === "getOpenApi" ? { ETag: documentTag } : {}),
    ...(status === "201" ? { Location: header("Where it is to be found.") } : {}),
    ...(route.method === "POST"
      ? {
          "Idempotent-Replayed": z
            .optional(z.literal("true"))
            .check(z.meta({ description: "The answer was given before, to a request with the same idempotency key." })),
        }
      : {}),
  };
  return z.object(headers);
}

function successResponses(operationId: OperationId, route: Route, schemas: RequestSchemas): ZodOpenApiResponsesObject {
  const example = operationId === "getOpenApi" ? undefined : operationExamples[operationId].answer;
  return Object.fromEntries(
    Object.entries(answerSchemas[operationId]).map(([status, schema]) => [
      status,
      {
        description: status === "201" ? "Created." : "Done.",
        headers: answerHeaders(operationId, route, schemas, status),
        content: { "application/json": { schema, ...(example === undefined ? {} : { example }) } },
      },
    ]),
  );
}

/** The request's schema gets a name, so that client generators have one too. */
function namedBody(operationId: OperationId, body: z.ZodMiniType): z.ZodMiniType {
  const id = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
  return body.check(z.meta({ ...z.globalRegistry.get(body), id }));
}

function operationOf(operationId: OperationId): ZodOpenApiOperationObject {
  const route: Route = routes[operationId];
  const schemas: RequestSchemas = requestSchemas[operationId];
  const text = operationTexts[operationId];
  const headers = {
    ...(route.method === "POST" ? { "Idempotency-Key": idempotencyKey } : {}),
    ...(schemas.takesIfMatch ? { "If-Match": ifMatch } : {}),
    ...(operationId === "getOpenApi" ? { "If-None-Match": ifNoneMatch } : {}),
  };
  const needsToken = route.scopes.length > 0;
  return {
    operationId,
    tags: [text.tag],
    summary: text.summary,
    description: text.description,
    security: route.scopes.map((scope) => ({ [securityScheme]: [scope] })),
    requestParams: {
      ...(schemas.path === undefined ? {} : { path: schemas.path as z.ZodMiniObject }),
      ...(schemas.query === undefined ? {} : { query: schemas.query as z.ZodMiniObject }),
      ...(Object.keys(headers).length === 0 ? {} : { header: z.object(headers) }),
    },
    ...(schemas.body === undefined
      ? {}
      : {
          requestBody: {
            required: schemas.bodyMayBeAbsent !== true,
            content: {
              "application/json": {
                schema: namedBody(operationId, schemas.body),
                example: operationId === "getOpenApi" ? undefined : operationExamples[operationId].request,
              },
            },
          },
        }),
    responses: {
      ...successResponses(operationId, route, schemas),
      ...(operationId === "getOpenApi"
        ? {
            "304": {
              description: "The copy that the caller has is the same.",
              headers: z.object({ ETag: documentTag }),
            },
          }
        : {}),
      ...problemResponses(problemsOf(operationId)),
      ...(needsToken
        ? {
            "401": gatewayAnswer("No token, or a bad or expired one."),
            "403": gatewayAnswer("The token has none of the scopes."),
          }
        : {}),
      "429": gatewayAnswer("Too many requests."),
    },
  };
}

function paths(): ZodOpenApiPathsObject {
  const byPath: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operationId of Object.keys(routes) as OperationId[]) {
    const { method, path } = routes[operationId];
    byPath[path] = { ...byPath[path], [method.toLowerCase()]: operationOf(operationId) };
  }
  return byPath;
}

/** The document; `version` is the service's own. */
export function openApiDocument(version: string): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Inventory service",
      version,
      description:
        "Stock, and promises of it that are never broken. JSON in camelCase; times are ISO 8601 in UTC; quantities are " +
        "whole numbers. Errors are `application/problem+json` (RFC 9457) with a stable `code`. Unknown fields and " +
        "parameters are refused. A `PUT` gives the whole description.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "Where this document was read." }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      securitySchemes: {
        [securityScheme]: {
          type: "oauth2",
          description:
            "Client credentials. In an account the token endpoint is the identity provider's own; on one's own machine " +
            "it is the one below.",
          flows: { clientCredentials: { tokenUrl: "/oauth2/token", scopes: { ...scopes } } },
        },
      },
    },
  });
}
