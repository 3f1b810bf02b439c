import { type ApiHandler, type ApiParts, apiHandler } from "../http/api-handler.ts";
import { documentRoutes } from "./routes/documents.ts";

/** Answers what needs no table: whether the service is up, and what its API is. */
export function documentsHandler(parts: Pick<ApiParts, "runtime" | "telemetry">): ApiHandler {
  return apiHandler<"documents">(documentRoutes, { ...parts, answers: null, isTransient: () => false });
}
