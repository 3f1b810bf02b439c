/** What the consumers of the queues do, brought about as in `cost-scenarios.ts`. */
import { sendAlerts } from "../functions/alerts/send-alerts.ts";
import { writeAudit } from "../functions/audit/write-audit.ts";
import { refreshViews } from "../functions/availability/refresh-views.ts";
import { allocateBackorders } from "../functions/backorders/allocate-backorders.ts";
import type { Level } from "../functions/domain/level.ts";
import type { HeldReservation } from "../functions/domain/reservation.ts";
import { expireHold } from "../functions/expiry/expire-hold.ts";
import { releaseDeleted } from "../functions/expiry/release-deleted.ts";
import type { AlertMessage, ViewMessage } from "../functions/messaging/messages.ts";
import { reserveStock } from "../functions/reservations/reserve-stock.ts";
import { adjustStock } from "../functions/stock/adjust-stock.ts";
import type { Scenario } from "./scenario.ts";
import { doneValue, graceSeconds, holdSeconds, type Shop, type ShopServices } from "./shop.ts";

export const orderId = "order-20270131-000042";

export function mustBe(expected: string, found: string): void {
  if (found !== expected) {
    throw new Error(`It was to be ${expected}, and was ${found}.`);
  }
}

/** A hold whose deadline has passed, and so has the time after which the table may delete it. */
export async function overdue(shop: Shop, lines: number) {
  const held = await shop.hold(await shop.stocked(lines));
  shop.clock.advance((holdSeconds + graceSeconds + 1) * 1000);
  return held;
}

/** Ends a hold that is overdue, as its message does. */
export async function expire(
  shop: Shop,
  services: ShopServices,
  { reservationId, uid }: HeldReservation,
): Promise<void> {
  const { kind } = doneValue(await expireHold(services, { ...shop.command(), reservationId, uid }));
  mustBe("expired", kind);
}

async function note(shop: Shop, services: ShopServices, message: ViewMessage): Promise<void> {
  mustBe("done", (await refreshViews(services, message, shop.delivery())).kind);
}

/** A level before and after a reservation took a unit of it. */
async function changeOfLevel(shop: Shop): Promise<{ readonly before: Level; readonly after: Level }> {
  const [shelf] = await shop.stocked(1);
  if (shelf === undefined) {
    throw new Error("There is no shelf.");
  }
  const before = await shop.level(shelf);
  await shop.hold([shelf]);
  return { before, after: await shop.level(shelf) };
}

export const consumerScenarios = {
  expire: async (shop, lines) => {
    const hold = await overdue(shop, lines);
    return async (metered) => await expire(shop, metered, hold);
  },
  expireDeleted: async (shop, lines) => {
    const reservation = await overdue(shop, lines);
    const ttlSeconds = await shop.deleteOverdue(reservation);
    return async (metered) => {
      const deleted = { ...shop.command(), reservation, ttlSeconds };
      mustBe("released", doneValue(await releaseDeleted(metered, deleted)));
    };
  },
  allocate: async (shop) => {
    const shelf = await shop.special(1, { backorder: { policy: "allow", limit: null } });
    const cart = shop.cart([shelf]);
    await reserveStock(shop.services, { ...cart, lines: cart.lines.map((line) => ({ ...line, quantity: 2 })) });
    doneValue(
      await adjustStock(shop.services, shop.adjustment([{ ...shelf, change: { kind: "delta", delta: 1 } }], true)),
    );
    const wait = async () => {
      throw new Error("Nothing is left to wait for.");
    };
    return async (metered) => {
      const { kind } = await allocateBackorders(
        { ...metered, wait },
        { ...shelf, availableFrom: null },
        shop.delivery(),
      );
      mustBe("done", kind);
    };
  },
  movement: async (shop) => {
    const written = await changeOfLevel(shop);
    return async (metered) => mustBe("done", (await writeAudit(metered, written)).kind);
  },
  summary: async (shop) => {
    const { after } = await changeOfLevel(shop);
    return async (metered) => await note(shop, metered, { kind: "level", level: after });
  },
  deadlineOnly: async (shop) => {
    const { reservationId, uid } = await shop.hold(await shop.stocked(1));
    return async (metered) => {
      mustBe("wait", doneValue(await expireHold(metered, { ...shop.command(), reservationId, uid })).kind);
    };
  },
  listHold: async (shop) => {
    const hold = await shop.hold(await shop.stocked(1));
    return async (metered) =>
      await note(shop, metered, { kind: "reservation", reservation: { ...hold, orderId: null } });
  },
  listOrder: async (shop) => {
    const reservation = { ...(await shop.hold(await shop.stocked(1))), orderId };
    return async (metered) => await note(shop, metered, { kind: "reservation", reservation });
  },
  unlistHold: async (shop) => {
    const reservation = { ...(await shop.hold(await shop.stocked(1))), orderId: null };
    await note(shop, shop.services, { kind: "reservation", reservation });
    return async (metered) => await note(shop, metered, { kind: "reservation-gone", reservation });
  },
  unlistOrder: async (shop) => {
    const reservation = { ...(await shop.hold(await shop.stocked(1))), orderId };
    await note(shop, shop.services, { kind: "reservation", reservation });
    return async (metered) => await note(shop, metered, { kind: "reservation-gone", reservation });
  },
  alert: async (shop) => {
    const shelf = await shop.special(6, {});
    const before = await shop.level(shelf);
    await shop.hold([shelf]);
    const message: AlertMessage = { kind: "level", change: { before, after: await shop.level(shelf) } };
    // Told within a second, it would do without reading the level.
    shop.clock.advance(2_000);
    let published = 0;
    const publish = async () => {
      published += 1;
    };
    return async (metered) => {
      await sendAlerts({ ...metered, publish }, message, shop.delivery());
      mustBe("1", String(published));
    };
  },
} as const satisfies Readonly<Record<string, Scenario>>;
