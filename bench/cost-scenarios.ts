/** How each operation is brought about, by the use cases that the functions run. */
import { readAvailability } from "../functions/availability/read-availability.ts";
import { LocationDirectory } from "../functions/catalogue/location-directory.ts";
import type { LevelKey } from "../functions/domain/level.ts";
import { renderReservation } from "../functions/http/render/reservation.ts";
import { commitReservation } from "../functions/reservations/commit-reservation.ts";
import { extendReservation } from "../functions/reservations/extend-reservation.ts";
import { fulfilReservation } from "../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../functions/reservations/get-reservation.ts";
import { rearrangeReservation } from "../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../functions/reservations/release-reservation.ts";
import { reserveStock } from "../functions/reservations/reserve-stock.ts";
import { returnUnits } from "../functions/reservations/return-units.ts";
import { adjustStock } from "../functions/stock/adjust-stock.ts";
import { Answers } from "../functions/storage/answers.ts";
import { markSoldOut } from "../functions/storage/cells.ts";
import { consumerScenarios, expire, mustBe, orderId, overdue } from "./consumer-scenarios.ts";
import { kitComponents, type Operation, skusOfAvailability } from "./cost-budgets.ts";
import type { Scenario } from "./scenario.ts";
import { doneValue, holdSeconds, type Shop, type ShopServices, unitsOnShelf } from "./shop.ts";

/** What every change of a reservation carries. */
function change(shop: Shop, reservation: { readonly reservationId: string }) {
  return { ...shop.command(), reservationId: reservation.reservationId, expectedRevision: null };
}

function shelfOf({ sku, locationId }: LevelKey): LevelKey {
  return { sku, locationId };
}

async function refusedAsSoldOut(shop: Shop, metered: ShopServices, level: LevelKey): Promise<void> {
  const outcome = await reserveStock(metered, shop.cart([shelfOf(level)]));
  if (outcome.kind !== "refused" || outcome.refusal.kind !== "insufficient-stock") {
    throw new Error(`What is sold out was answered with ${JSON.stringify(outcome)}.`);
  }
}

async function committed(shop: Shop, lines: number) {
  const held = await shop.hold(await shop.stocked(lines));
  return doneValue(await commitReservation(shop.services, { ...change(shop, held), orderId }));
}

const receive = (shelves: readonly LevelKey[]) =>
  shelves.map((shelf) => ({ ...shelf, change: { kind: "delta", delta: 5 } as const }));

function nowSeconds(shop: Shop): number {
  return Math.floor(shop.clock.now() / 1000);
}

async function readListing(shop: Shop, exact: boolean) {
  const skus = (await shop.stocked(skusOfAvailability)).map(({ sku }) => sku);
  return async (metered: ShopServices): Promise<void> => {
    const found = await readAvailability(metered, { skus, locationId: null, exact });
    if (!found.every((sku) => sku !== null && sku.available > 0)) {
      throw new Error("A SKU that is in stock was not found.");
    }
  };
}

