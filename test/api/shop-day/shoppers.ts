/** Shoppers whose carts grow and shrink, who pay, pay twice, pay late or not at all, and send things back. */
import { expect } from "vitest";
import { dispositions } from "../../../functions/domain/fulfilment.ts";
import type { SeededRandom } from "../../support/seeded-random.ts";
import { type ApiClient, eventually, type Reply, unique } from "../client.ts";
import { ifMatch, keyed, listItem, pathOf } from "../shop.ts";
import type { Books } from "./books.ts";

export interface Day {
  readonly shop: ApiClient;
  readonly office: ApiClient;
  readonly books: Books;
  readonly locations: readonly string[];
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly locationId?: string;
}

/** What becomes of a payment, and of the parcel after it; each comes about whatever the seed is. */
export const payments = ["paid", "twice", "fails", "late", "abandoned", "paid"] as const;
export const parcels = ["whole", "rest-cancelled", "two-parcels", "sent-back", "waits"] as const;
const strategies = ["fewest-splits", "priority", "nearest", "balance"] as const;

/** SKUs with scarce stock at several locations, and a kit of two of them. */
export async function fillShelves({ office, books, locations }: Day, random: SeededRandom): Promise<readonly string[]> {
  const skus = await Promise.all(Array.from({ length: 5 }, () => listItem(office)));
  for (const sku of skus) {
    for (const locationId of random.sample(locations, 2)) {
      await books.receive(office, { sku, locationId }, random.integer(14, 20));
    }
  }
  const components = skus.slice(0, 2).map((sku, index) => ({ sku, quantity: index + 1 }));
  const kit = await listItem(office, { components });
  books.noteKit(kit, components);
  return [...skus, kit];
}

export class Shopper {
  private readonly day: Day;
  private readonly skus: readonly string[];
  private readonly random: SeededRandom;
  private readonly number: number;
  private readonly customerId = unique("customer");

  constructor(day: Day, skus: readonly string[], random: SeededRandom, number: number) {
    this.day = day;
    this.skus = skus;
    this.random = random;
    this.number = number;
  }

  async visit(): Promise<void> {
    let { cart: present, lines: wished } = await this.findSomething();
    for (let change = this.random.integer(0, 2); change > 0; change -= 1) {
      const next = this.changed(wished);
      const reply = await this.rearrange(present, next);
      if (reply !== null) {
        present = reply;
        wished = next;
      }
    }
    if (await this.pay(present)) {
      await this.receiveParcels(present);
    }
  }

