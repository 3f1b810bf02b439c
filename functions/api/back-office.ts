import { type ApiHandler, type ApiParts, apiHandler } from "../http/api-handler.ts";
import type { EndingServices } from "../reservations/services.ts";
import type { Tables } from "../storage/client.ts";
import { isTransient } from "../storage/transaction.ts";
import { adjustmentRoutes } from "./routes/adjustments.ts";
import { auditRoutes } from "./routes/audit.ts";
import { catalogueRoutes } from "./routes/catalogue.ts";
import { levelRoutes } from "./routes/levels.ts";
import { fulfilmentRoutes } from "./routes/reservations.ts";

/** Answers what merchants and warehouses ask: the catalogue, the stock, fulfilment, the audit trail and alerts. */
export function backOfficeHandler(
  services: EndingServices & { readonly tables: Tables },
  parts: Pick<ApiParts, "answers" | "telemetry">,
): ApiHandler {
  return apiHandler<"back-office">(
    {
      ...catalogueRoutes(services),
      ...levelRoutes(services),
      ...adjustmentRoutes(services),
      ...auditRoutes(services),
      ...fulfilmentRoutes(services),
    },
    { ...parts, runtime: services.runtime, isTransient },
  );
}
