/** A small shop to try things out on, loaded through the HTTP API like anybody's. */
import { setTimeout as sleep } from "node:timers/promises";

export interface DemoItem {
  readonly sku: string;
  readonly name: string;
  readonly lowStockThreshold?: number;
  readonly backorder?: { readonly policy: "allow"; readonly limit: number };
  /** What a kit is made of; a component stands before it in the list. */
  readonly components?: readonly { readonly sku: string; readonly quantity: number }[];
  /** Units on hand by location. */
  readonly stock: Readonly<Record<string, number>>;
}

export const demoLocations = [
  { locationId: "berlin", name: "Warehouse Berlin", priority: 10 },
  { locationId: "lyon", name: "Warehouse Lyon", priority: 20 },
] as const;

export const demoItems: readonly DemoItem[] = [
  { sku: "TSHIRT-BLUE-M", name: "T-shirt, blue, M", lowStockThreshold: 5, stock: { berlin: 40, lyon: 25 } },
  { sku: "TSHIRT-BLUE-L", name: "T-shirt, blue, L", stock: { berlin: 30 } },
  { sku: "MUG-WHITE", name: "Mug, white", stock: { berlin: 12, lyon: 60 } },
  { sku: "POSTER-A2", name: "Poster, A2", stock: { lyon: 100 } },
  { sku: "LAMP-OAK", name: "Lamp, oak", stock: { berlin: 1 } },
  { sku: "CHAIR-ASH", name: "Chair, ash", backorder: { policy: "allow", limit: 20 }, stock: { berlin: 2 } },
  { sku: "MUG-PAIR", name: "Two mugs, white", components: [{ sku: "MUG-WHITE", quantity: 2 }], stock: {} },
];

/** Summaries are a moment behind the stock, and many seconds on a machine that is busy with other things. */
const shownWithinMs = 60_000;

/**
 * Loads the shop, and waits until a buyer sees all of it: who is told that it is there looks at once.
 * Throws with the API's answer when one is not a success.
 */
export async function loadDemoCatalogue(url: string, token: string): Promise<void> {
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
    }
    return await response.json();
  };
  for (const { locationId, ...location } of demoLocations) {
    await send("PUT", `/v1/locations/${locationId}`, { ...location, active: true });
  }
  for (const { sku, stock: _, ...item } of demoItems) {
    await send("PUT", `/v1/items/${sku}`, item);
  }
  const changes = demoItems.flatMap(({ sku, stock }) =>
    Object.entries(stock).map(([locationId, delta]) => ({ sku, locationId, delta })),
  );
  await send("POST", "/v1/adjustments", { reason: "received", changes });

  const endsAtMs = Date.now() + shownWithinMs;
  while (!isShown(await send("GET", `/v1/availability?${demoItems.map(({ sku }) => `sku=${sku}`).join("&")}`))) {
    if (Date.now() > endsAtMs) {
      throw new Error(`The demo catalogue was not shown as available within ${shownWithinMs / 1000} s.`);
    }
    await sleep(100);
  }
}

function isShown(answer: unknown): boolean {
  const { items } = answer as { readonly items: readonly { readonly sku: string; readonly available: number }[] };
  return demoItems.every((item) => items.find(({ sku }) => sku === item.sku)?.available === availableOf(item));
}

/** Units that a buyer sees of it; of a kit, as many as its scarcest component makes. */
export function availableOf({ stock, components }: DemoItem): number {
  if (components === undefined) {
    return Object.values(stock).reduce((sum, units) => sum + units, 0);
  }
  return Math.min(
    ...components.map(({ sku, quantity }) => {
      const component = demoItems.find((item) => item.sku === sku);
      return component === undefined ? 0 : Math.floor(availableOf(component) / quantity);
    }),
  );
}