  /** What was wished first may be sold out where it was wished; there is always something left. */
  private async findSomething(): Promise<{ cart: Reply; lines: readonly Line[] }> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const most = attempt < 3 ? 3 : 1;
      const lines = this.random.sample(this.skus, this.random.integer(1, most)).map((sku) => this.lineOf(sku));
      const cart = await this.fill(lines);
      if (cart !== null) {
        return { cart, lines };
      }
    }
    throw new Error("The shelves are too empty for the shoppers of this day.");
  }

  private lineOf(sku: string): Line {
    const quantity = this.random.integer(1, 3);
    return this.random.chance(0.7)
      ? { sku, quantity }
      : { sku, quantity, locationId: this.random.pick(this.day.locations) };
  }

  /** Sends the cart twice when its answer might have been lost; null when the stock is wanting. */
  private async fill(lines: readonly Line[]): Promise<Reply | null> {
    const { shop, books } = this.day;
    const request = {
      referenceId: `cart-${this.number}`,
      customerId: this.customerId,
      allocation: this.random.pick(strategies),
      shipTo: { latitude: this.random.integer(36, 60), longitude: this.random.integer(-9, 30) },
      lines,
    };
    const key = keyed(unique("cart"));
    const times = this.random.chance(0.25) ? 2 : 1;
    const replies = await Promise.all(Array.from({ length: times }, () => shop.post("/v1/reservations", request, key)));
    const made = replies.filter(({ status }) => status < 300);
    for (const refused of replies.filter((reply) => !made.includes(reply))) {
      expect([refused.status, refused.body.code]).toEqual([409, "insufficient_stock"]);
      expect(refused.body.errors.length).toBeGreaterThan(0);
    }
    const [cart = null, ...same] = made;
    for (const reply of same) {
      expect(reply.body).toEqual(cart?.body);
    }
    if (cart !== null) {
      books.noteReservation(cart);
    }
    return cart;
  }

  /** One line more, one less, or another quantity; never none at all. */
  private changed(lines: readonly Line[]): readonly Line[] {
    const unused = this.skus.filter((sku) => lines.every((line) => line.sku !== sku));
    if (unused.length > 0 && this.random.chance(0.4)) {
      return [...lines, this.lineOf(this.random.pick(unused))];
    }
    const chosen = this.random.pick(lines);
    if (lines.length > 1 && this.random.chance(0.3)) {
      return lines.filter((line) => line !== chosen);
    }
    const quantity = chosen.quantity === 1 ? 2 : chosen.quantity + this.random.pick([-1, 1, 2]);
    return lines.map((line) => (line === chosen ? { ...line, quantity } : line));
  }

  /** The cart as it is then; null when the stock is wanting, and it is as it was. */
  private async rearrange(cart: Reply, lines: readonly Line[]): Promise<Reply | null> {
    const { shop } = this.day;
    const etag = cart.headers.get("etag") ?? "";
    const send = () => shop.put(`${pathOf(cart)}/lines`, { lines }, ifMatch(etag));
    const reply = await send();
    if (reply.status === 409) {
      expect(reply.body.code).toBe("insufficient_stock");
      const now = await shop.get(pathOf(cart));
      expect([now.body, now.headers.get("etag")]).toEqual([cart.body, etag]);
      return null;
    }
    expect(reply.status).toBe(200);
    expect(reply.headers.get("etag")).toBe(`"${cart.body.revision + 1}"`);
    expect(reply.body.lines.map(({ sku, quantity }: Line) => [sku, quantity])).toEqual(
      lines.map(({ sku, quantity }) => [sku, quantity]),
    );
    if (this.random.chance(0.3)) {
      const again = await send();
      expect([again.status, again.body]).toEqual([200, reply.body]);
    }
    if (this.random.chance(0.3)) {
      const stale = await shop.post(`${pathOf(cart)}/commit`, { orderId: "stale" }, ifMatch(etag));
      expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    }
    return reply;
  }

  /** Whether there is an order to be shipped. */
  private async pay(cart: Reply): Promise<boolean> {
    const { shop, books } = this.day;
    const path = pathOf(cart);
    const orderId = `order-${this.number}`;
    const commit = (id: string) =>
      shop.post(`${path}/commit`, { orderId: id }, ifMatch(cart.headers.get("etag") ?? ""));
    const payment = payments[this.number % payments.length] as (typeof payments)[number];
    books.noteHappening(payment);
    switch (payment) {
      case "paid": {
        expect((await commit(orderId)).body).toMatchObject({ status: "committed", orderId, reacquired: false });
        return true;
      }
      case "twice": {
        const replies = await Promise.all([commit(orderId), commit(orderId), commit(orderId)]);
        expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
        expect((await commit("another-order")).body.code).toBe("invalid_transition");
        return true;
      }
      case "fails": {
        const released = await shop.post(`${path}/release`, { reason: "payment_failed" });
        expect(released.body.status).toBe("released");
        expect((await shop.post(`${path}/release`)).body).toEqual(released.body);
        expect((await commit(orderId)).body).toMatchObject({ reservationStatus: "released" });
        return false;
      }
      case "late": {
        await shop.post(`${path}/extend`, { ttlSeconds: 1 });
        const ended = await eventually(
          () => shop.get(path),
          ({ body }) => body.status === "expired",
        );
        expect(ended.body.status).toBe("expired");
        const late = await commit(orderId);
        if (late.status === 410) {
          expect(late.body.errors.length).toBeGreaterThan(0);
          return false;
        }
        expect(late.body).toMatchObject({ status: "committed", reacquired: true });
        return true;
      }
      case "abandoned": {
        await shop.post(`${path}/extend`, { ttlSeconds: 1 });
        books.noteAbandoned(cart);
        return false;
      }
    }
  }

  private async receiveParcels(cart: Reply): Promise<void> {
    const { shop, office, books } = this.day;
    const path = pathOf(cart);
    const parcel = parcels[Math.floor(this.number / payments.length) % parcels.length] as (typeof parcels)[number];
    books.noteHappening(parcel);
    const ship = async () => {
      expect((await office.post(`${path}/fulfill`)).body.status).toBe("fulfilled");
    };
    switch (parcel) {
      case "whole":
        await ship();
        return;
      case "rest-cancelled": {
        await this.shipOne(path);
        const cancelled = await shop.post(`${path}/release`);
        expect([200, 409]).toContain(cancelled.status);
        expect((await shop.get(path)).body.status).toBe("fulfilled");
        return;
      }
      case "two-parcels":
        await this.shipOne(path);
        await ship();
        return;
      case "sent-back":
        await ship();
        await this.sendBack(path);
        return;
      case "waits":
        return;
    }
  }

  /** One unit of the first line, by a warehouse that is not sure whether it has said so. */
  private async shipOne(path: string): Promise<void> {
    const { shop, office } = this.day;
    const { body } = await shop.get(path);
    const lines = [{ sku: body.lines[0].sku, quantity: 1 }];
    const key = keyed(unique("parcel"));
    const send = () => office.post(`${path}/fulfill`, { lines }, key);
    const replies = await Promise.all([send(), send()]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect((await shop.get(path)).body.lines[0].fulfilled).toBe(1);
  }

  private async sendBack(path: string): Promise<void> {
    const { shop, office, books, locations } = this.day;
    const { sku } = (await shop.get(path)).body.lines[0];
    const disposition = this.random.pick(dispositions);
    const lines = [{ sku, locationId: this.random.pick(locations), quantity: 1, disposition }];
    const key = keyed(unique("return"));
    for (let time = 0; time < 2; time += 1) {
      const reply = await office.post(`${path}/return`, { lines }, key);
      expect([reply.status, reply.body.lines[0].returned]).toEqual([200, 1]);
    }
    books.noteReturn(sku, 1, disposition);
  }
}
