import { putItem } from "../../catalogue/put-item.ts";
import { putLocation } from "../../catalogue/put-location.ts";
import { getItem, getLocation, listItems, listLocations } from "../../catalogue/read-catalogue.ts";
import type { CatalogueCommand, CatalogueServices } from "../../catalogue/services.ts";
import { answerWith } from "../../http/answer-with.ts";
import type { Call, RouteHandlers } from "../../http/call.ts";
import { answerWithPage } from "../../http/listing.ts";
import { renderItem, renderLocation } from "../../http/render/catalogue.ts";
import type { Tables } from "../../storage/client.ts";

type CatalogueRoutes = Pick<
  RouteHandlers<"back-office">,
  "putItem" | "getItem" | "listItems" | "putLocation" | "getLocation" | "listLocations"
>;

function commandOf({
  precondition,
  caller,
  budgetEndsAtMs,
}: Pick<Call<"putItem">, "precondition" | "caller" | "budgetEndsAtMs">): CatalogueCommand {
  return { ...precondition, actor: caller.actor, budgetEndsAtMs };
}

function found<B extends { readonly revision: number }>(body: B) {
  return { status: 200 as const, body, revision: body.revision };
}

/** 201 for what is new, 200 for what was there. */
function replaced<B extends { readonly revision: number }>(created: boolean, location: string, body: B) {
  return created ? { ...found(body), status: 201 as const, location } : found(body);
}

export function catalogueRoutes(
  services: CatalogueServices & { readonly tables: Pick<Tables, "inventory" | "views"> },
): CatalogueRoutes {
  return {
    putItem: async (call) => {
      const { sku } = call.path;
      const { name, backorder, restockAt, availableFrom, purchaseLimit, components } = call.body;
      const { lowStockThreshold, externalSku, barcode, active } = call.body;
      if (components.some((component) => component.sku === sku)) {
        return { kind: "invalid", errors: [{ path: "body.components", message: "must not have the kit itself" }] };
      }
      const outcome = await putItem(services, {
        ...commandOf(call),
        sku,
        description: {
          name,
          backorder: { policy: backorder.policy, limit: backorder.limit ?? null },
          restockAt: restockAt ?? null,
          availableFrom: availableFrom ?? null,
          purchaseLimit:
            purchaseLimit == null
              ? null
              : { quantity: purchaseLimit.quantity, windowDays: purchaseLimit.windowDays ?? null },
          components,
          lowStockThreshold: lowStockThreshold ?? null,
          externalSku: externalSku ?? null,
          barcode: barcode ?? null,
          active,
        },
      });
      return answerWith(outcome, ({ value, created }) =>
        replaced(created, `/v1/items/${encodeURIComponent(sku)}`, renderItem(value)),
      );
    },
    getItem: async ({ path }) => answerWith(await getItem(services, path.sku), (item) => found(renderItem(item))),
    listItems: async ({ query: { q, limit, cursor } }) =>
      answerWithPage(await listItems(services, { query: q ?? null, limit, cursor: cursor ?? null }), renderItem),

    putLocation: async (call) => {
      const { locationId } = call.path;
      const { name, priority, active, country, latitude, longitude } = call.body;
      const outcome = await putLocation(services, {
        ...commandOf(call),
        locationId,
        description: {
          name,
          priority,
          active,
          country: country ?? null,
          latitude: latitude ?? null,
          longitude: longitude ?? null,
        },
      });
      return answerWith(outcome, ({ value, created }) =>
        replaced(created, `/v1/locations/${encodeURIComponent(locationId)}`, renderLocation(value)),
      );
    },
    getLocation: async ({ path }) =>
      answerWith(await getLocation(services, path.locationId), (location) => found(renderLocation(location))),
    listLocations: async ({ query: { limit, cursor } }) =>
      answerWithPage(await listLocations(services, { limit, cursor: cursor ?? null }), renderLocation),
  };
}
