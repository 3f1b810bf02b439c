/** A shop to test with: a SKU with stock at locations of its own. */
import { expect } from "vitest";
import { type ApiClient, type Reply, unique } from "./client.ts";

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

/** Every movement of a level, oldest first. */
export async function movementsOf(api: ApiClient, { sku, locationId }: Shelf): Promise<Reply["body"][]> {
  const found: Reply["body"][] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page += 1) {
    const from: string = cursor === null ? "" : `&cursor=${cursor}`;
    const reply: Reply = await api.get(`/v1/movements?sku=${sku}&locationId=${locationId}&limit=200${from}`);
    expect(reply.status).toBe(200);
    found.push(...reply.body.items);
    cursor = reply.body.nextCursor;
    if (cursor === null) {
      return found.reverse();
    }
  }
  throw new Error("The list of movements does not end.");
}
