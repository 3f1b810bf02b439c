/** A launch that sells more than there is: those who wait are served by three receipts, the oldest promise first. */
import { expect } from "vitest";
import type { SeededRandom } from "../../support/seeded-random.ts";
import { eventually, type Reply } from "../client.ts";
import { levelOf, listItem, pathOf, queueOf, reserve, type Shelf } from "../shop.ts";
import type { Day } from "./shoppers.ts";

/** What the shop thinks that the queue is. */
interface Waiting {
  readonly reservation: Reply;
  quantity: number;
}

const limit = 24;

export class Launch {
  private readonly day: Day;
  private readonly random: SeededRandom;
  private readonly shelf: Shelf;
  private readonly orders: Reply[] = [];
  private queue: Waiting[] = [];
  /** Units that nobody waits for. */
  private free = 0;

  private constructor(day: Day, random: SeededRandom, shelf: Shelf) {
    this.day = day;
    this.random = random;
    this.shelf = shelf;
  }

  static async announce(day: Day, random: SeededRandom): Promise<Launch> {
    const sku = await listItem(day.office, {
      backorder: { policy: "allow", limit },
      restockAt: "2027-03-01T08:00:00.000Z",
    });
    return new Launch(day, random, { sku, locationId: random.pick(day.locations) });
  }

  async happen(): Promise<void> {
    await this.sellBeyondTheStock();
    const owed = this.owed();
    await this.receive(Math.ceil(owed / 3));
    await this.cancelOne();
    await this.growOne();
    await this.receive(Math.ceil(owed / 3));
    await this.receive(this.owed() + 5);
    expect(this.queue).toEqual([]);
    const next = await reserve(this.day.shop, this.shelf, 1, { backorder: "deny" });
    expect(next.body.lines).toMatchObject([{ allocated: 1, backordered: 0 }]);
    this.day.books.noteReservation(next);
    for (const order of this.orders) {
      const shipped = await this.day.office.post(`${pathOf(order)}/fulfill`);
      expect(shipped.body.status).toBe("fulfilled");
    }
  }

  private owed(): number {
    return this.queue.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  private async sellBeyondTheStock(): Promise<void> {
    const { shop, books } = this.day;
    for (let buyer = 0; buyer < 12; buyer += 1) {
      const quantity = this.random.integer(1, 4);
      const headroom = limit - this.owed();
      const reply = await reserve(shop, this.shelf, quantity);
      if (quantity > headroom) {
        expect(reply.body).toMatchObject({ code: "insufficient_stock", errors: [{ backorderable: headroom }] });
        continue;
      }
      expect(reply.body).toMatchObject({ status: "held", lines: [{ allocated: 0, backordered: quantity }] });
      books.noteReservation(reply);
      this.queue.push({ reservation: reply, quantity });
      if (this.random.chance(0.7)) {
        expect((await shop.post(`${pathOf(reply)}/commit`, { orderId: `launch-${buyer}` })).status).toBe(200);
        this.orders.push(reply);
      }
    }
  }

  private async receive(quantity: number): Promise<void> {
    await this.day.books.receive(this.day.office, this.shelf, quantity);
    this.serve(quantity);
    await this.expectQueue();
  }

  /** The oldest promise first, partly if need be. */
  private serve(quantity: number): void {
    let left = quantity;
    for (const place of this.queue) {
      const served = Math.min(place.quantity, left);
      place.quantity -= served;
      left -= served;
    }
    this.queue = this.queue.filter((place) => place.quantity > 0);
    this.free += left;
  }

  /** Somebody who waits has had enough; what he has already goes to the next. */
  private async cancelOne(): Promise<void> {
    const { reservation } = this.random.pick(this.queue);
    const path = pathOf(reservation);
    const { body } = await this.day.shop.get(path);
    expect((await this.day.shop.post(`${path}/release`)).body.status).toBe("released");
    this.queue = this.queue.filter((place) => pathOf(place.reservation) !== path);
    const order = this.orders.findIndex((candidate) => pathOf(candidate) === path);
    if (order >= 0) {
      this.orders.splice(order, 1);
    }
    this.serve(body.lines[0].allocated);
    await this.expectQueue();
  }

  /** A cart that is not paid yet wants one more, and waits for that one behind all others. */
  private async growOne(): Promise<void> {
    const paid = new Set(this.orders.map(pathOf));
    const carts = this.queue.filter(({ reservation }) => !paid.has(pathOf(reservation)));
    if (carts.length === 0) {
      return;
    }
    const { reservation } = this.random.pick(carts);
    const quantity = reservation.body.lines[0].quantity + 1;
    const grown = await this.day.shop.put(`${pathOf(reservation)}/lines`, { lines: [{ ...this.shelf, quantity }] });
    expect([grown.status, grown.body.lines[0].quantity]).toEqual([200, quantity]);
    this.queue.push({ reservation, quantity: 1 });
    await this.expectQueue();
  }

  private async expectQueue(): Promise<void> {
    const expected = this.queue.map(({ reservation, quantity }) => [reservation.body.reservationId, quantity]);
    const found = await eventually(
      () => queueOf(this.day.office, this.shelf),
      (queue) => JSON.stringify(queue) === JSON.stringify(expected),
    );
    expect(found).toEqual(expected);
    expect(await levelOf(this.day.office, this.shelf)).toMatchObject({
      backordered: this.owed(),
      sellable: this.free - this.owed(),
    });
  }
}
