import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { operationOf } from "./operation-of.ts";
import { RejectedRequestError } from "./rejected-request.ts";
import { type RequestSchemas, requestSchemas } from "./schemas/requests.ts";

/** 90 lines of the longest names take under 50 KB. */
const mostBodyBytes = 256 * 1024;

const parser = httpJsonBodyParser();

function bytesOf(body: string, isBase64: boolean): number {
  return Buffer.byteLength(body, isBase64 ? "base64" : "utf8");
}

/**
 * Replaces the event's body by what it says in JSON, for the operations that take one. The body parser alone
 * would ask every GET for a content type, and answer malformed JSON with 422.
 */
export const readBody = {
  before: (request: { readonly event: APIGatewayProxyEventV2 }): void => {
    const { event } = request;
    const operationId = operationOf(event.routeKey);
    const schemas: RequestSchemas = operationId === null ? {} : requestSchemas[operationId];
    if (schemas.body === undefined || event.body === undefined || event.body === "") {
      delete event.body;
      return;
    }
    if (bytesOf(event.body, event.isBase64Encoded) > mostBodyBytes) {
      throw new RejectedRequestError({ kind: "too-large", mostBytes: mostBodyBytes });
    }
    try {
      parser.before?.(request as Parameters<NonNullable<typeof parser.before>>[0]);
    } catch (error) {
      throw new RejectedRequestError(
        (error as { statusCode?: unknown }).statusCode === 415
          ? { kind: "not-json" }
          : { kind: "invalid", errors: [{ path: "body", message: "is not valid JSON" }] },
      );
    }
  },
};
