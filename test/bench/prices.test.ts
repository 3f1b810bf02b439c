/** What docs/costs.md is reckoned with beside the units: the messages of each step, and the arithmetic of the bill. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../bench/database.ts";
import { withComputedParts } from "../../bench/prices/document.ts";
import { prices } from "../../bench/prices/price-list.ts";
import { alone, expiry, full, type Life, messagesOf, sale, wholeOf } from "../../bench/prices/steps.ts";
import { services, sumOf, times, usdOf } from "../../bench/prices/work.ts";
import { doneValue, Shop } from "../../bench/shop.ts";
import { forwardsOf } from "../../functions/changes/forwards.ts";
import type { Level, LevelKey } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { expireHold } from "../../functions/expiry/expire-hold.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";

const lines = 2;
let database: Database;
let shop: Shop;
let shelves: readonly LevelKey[];

beforeAll(async () => {
  database = await startDatabase();
  shop = await Shop.open(database);
  shelves = await shop.stocked(lines);
});
afterAll(async () => {
  shop.close();
  await database.stop();
});

interface Picture {
  readonly levels: readonly Level[];
  readonly reservation: Reservation | null;
}

async function picture(reservationId: string | null): Promise<Picture> {
  const levels = await Promise.all(shelves.map(async (shelf) => await shop.level(shelf)));
  const reservation = reservationId === null ? null : doneValue(await getReservation(shop.services, reservationId));
  return { levels, reservation };
}

/** How many messages the stream's reader sends to each queue because of what is different. */
function sent(before: Picture, after: Picture): Readonly<Record<string, number>> {
  const forwards = [
    ...after.levels.flatMap((level, index) => {
      const earlier = before.levels[index] ?? null;
      return earlier?.version === level.version ? [] : forwardsOf({ kind: "level", before: earlier, after: level });
    }),
    ...(after.reservation === null
      ? []
      : forwardsOf({ kind: "reservation", before: before.reservation, after: after.reservation })),
  ];
  return Object.fromEntries(
    [...Map.groupBy(forwards, ({ to }) => to)].map(([queue, messages]) => [queue, messages.length]),
  );
}

function change(reservationId: string) {
  return { ...shop.command(), reservationId, expectedRevision: null };
}

describe("the messages of a step are those that the stream's reader sends", () => {
  it("reserve, commit, fulfil, and the end of the record", async () => {
    const before = await picture(null);
    const { reservationId } = await shop.hold(shelves);
    const held = await picture(reservationId);
    expect(sent(before, held)).toEqual(messagesOf.reserve(lines));
    doneValue(await commitReservation(shop.services, { ...change(reservationId), orderId: "order-1" }));
    const committed = await picture(reservationId);
    expect(sent(held, committed)).toEqual(messagesOf.commit());
    doneValue(await fulfilReservation(shop.services, { ...change(reservationId), units: null, change: null }));
    const fulfilled = await picture(reservationId);
    expect(sent(committed, fulfilled)).toEqual(messagesOf.fulfil(lines));
    const deleted = forwardsOf({
      kind: "reservation-deleted",
      before: fulfilled.reservation as Reservation,
      ttlSeconds: 0,
    });
    expect(deleted.map(({ to }) => to)).toEqual(Object.keys(messagesOf.delete()));
  });

  it("expire", async () => {
    const { reservationId, uid } = await shop.hold(shelves);
    const held = await picture(reservationId);
    shop.clock.advance(86_400_000);
    doneValue(await expireHold(shop.services, { ...shop.command(), reservationId, uid }));
    expect(sent(held, await picture(reservationId))).toEqual(messagesOf.expire(lines));
  });

  it("release", async () => {
    const { reservationId } = await shop.hold(shelves);
    const held = await picture(reservationId);
    doneValue(await releaseReservation(shop.services, { ...change(reservationId), reason: "cart-left" }));
    expect(sent(held, await picture(reservationId))).toEqual(messagesOf.release(lines));
  });

  it("adjust", async () => {
    const before = await picture(null);
    const changes = shelves.map((shelf) => ({ ...shelf, change: { kind: "delta", delta: 5 } as const }));
    doneValue(await adjustStock(shop.services, shop.adjustment(changes, true)));
    expect(sent(before, await picture(null))).toEqual(messagesOf.adjust(lines));
  });
});

describe("a bill", () => {
  const life: Life = {
    lines: 1,
    locations: "given",
    batches: alone,
    memory: { storefront: 1_769, backOffice: 1_024, consumer: 512 },
    holdMinutes: 15,
    hasKey: false,
  };

  it("has every price in one of its parts", () => {
    expect(Object.values(services).flat().toSorted()).toEqual(Object.keys(prices).toSorted());
  });

  it("is what the units of a sale cost, by hand", () => {
    // 4 to reserve, 1 to commit, 4 to fulfil; 2 movements of 2, 2 summaries of 1; the lists: 1, 2 and 2.
    expect(wholeOf(sale(life)).writeUnits).toBeCloseTo(4 + 1 + 4 + 4 + 2 + 5 + 0.01 * 4, 10);
    expect(usdOf({ writeUnits: 1_000_000, requests: 1_000_000 })).toBeCloseTo(1.625, 10);
    expect(usdOf(times(3, sumOf({ requests: 1 }, { requests: 1, publishes: 2 })))).toBeCloseTo(9e-6, 12);
  });

  it.each([sale, expiry])("of %o is smaller in batches, and larger with lines, a key and a longer hold", (of) => {
    const usd = (other: Partial<Life>): number => usdOf(wholeOf(of({ ...life, ...other })));
    expect(usd({ batches: full })).toBeLessThan(usd({}));
    for (const more of [{ lines: 2 }, { hasKey: true }, { holdMinutes: 16 }, { locations: "chosen" }] as const) {
      expect([more, usd(more) > usd({})]).toEqual([more, true]);
    }
  });
});

describe("the computed parts of a document", () => {
  const place = "before\n<!-- computed: bill -->\nold\n<!-- end: bill -->\nafter\n";

  it("stand between their comments, and nothing else is changed", () => {
    const text = withComputedParts(place, { bill: "new" });
    expect(text).toBe(place.replace("old", "new"));
    expect(withComputedParts(text, { bill: "new" })).toBe(text);
  });

  it("must have a place", () => {
    expect(() => withComputedParts(place, { shops: "new" })).toThrow("no place for the computed part shops");
  });
});
