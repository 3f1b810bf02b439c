import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Service } from "../support/service.ts";
import { closeTheBooks, ShopFloor, shares } from "./shop-floor.ts";

let service: Service;
let shop: ShopFloor;

beforeAll(async () => {
  service = await Service.start();
  shop = new ShopFloor(service);
});

afterAll(async () => {
  await closeTheBooks(service);
});

const allowed = { backorder: { policy: "allow", limit: null } } as const;

describe("a line without a location, while the summaries are behind the stock,", () => {
  it("is not promised beyond the stock while units lie free at another location", async () => {
    const { sku, shelves } = await shop.stocked([1, 1], allowed);
    const [known, refilled] = shelves as [(typeof shelves)[number], (typeof shelves)[number]];
    await shop.held([[sku, 1, refilled.locationId]]);
    await service.settle();
    // The summaries have one unit here and none there; in truth it is the other way round.
    await shop.held([[sku, 1, known.locationId]]);
    await service.adjust(refilled, 1);
    const reservation = await shop.held([[sku, 1]]);
    expect(shares(reservation)).toEqual([[1, 0]]);
    expect(reservation.lines[0]?.legs).toMatchObject([{ ...refilled, allocated: 1 }]);
  });

  it("is promised at the preferred location that allows it, wherever the last unit was met", async () => {
    const { sku, shelves } = await shop.stocked([1, 1], allowed);
    const [preferred, other] = shelves as [(typeof shelves)[number], (typeof shelves)[number]];
    // Before every other location of this file, where it might be promised as well; known once the old ones are old.
    await shop.location(preferred.locationId, { priority: -1 });
    service.clock.advance(6_000);
    await shop.held([[sku, 1, preferred.locationId]]);
    await service.settle();
    await shop.held([[sku, 1, other.locationId]]);
    const reservation = await shop.held([[sku, 1]]);
    expect(reservation.lines[0]?.legs).toMatchObject([{ ...preferred, backordered: 1 }]);
  });
});
