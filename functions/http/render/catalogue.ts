import type { Item, Location } from "../../domain/catalogue.ts";
import type { AnswerBody } from "../call.ts";
import { isoTime } from "./time.ts";

export function renderItem(item: Item): AnswerBody<"getItem"> {
  return {
    sku: item.sku,
    name: item.name,
    backorder: { ...item.backorder },
    restockAt: item.restockAt,
    availableFrom: item.availableFrom,
    purchaseLimit: item.purchaseLimit === null ? null : { ...item.purchaseLimit },
    components: item.components.map((component) => ({ ...component })),
    lowStockThreshold: item.lowStockThreshold,
    externalSku: item.externalSku,
    barcode: item.barcode,
    active: item.active,
    revision: item.revision,
    updatedAt: isoTime(item.updatedAtMs),
  };
}

export function renderLocation(location: Location): AnswerBody<"getLocation"> {
  return {
    locationId: location.locationId,
    name: location.name,
    priority: location.priority,
    active: location.active,
    country: location.country,
    latitude: location.latitude,
    longitude: location.longitude,
    revision: location.revision,
    updatedAt: isoTime(location.updatedAtMs),
  };
}
