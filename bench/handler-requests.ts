/** The requests by which the CPU time of the API's functions is measured, as the events that API Gateway makes of them. */
import { type OperationId, type Route, routeKeyOf, routes } from "../functions/contract/routes.ts";
import { commitReservation } from "../functions/reservations/commit-reservation.ts";
import { eventOf } from "../local/http-event.ts";
import { doneValue, type Shop } from "./shop.ts";

interface Parts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

export interface HandlerRequest {
  readonly title: string;
  readonly operation: OperationId;
  /** The status of the answer. */
  readonly status: number;
  /** Makes what the request is about, and the request. */
  prepare(shop: Shop): Promise<Parts>;
}

/** The event of a request by a storefront's or a merchant's token. */
export function handlerEvent(operation: OperationId, { path = {}, query = "", body }: Parts): Record<string, unknown> {
  const route: Route = routes[operation];
  const decodedPath = route.path.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? "");
  const request = {
    method: route.method,
    path: decodedPath,
    query,
    headers: {
      accept: "application/json",
      authorization: `Bearer ${"x".repeat(800)}`,
      "content-type": "application/json",
      host: "api.example.com",
      "user-agent": "storefront/1.0",
    },
    body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
    sourceIp: "192.0.2.1",
  };
  const claims = { sub: "storefront", client_id: "storefront", scope: route.scopes.join(" "), token_use: "access" };
  const authorized = route.scopes.length === 0 ? null : { claims, scopes: route.scopes };
  return eventOf(request, decodedPath, { routeKey: routeKeyOf(route), pathParameters: path }, authorized);
}

function reserve(title: string, lines: number, isLocationGiven: boolean): HandlerRequest {
  return {
    title,
    operation: "createReservation",
    status: 201,
    prepare: async (shop) => ({
      body: {
        referenceId: "cart-4f1d2b7a90c3e865",
        customerId: "customer-83921775",
        lines: (await shop.stocked(lines)).map(({ sku, locationId }) => ({
          sku,
          quantity: 1,
          ...(isLocationGiven ? { locationId } : {}),
        })),
      },
    }),
  };
}

async function heldOf(shop: Shop, lines: number): Promise<string> {
  return (await shop.hold(await shop.stocked(lines))).reservationId;
}

const orderId = "order-20270131-000042";

async function committedOf(shop: Shop, lines: number): Promise<string> {
  const reservationId = await heldOf(shop, lines);
  const command = { ...shop.command(), reservationId, orderId, expectedRevision: null };
  return doneValue(await commitReservation(shop.services, command)).reservationId;
}

async function listing(shop: Shop, skus: number): Promise<Parts> {
  return { query: (await shop.stocked(skus)).map(({ sku }) => `sku=${sku}`).join("&") };
}

export const handlerRequests: readonly HandlerRequest[] = [
  reserve("reserve 1 line, location given", 1, true),
  reserve("reserve 5 lines, locations given", 5, true),
  reserve("reserve 5 lines, the service chooses", 5, false),
  reserve("reserve 90 lines, locations given", 90, true),
  {
    title: "commit 5 lines",
    operation: "commitReservation",
    status: 200,
    prepare: async (shop) => ({ path: { reservationId: await heldOf(shop, 5) }, body: { orderId } }),
  },
  {
    title: "release 5 lines",
    operation: "releaseReservation",
    status: 200,
    prepare: async (shop) => ({ path: { reservationId: await heldOf(shop, 5) }, body: {} }),
  },
  {
    title: "availability of 20 SKUs",
    operation: "getAvailability",
    status: 200,
    prepare: async (shop) => await listing(shop, 20),
  },
  {
    title: "availability of 100 SKUs",
    operation: "getAvailability",
    status: 200,
    prepare: async (shop) => await listing(shop, 100),
  },
  {
    title: "adjust 1 level",
    operation: "adjustStock",
    status: 200,
    prepare: async (shop) => ({
      body: { reason: "received", changes: (await shop.stocked(1)).map((shelf) => ({ ...shelf, delta: 5 })) },
    }),
  },
  {
    title: "fulfil 5 lines",
    operation: "fulfillReservation",
    status: 200,
    prepare: async (shop) => ({ path: { reservationId: await committedOf(shop, 5) }, body: {} }),
  },
  {
    title: "read a level",
    operation: "getLevel",
    status: 200,
    prepare: async (shop) => {
      const [shelf] = await shop.stocked(1);
      return { path: { sku: shelf?.sku ?? "", locationId: shelf?.locationId ?? "" } };
    },
  },
  { title: "the OpenAPI document", operation: "getOpenApi", status: 200, prepare: async () => ({}) },
];
