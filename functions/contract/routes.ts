/**
 * The route table: the one list of what the API answers. The CDK routes, the dispatch by `event.routeKey`,
 * the request and response schemas and the OpenAPI document are all derived from it.
 */

export type Scope = "inventory/read" | "inventory/reserve" | "inventory/manage";

export const scopes: Readonly<Record<Scope, string>> = {
  "inventory/read": "Read availability, levels, items and locations",
  "inventory/reserve": "Make and change reservations",
  "inventory/manage": "Keep the stock: items, locations, adjustments, fulfilment, audit trail",
};

/** The Lambda function that answers a route: one per audience. */
export type ApiFunction = "storefront" | "back-office" | "documents";

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "PATCH";
  readonly path: `/v1/${string}`;
  /** A token with any one of these may call; none means that no token is needed. */
  readonly scopes: readonly Scope[];
  readonly answeredBy: ApiFunction;
}

const read: readonly Scope[] = ["inventory/read", "inventory/manage"];
const reserve: readonly Scope[] = ["inventory/reserve"];
const manage: readonly Scope[] = ["inventory/manage"];

/** Keyed by operation id. */
export const routes = {
  getHealth: { method: "GET", path: "/v1/health", scopes: [], answeredBy: "documents" },
  getOpenApi: { method: "GET", path: "/v1/openapi.json", scopes: [], answeredBy: "documents" },

  getAvailability: { method: "GET", path: "/v1/availability", scopes: ["inventory/read"], answeredBy: "storefront" },
  createReservation: { method: "POST", path: "/v1/reservations", scopes: reserve, answeredBy: "storefront" },
  getReservation: {
    method: "GET",
    path: "/v1/reservations/{reservationId}",
    scopes: ["inventory/reserve", "inventory/manage"],
    answeredBy: "storefront",
  },
  listReservations: {
    method: "GET",
    path: "/v1/reservations",
    scopes: ["inventory/reserve", "inventory/manage"],
    answeredBy: "storefront",
  },
  rearrangeReservation: {
    method: "PUT",
    path: "/v1/reservations/{reservationId}/lines",
    scopes: reserve,
    answeredBy: "storefront",
  },
  extendReservation: {
    method: "POST",
    path: "/v1/reservations/{reservationId}/extend",
    scopes: reserve,
    answeredBy: "storefront",
  },
  commitReservation: {
    method: "POST",
    path: "/v1/reservations/{reservationId}/commit",
    scopes: reserve,
    answeredBy: "storefront",
  },
  releaseReservation: {
    method: "POST",
    path: "/v1/reservations/{reservationId}/release",
    scopes: reserve,
    answeredBy: "storefront",
  },

  fulfillReservation: {
    method: "POST",
    path: "/v1/reservations/{reservationId}/fulfill",
    scopes: manage,
    answeredBy: "back-office",
  },
  returnUnits: {
    method: "POST",
    path: "/v1/reservations/{reservationId}/return",
    scopes: manage,
    answeredBy: "back-office",
  },
  putLocation: { method: "PUT", path: "/v1/locations/{locationId}", scopes: manage, answeredBy: "back-office" },
  getLocation: { method: "GET", path: "/v1/locations/{locationId}", scopes: read, answeredBy: "back-office" },
  listLocations: { method: "GET", path: "/v1/locations", scopes: read, answeredBy: "back-office" },
  putItem: { method: "PUT", path: "/v1/items/{sku}", scopes: manage, answeredBy: "back-office" },
  getItem: { method: "GET", path: "/v1/items/{sku}", scopes: read, answeredBy: "back-office" },
  listItems: { method: "GET", path: "/v1/items", scopes: read, answeredBy: "back-office" },
  listLevels: { method: "GET", path: "/v1/levels", scopes: read, answeredBy: "back-office" },
  getLevel: { method: "GET", path: "/v1/levels/{sku}/{locationId}", scopes: read, answeredBy: "back-office" },
  patchLevel: { method: "PATCH", path: "/v1/levels/{sku}/{locationId}", scopes: manage, answeredBy: "back-office" },
  splitLevel: {
    method: "POST",
    path: "/v1/levels/{sku}/{locationId}/cells",
    scopes: manage,
    answeredBy: "back-office",
  },
  adjustStock: { method: "POST", path: "/v1/adjustments", scopes: manage, answeredBy: "back-office" },
  listMovements: { method: "GET", path: "/v1/movements", scopes: read, answeredBy: "back-office" },
  listBackorders: { method: "GET", path: "/v1/backorders", scopes: read, answeredBy: "back-office" },
  listAlerts: { method: "GET", path: "/v1/alerts", scopes: read, answeredBy: "back-office" },
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof routes;

/** As API Gateway names a route in `event.routeKey`. */
export function routeKeyOf(route: Route): string {
  return `${route.method} ${route.path}`;
}
