/** What the journeys do again and again, through the API alone. Everything has a name of its own in each run. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ApiClient, eventually, type Reply, unique } from "../api/client.ts";
import type { DeployedService } from "./deployed-service.ts";

export interface Shelf {
  readonly sku: string;
  readonly locationId: string;
}

/** Those who call, each with the token of his audience. */
export interface Callers {
  readonly anybody: ApiClient;
  readonly reader: ApiClient;
  readonly storefront: ApiClient;
  readonly backOffice: ApiClient;
}

export async function callersOf(service: DeployedService): Promise<Callers> {
  const [reader, storefront, backOffice] = await Promise.all([
    service.caller("inventory/read"),
    service.caller("inventory/read", "inventory/reserve"),
    service.caller("inventory/manage"),
  ]);
  return { anybody: service.anybody(), reader, storefront, backOffice };
}

/** The body of an answer that has the status; throws with the answer when it has another. */
export function bodyOf(reply: Reply, status: number): Reply["body"] {
  equal(reply.status, status, JSON.stringify(reply.body));
  return reply.body;
}

/** How long the consumers behind the stream may take. On AWS it is seconds; functions that start cold come on top. */
const settlesWithinMs = 60_000;

/** What is asked for again until it is as wished. Throws with the last answer when it never was. */
export async function awaited<T>(ask: () => Promise<T>, isAsWished: (answer: T) => boolean): Promise<T> {
  const answer = await eventually(ask, isAsWished, settlesWithinMs);
  ok(isAsWished(answer), `It never was as wished, but ${JSON.stringify(answer)}`);
  return answer;
}

export async function stockedShelf({ backOffice }: Callers, units: number, settings: object = {}): Promise<Shelf> {
  const shelf = { sku: unique("journey"), locationId: unique("journey") };
  bodyOf(
    await backOffice.put(`/v1/locations/${shelf.locationId}`, { name: "Journey", priority: 1, active: true }),
    201,
  );
  bodyOf(await backOffice.put(`/v1/items/${shelf.sku}`, { name: "Journey", ...settings }), 201);
  const received = { reason: "received", changes: [{ ...shelf, delta: units }] };
  bodyOf(await backOffice.post("/v1/adjustments", received), 200);
  return shelf;
}

export async function levelOf({ backOffice }: Callers, { sku, locationId }: Shelf): Promise<Reply["body"]> {
  return bodyOf(await backOffice.get(`/v1/levels/${sku}/${locationId}`), 200);
}

/** Every movement of a level, oldest first. */
export async function movementsOf({ backOffice }: Callers, shelf: Shelf): Promise<readonly Reply["body"][]> {
  return (await everyItem(backOffice, "/v1/movements", { ...shelf })).reverse();
}

/** Pages of a list that are looked at, of 200 each. */
const mostPages = 50;

export async function everyItem(
  api: ApiClient,
  list: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Reply["body"][]> {
  const query = new URLSearchParams({ limit: "200", ...parameters });
  const found: Reply["body"][] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const { items, nextCursor } = bodyOf(await api.get(`${list}?${query}`), 200);
    found.push(...items);
    if (nextCursor === null) {
      break;
    }
    query.set("cursor", nextCursor);
  }
  return found;
}

/** The trail of a level, when it has come as far as the level: without a gap, and it adds up to the level's figures. */
export async function completeTrailOf(callers: Callers, shelf: Shelf): Promise<readonly Reply["body"][]> {
  const level = await levelOf(callers, shelf);
  const movements = await awaited(
    async () => await movementsOf(callers, shelf),
    (found) => found.length >= level.version,
  );
  deepEqual(
    movements.map(({ version }) => version),
    movements.map((_, index) => index + 1),
  );
  for (const figure of ["onHand", "reserved", "available", "sellable"]) {
    const sum = movements.reduce((total, { changes }) => total + (changes[figure] ?? 0), 0);
    equal(level[figure], sum, figure);
  }
  return movements;
}

/**
 * Takes the free units from the shelf, and item and location out of use: a record of the stock is never deleted.
 * What a journey that failed still holds ends at its deadline.
 */
export async function closeShelf(callers: Callers, shelf: Shelf): Promise<void> {
  const { backOffice } = callers;
  const { available } = await levelOf(callers, shelf);
  if (available > 0) {
    const cleared = { reason: "correction", changes: [{ ...shelf, delta: -available }] };
    bodyOf(await backOffice.post("/v1/adjustments", cleared), 200);
  }
  bodyOf(await backOffice.put(`/v1/items/${shelf.sku}`, { name: "Journey", active: false }), 200);
  bodyOf(
    await backOffice.put(`/v1/locations/${shelf.locationId}`, { name: "Journey", priority: 1, active: false }),
    200,
  );
}
