/** A shop to test with: a SKU with stock at locations of its own. */
import { expect } from "vitest";
import { type ApiClient, type Call, type Reply, unique } from "./client.ts";

export interface Shelf {
  readonly sku: string;
  readonly locationId: string;
}

export async function openLocation(api: ApiClient, settings: Record<string, unknown> = {}): Promise<string> {
  const locationId = unique("loc");
  const reply = await api.put(`/v1/locations/${locationId}`, {
    name: "Warehouse",
    priority: 10,
    active: true,
    ...settings,
  });
  expect(reply.status).toBe(201);
  return locationId;
}

export async function listItem(api: ApiClient, settings: Record<string, unknown> = {}): Promise<string> {
  const sku = unique("sku");
  const reply = await api.put(`/v1/items/${sku}`, { name: "Thing", ...settings });
  expect(reply.status).toBe(201);
  return sku;
}

export async function receive(api: ApiClient, shelf: Shelf, quantity: number): Promise<Reply> {
  const reply = await api.post("/v1/adjustments", { reason: "received", changes: [{ ...shelf, delta: quantity }] });
  expect(reply.status).toBe(200);
  return reply;
}

/** A new SKU at a new location with the given units on hand. */
export async function stockedShelf(
  api: ApiClient,
  quantity: number,
  settings: Record<string, unknown> = {},
): Promise<Shelf> {
  const [sku, locationId] = await Promise.all([listItem(api, settings), openLocation(api)]);
  await receive(api, { sku, locationId }, quantity);
  return { sku, locationId };
}

export async function reserve(
  api: ApiClient,
  shelf: Shelf,
  quantity: number,
  settings: Record<string, unknown> = {},
): Promise<Reply> {
  return await api.post("/v1/reservations", { lines: [{ ...shelf, quantity }], ...settings });
}

export async function levelOf(api: ApiClient, { sku, locationId }: Shelf): Promise<Reply["body"]> {
  const reply = await api.get(`/v1/levels/${sku}/${locationId}`);
  expect(reply.status).toBe(200);
  return reply.body;
}

/** Where a reservation is found, by the answer that made it. */
export function pathOf({ body }: Reply): string {
  return `/v1/reservations/${body.reservationId}`;
}

export function ifMatch(etag: string): Call {
  return { headers: { "if-match": etag } };
}

export function keyed(key: string): Call {
  return { headers: { "idempotency-key": key } };
}

/** Every item of a list, page by page. */
export async function everyItem(
  api: ApiClient,
  list: string,
  parameters: Record<string, string> = {},
): Promise<Reply["body"][]> {
  const query = new URLSearchParams({ limit: "200", ...parameters });
  const found: Reply["body"][] = [];
  for (let page = 0; page < 100; page += 1) {
    const reply = await api.get(`${list}?${query}`);
    expect(reply.status).toBe(200);
    found.push(...reply.body.items);
    if (reply.body.nextCursor === null) {
      return found;
    }
    query.set("cursor", reply.body.nextCursor);
  }
  throw new Error(`The list ${list} does not end.`);
}

/** The alerts of a SKU at a location. One that ends while the list is read is among the open and the past ones. */
export async function alertsOf(api: ApiClient, shelf: Shelf): Promise<Reply["body"][]> {
  const alerts = await everyItem(api, "/v1/alerts");
  const ofShelf = alerts.filter(({ sku, locationId }) => sku === shelf.sku && locationId === shelf.locationId);
  return [...new Map(ofShelf.map((alert) => [alert.alertId, alert])).values()];
}

/** Who waits for a SKU: reservation and units, oldest promise first. */
export async function queueOf(api: ApiClient, { sku, locationId }: Shelf): Promise<[string, number][]> {
  const entries = await everyItem(api, "/v1/backorders", { sku, locationId });
  return entries.map(({ reservationId, quantity }) => [reservationId, quantity]);
}

/** Every movement of a level, oldest first; of one that was split those of its cells before its own. */
export async function movementsOf(api: ApiClient, { sku, locationId }: Shelf): Promise<Reply["body"][]> {
  return (await everyItem(api, "/v1/movements", { sku, locationId })).reverse();
}

/** Splits a level, or makes it whole with 1. */
export async function split(
  api: ApiClient,
  { sku, locationId }: Shelf,
  cells: number,
  call: Call = {},
): Promise<Reply> {
  return await api.post(`/v1/levels/${sku}/${locationId}/cells`, { cells }, call);
}
