import { Logger } from "@aws-lambda-powertools/logger";
import { type ApiHandler, type ApiParts, apiHandler } from "../http/api-handler.ts";
import { systemRuntime } from "../system-runtime.ts";
import { documentRoutes } from "./routes/documents.ts";

/** Answers what needs no table: whether the service is up, and what its API is. */
export function documentsHandler(parts: Omit<ApiParts, "answers" | "isTransient">): ApiHandler {
  return apiHandler<"documents">(documentRoutes, { ...parts, answers: null, isTransient: () => false });
}

export const handler = documentsHandler({ runtime: systemRuntime, log: new Logger({ serviceName: "documents" }) });
