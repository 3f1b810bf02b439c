/** What stands in the shop before it is fuzzed: items of every kind, and reservations in every state. */
import { setTimeout as sleep } from "node:timers/promises";
import { demoItems, demoLocations, loadDemoCatalogue } from "../../local/demo-catalogue.ts";
import type { LocalStack } from "../../local/stack.ts";
import { ApiClient, type Reply } from "../api/client.ts";

/** Names of things that are there, for requests that get behind the first look-up. */
export interface KnownNames {
  readonly skus: readonly string[];
  readonly locationIds: readonly string[];
  /** By the operation that they are kept for, so that one operation does not use up those of another. */
  readonly reservationIds: Readonly<Record<ReservationOperation, readonly string[]>>;
  /** Those that a `PUT` may turn into anything, so that the others stay as they are. */
  readonly changeable: { readonly skus: readonly string[]; readonly locationIds: readonly string[] };
}

const [{ locationId }] = demoLocations;
/** `A`, `B` and `L1` are those of the document's examples, of which many requests are made. */
const extraLocation = "L1";
const extraItems = {
  A: { name: "Enamel mug, blue", backorder: { policy: "allow", limit: 20 } },
  B: { name: "Enamel mug, red" },
  "SNEAKER-DROP": { name: "Sneaker, sold in cells" },
  "GAME-LIMITED": { name: "Game, two for each customer", purchaseLimit: { quantity: 2, windowDays: 30 } },
  "BOOK-PREORDER": {
    name: "Book, not out yet",
    availableFrom: "2099-01-01T00:00:00Z",
    backorder: { policy: "allow", limit: 50 },
  },
} as const;
const changeable = { skus: ["POSTER-A2", "VASE-OLD"], locationIds: ["lyon", "depot"] } as const;

type State = "held" | "committed" | "fulfilled" | "released" | "expired";

/** The states from which each operation has something to do, and some from which it has not. */
const statesFor = {
  getReservation: { held: 1, committed: 1, fulfilled: 1, released: 1, expired: 1 },
  rearrangeReservation: { held: 12, committed: 1 },
  extendReservation: { held: 12, released: 1 },
  commitReservation: { held: 10, expired: 4 },
  releaseReservation: { held: 10, committed: 4, fulfilled: 1 },
  fulfillReservation: { committed: 12, held: 1 },
  returnUnits: { fulfilled: 6, committed: 1 },
} as const satisfies Record<string, Partial<Record<State, number>>>;

type ReservationOperation = keyof typeof statesFor;

/** Enough to be shipped and sent back in many parts. */
const unitsOfEach = 40;

function accepted(reply: Reply): void {
  if (reply.status >= 300) {
    throw new Error(`The shop could not be made: ${reply.status} ${JSON.stringify(reply.body)}`);
  }
}

async function bringTo(api: ApiClient, state: State, reservationId: string): Promise<void> {
  const path = `/v1/reservations/${reservationId}`;
  accepted(
    await api.post("/v1/reservations", {
      reservationId,
      customerId: `customer-of-${reservationId}`,
      referenceId: "cart-81",
      ttlSeconds: state === "expired" ? 1 : 3_600,
      lines: [
        { sku: "TSHIRT-BLUE-M", locationId, quantity: unitsOfEach },
        { sku: "GAME-LIMITED", quantity: 1 },
      ],
    }),
  );
  if (state === "committed" || state === "fulfilled") {
    accepted(await api.post(`${path}/commit`, { orderId: "1001" }));
  }
  if (state === "fulfilled") {
    accepted(await api.post(`${path}/fulfill`));
  }
  if (state === "released") {
    accepted(await api.post(`${path}/release`));
  }
}

/** Fills the shop and gives the names of what is in it. Throws with the answer that was not expected. */
export async function fillShop(stack: LocalStack): Promise<KnownNames> {
  const token = await stack.tokenFor();
  const api = new ApiClient(stack.url, token);
  await loadDemoCatalogue(stack.url, token);
  for (const [sku, item] of Object.entries(extraItems)) {
    accepted(await api.put(`/v1/items/${sku}`, item));
  }
  accepted(await api.put(`/v1/locations/${extraLocation}`, { name: "Warehouse north", priority: 5, active: true }));
  const stocked = [
    ...demoItems.filter(({ components }) => components === undefined).map(({ sku }) => ({ sku, locationId })),
    ...["SNEAKER-DROP", "GAME-LIMITED"].map((sku) => ({ sku, locationId })),
    ...["A", "B"].map((sku) => ({ sku, locationId: extraLocation })),
  ];
  accepted(
    await api.post("/v1/adjustments", {
      reason: "received",
      changes: stocked.map((shelf) => ({ ...shelf, delta: 100_000 })),
    }),
  );
  accepted(await api.post(`/v1/levels/SNEAKER-DROP/${locationId}/cells`, { cells: 4 }));

  const reservationIds = {} as Record<ReservationOperation, string[]>;
  for (const [operation, states] of Object.entries(statesFor) as [ReservationOperation, Record<State, number>][]) {
    reservationIds[operation] = [];
    for (const [state, count] of Object.entries(states) as [State, number][]) {
      for (let number = 1; number <= count; number += 1) {
        const reservationId = `${operation}-${state}-${number}`;
        await bringTo(api, state, reservationId);
        reservationIds[operation].push(reservationId);
      }
    }
  }
  // The deadline messages of the shortest holds are under way.
  await sleep(3_000);
  return {
    skus: [...demoItems.map(({ sku }) => sku), ...Object.keys(extraItems), ...changeable.skus],
    locationIds: [...demoLocations.map((location) => location.locationId), extraLocation, ...changeable.locationIds],
    reservationIds,
    changeable,
  };
}
