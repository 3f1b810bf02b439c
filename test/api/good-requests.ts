/** One request for each operation that the service can answer, on a shelf and a hold that are there. */
import { type OperationId, type Route, routes } from "../../functions/contract/routes.ts";
import type { Shelf } from "./shop.ts";

export interface GoodRequest {
  readonly method: Route["method"];
  readonly path: string;
  /** Undefined for an operation that takes none. */
  readonly body: unknown;
}

export function goodRequests(shelf: Shelf, reservationId: string): Readonly<Record<OperationId, GoodRequest>> {
  const { sku, locationId } = shelf;
  const request = (operationId: OperationId, { query = "", body }: { query?: string; body?: unknown } = {}) => {
    const { method, path }: Route = routes[operationId];
    const names: Readonly<Record<string, string>> = { sku, locationId, reservationId };
    return { method, path: `${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "")}${query}`, body };
  };
  return {
    getHealth: request("getHealth"),
    getOpenApi: request("getOpenApi"),
    getAvailability: request("getAvailability", { query: `?sku=${sku}` }),
    createReservation: request("createReservation", { body: { lines: [{ ...shelf, quantity: 1 }] } }),
    getReservation: request("getReservation"),
    listReservations: request("listReservations", { query: "?orderId=o-1" }),
    rearrangeReservation: request("rearrangeReservation", { body: { lines: [{ ...shelf, quantity: 1 }] } }),
    extendReservation: request("extendReservation", { body: { ttlSeconds: 600 } }),
    commitReservation: request("commitReservation", { body: { orderId: "o-1" } }),
    releaseReservation: request("releaseReservation", { body: { reason: "abandoned" } }),
    fulfillReservation: request("fulfillReservation", { body: {} }),
    returnUnits: request("returnUnits", { body: { lines: [{ ...shelf, quantity: 1, disposition: "restock" }] } }),
    putLocation: request("putLocation", { body: { name: "Warehouse", priority: 10, active: true } }),
    getLocation: request("getLocation"),
    listLocations: request("listLocations"),
    putItem: request("putItem", { body: { name: "Thing" } }),
    getItem: request("getItem"),
    listItems: request("listItems"),
    listLevels: request("listLevels", { query: `?sku=${sku}` }),
    getLevel: request("getLevel"),
    patchLevel: request("patchLevel", { body: { lowStockThreshold: 1 } }),
    splitLevel: request("splitLevel", { body: { cells: 1 } }),
    adjustStock: request("adjustStock", { body: { reason: "received", changes: [{ ...shelf, delta: 1 }] } }),
    listMovements: request("listMovements", { query: `?sku=${sku}` }),
    listBackorders: request("listBackorders", { query: `?sku=${sku}` }),
    listAlerts: request("listAlerts"),
  };
}
