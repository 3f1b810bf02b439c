import type { AvailabilityServices } from "../availability/read-availability.ts";
import { type ApiHandler, type ApiParts, apiHandler } from "../http/api-handler.ts";
import type { ReservationServices } from "../reservations/services.ts";
import { isTransient } from "../storage/transaction.ts";
import { availabilityRoutes } from "./routes/availability.ts";
import { reservationRoutes } from "./routes/reservations.ts";

/** Answers what storefronts and checkouts ask: availability and reservations. */
export function storefrontHandler(
  services: ReservationServices & AvailabilityServices,
  parts: Pick<ApiParts, "answers" | "telemetry">,
): ApiHandler {
  return apiHandler<"storefront">(
    { ...availabilityRoutes(services), ...reservationRoutes(services) },
    { ...parts, runtime: services.runtime, isTransient },
  );
}
