import { type AvailabilityServices, readAvailability } from "../../availability/read-availability.ts";
import { done } from "../../domain/refusal.ts";
import type { RouteHandlers } from "../../http/call.ts";
import { renderAvailability } from "../../http/render/availability.ts";

/** A listing page may show figures of a second ago; the reservation is decided by the stock itself. */
const maxAgeSeconds = 1;

export function availabilityRoutes(
  services: AvailabilityServices,
): Pick<RouteHandlers<"storefront">, "getAvailability"> {
  return {
    getAvailability: async ({ query: { sku: skus, locationId = null, exact } }) => {
      const found = await readAvailability(services, { skus, locationId, exact });
      return done({
        status: 200,
        body: { items: skus.map((sku, index) => renderAvailability(sku, found[index] ?? null)) },
        caching: { maxAgeSeconds, entityTag: null },
      });
    },
  };
}