export const scenarios: Readonly<Record<Operation, Scenario>> = {
  ...consumerScenarios,
  reserveGiven: async (shop, lines) => {
    const cart = shop.cart(await shop.stocked(lines));
    return async (metered) => void doneValue(await reserveStock(metered, cart));
  },
  reserveChosen: async (shop, lines) => {
    const cart = shop.cart(await shop.stocked(lines));
    const anywhere = { ...cart, lines: cart.lines.map((line) => ({ ...line, locationId: null })) };
    return async (metered) => void doneValue(await reserveStock(metered, anywhere));
  },
  reserveRefused: async (shop, lines) => {
    const cart = shop.cart(await shop.stocked(lines));
    const greedy = cart.lines.map((line, index) => (index === 0 ? { ...line, quantity: 2 * unitsOnShelf } : line));
    return async (metered) => {
      const outcome = await reserveStock(metered, { ...cart, lines: greedy });
      if (outcome.kind !== "refused" || outcome.refusal.kind !== "insufficient-stock") {
        throw new Error(`More than there is was answered with ${JSON.stringify(outcome)}.`);
      }
    };
  },
  reserveBackordered: async (shop) => {
    const shelf = await shop.special(1, { backorder: { policy: "allow", limit: null } });
    const cart = shop.cart([shelf]);
    const two = { ...cart, lines: cart.lines.map((line) => ({ ...line, quantity: 2 })) };
    return async (metered) => void doneValue(await reserveStock(metered, two));
  },
  reserveLimited: async (shop) => {
    const shelf = await shop.special(unitsOnShelf, { purchaseLimit: { quantity: 5, windowDays: 30 } });
    return async (metered) => void doneValue(await reserveStock(metered, shop.cart([shelf])));
  },
  reserveKit: async (shop) => {
    const components = (await shop.stocked(kitComponents)).map(({ sku }) => ({ sku, quantity: 1 }));
    const kit = await shop.emptyShelf({ components });
    const cart = shop.cart([kit]);
    const anywhere = { ...cart, lines: cart.lines.map((line) => ({ ...line, locationId: null })) };
    return async (metered) => void doneValue(await reserveStock(metered, anywhere));
  },
  reserveCounted: async (shop) => {
    const cart = shop.cart(await shop.stocked(1));
    return async (metered) => void doneValue(await reserveStock({ ...metered, mostOpenHolds: 10 }, cart));
  },
  reserveHot: async (shop) => {
    const level = await shop.split(unitsOnShelf);
    return async (metered) => {
      const hot = metered.hotLevels.learn(level);
      if (hot !== null) {
        hot.freshUntilMs = shop.clock.now() + 1_000;
      }
      doneValue(await reserveStock(metered, shop.cart([shelfOf(level)])));
    };
  },
  reserveSoldOut: async (shop) => {
    const level = await shop.split(0);
    return async (metered) => {
      const hot = metered.hotLevels.learn(level);
      if (hot !== null) {
        hot.soldOut = { left: 0, untilMs: shop.clock.now() + 1_000 };
      }
      await refusedAsSoldOut(shop, metered, level);
    };
  },
  reserveSoldOutRead: async (shop) => {
    const level = await shop.split(0);
    const foundAtMs = shop.clock.now() + 2_000;
    await markSoldOut(shop.services.client, shop.services.tables.inventory, level, {
      generation: level.generation,
      left: 0,
      foundAtMs,
    });
    return async (metered) => {
      metered.hotLevels.learn(level);
      shop.clock.advance(2_000);
      await refusedAsSoldOut(shop, metered, level);
    };
  },
  rearrange: async (shop, lines) => {
    const shelves = await shop.stocked(lines);
    const held = await shop.hold(shelves);
    const wished = shelves.map((shelf, index) => ({ ...shelf, quantity: index === 0 ? 2 : 1 }));
    const command = { ...change(shop, held), lines: wished, ttlSeconds: null };
    return async (metered) => void doneValue(await rearrangeReservation(metered, command));
  },
  commit: async (shop, lines) => {
    const held = await shop.hold(await shop.stocked(lines));
    return async (metered) => void doneValue(await commitReservation(metered, { ...change(shop, held), orderId }));
  },
  lateCommit: async (shop, lines) => {
    const hold = await overdue(shop, lines);
    await expire(shop, shop.services, hold);
    return async (metered) => void doneValue(await commitReservation(metered, { ...change(shop, hold), orderId }));
  },
  extend: async (shop, lines) => {
    const held = await shop.hold(await shop.stocked(lines));
    const command = { ...change(shop, held), ttlSeconds: 2 * holdSeconds };
    return async (metered) => void doneValue(await extendReservation(metered, command));
  },
  read: async (shop, lines) => {
    const { reservationId } = await committed(shop, lines);
    return async (metered) => void doneValue(await getReservation(metered, reservationId));
  },
  release: async (shop, lines) => {
    const order = await committed(shop, lines);
    const command = { ...change(shop, order), reason: "order-cancelled" };
    return async (metered) => void doneValue(await releaseReservation(metered, command));
  },
  fulfil: async (shop, lines) => {
    const order = await committed(shop, lines);
    const command = { ...change(shop, order), units: null, change: null };
    return async (metered) => void doneValue(await fulfilReservation(metered, command));
  },
  fulfilPart: async (shop, lines) => {
    const order = await committed(shop, lines);
    const units = order.lines.slice(0, 1).map(({ sku, quantity }) => ({ sku, quantity, locationId: null }));
    const command = { ...change(shop, order), units, change: null };
    return async (metered) => void doneValue(await fulfilReservation(metered, command));
  },
  returnUnits: async (shop) => {
    const order = await committed(shop, 1);
    doneValue(await fulfilReservation(shop.services, { ...change(shop, order), units: null, change: null }));
    const [shelf] = await shop.stocked(1);
    const units = shelf === undefined ? [] : [{ ...shelf, quantity: 1, disposition: "restock" as const }];
    const command = { ...change(shop, order), units, change: null };
    return async (metered) => void doneValue(await returnUnits(metered, command));
  },
  adjustTogether: async (shop, lines) => {
    const command = shop.adjustment(receive(await shop.stocked(lines)), true);
    return async (metered) => void doneValue(await adjustStock(metered, command));
  },
  adjustEach: async (shop, lines) => {
    const command = shop.adjustment(receive(await shop.stocked(lines)), false);
    return async (metered) => void doneValue(await adjustStock(metered, command));
  },
  setQuantity: async (shop) => {
    const shelves = await shop.stocked(1);
    const set = { kind: "set", quantity: unitsOnShelf } as const;
    const command = shop.adjustment(
      shelves.map((shelf) => ({ ...shelf, change: set })),
      false,
    );
    return async (metered) => void doneValue(await adjustStock(metered, command));
  },
  firstReceipt: async (shop) => {
    const command = shop.adjustment(receive([await shop.emptyShelf()]), false);
    return async (metered) => void doneValue(await adjustStock(metered, command));
  },
  availability: async (shop) => await readListing(shop, false),
  availabilityExact: async (shop) => await readListing(shop, true),
  locations: async () => async (metered) => {
    await new LocationDirectory(metered.client, metered.tables.inventory, metered.runtime).current();
  },
  idempotencyKey: async (shop) => {
    const keyDigest = shop.clock.newId();
    const reservation = renderReservation(await shop.hold(await shop.stocked(1)));
    const answer = {
      bodyDigest: shop.clock.newId(),
      status: 201,
      body: JSON.stringify(reservation),
      revision: 1,
      location: `/v1/reservations/${reservation.reservationId}`,
      keptUntilSeconds: nowSeconds(shop) + 86_400,
    };
    return async (metered) => {
      const answers = new Answers(metered.client, metered.tables.inventory);
      mustBe("null", String(await answers.find(keyDigest)));
      mustBe("null", String(await answers.keepFirst(keyDigest, answer, nowSeconds(shop))));
    };
  },
};
