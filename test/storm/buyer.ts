/** A buyer's carts, one after the other, with the warehouse that ships them: every command of a reservation. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../api/client.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { hotShelf, items, locations } from "./assortment.ts";
import type { Caller } from "./caller.ts";
import type { Ledger } from "./ledger.ts";
import { dispositions } from "./records.ts";

const skus = Object.keys(items);
/** Longer than a storm and its aftermath. */
const holdSeconds = 1_800;
/** Carts that are left behind: short enough to expire during the storm. */
export const shortHoldSeconds = { least: 1, most: 4 } as const;

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly locationId?: string;
}

export class Buyer {
  private readonly caller: Caller;
  private readonly ledger: Ledger;
  private readonly random: SeededRandom;

  constructor(caller: Caller, ledger: Ledger, random: SeededRandom) {
    this.caller = caller;
    this.ledger = ledger;
    this.random = random;
  }

  /** One cart from its first line to its end, or to where the buyer leaves it. */
  async shop(): Promise<void> {
    const { random, caller } = this;
    const reservationId = `r-${randomUUID()}`;
    const path = { reservationId };
    await caller.send("getAvailability", { query: { sku: random.pick(skus) } });
    const isAbandoned = random.chance(0.25);
    const ttlSeconds = isAbandoned ? random.integer(shortHoldSeconds.least, shortHoldSeconds.most) : holdSeconds;
    const customerId = `customer-${random.integer(1, 400)}`;
    const body = { reservationId, customerId, referenceId: `cart-${reservationId}`, ttlSeconds, lines: this.lines() };
    const held = await caller.send("createReservation", { body });
    if (held.status !== 201 && held.status !== 200) {
      return;
    }
    this.ledger.noteReservation(reservationId);
    if (random.chance(0.25)) {
      await caller.send("rearrangeReservation", { path, body: { lines: this.lines() } });
    }
    if (isAbandoned) {
      if (random.chance(0.3)) {
        // A payment that comes when the hold has ended, or just before.
        await sleep(ttlSeconds * 1_000 + random.integer(-300, 2_000));
        await caller.send("commitReservation", { path, body: { orderId: `o-${reservationId}` } });
      }
      return;
    }
    if (random.chance(0.2)) {
      await caller.send("extendReservation", { path, body: { ttlSeconds: holdSeconds } });
    }
    if (random.chance(0.2)) {
      await caller.send("releaseReservation", { path, body: { reason: "abandoned" } });
      return;
    }
    const paid = await caller.send("commitReservation", { path, body: { orderId: `o-${reservationId}` } });
    if (paid.status === 200) {
      await this.receive(reservationId, paid);
    }
  }

  private lines(): readonly Line[] {
    const { random } = this;
    const chosen = random.sample(skus, random.integer(1, 3));
    const wanted = random.chance(0.5) ? [...new Set([hotShelf.sku, ...chosen])] : chosen;
    return wanted.map((sku) => ({
      sku,
      quantity: random.integer(1, 2),
      ...(random.chance(0.5)
        ? { locationId: sku === hotShelf.sku ? hotShelf.locationId : random.pick(locations) }
        : {}),
    }));
  }

  private async receive(reservationId: string, paid: Reply): Promise<void> {
    const { random, caller } = this;
    const path = { reservationId };
    if (random.chance(0.3)) {
      // A part of it, which may be all of it, or more than is there to be shipped yet.
      const lines = [{ sku: random.pick<{ sku: string }>(paid.body.lines).sku, quantity: 1 }];
      await caller.send("fulfillReservation", { path, body: { lines }, key: `part-${reservationId}` });
      if (random.chance(0.3)) {
        await caller.send("releaseReservation", { path });
        return;
      }
    }
    const shipped = await caller.send("fulfillReservation", { path, body: {} });
    if (shipped.status === 200 && random.chance(0.3)) {
      const { sku } = random.pick<{ sku: string }>(shipped.body.lines);
      const line = { sku, quantity: 1, locationId: random.pick(locations), disposition: random.pick(dispositions) };
      const back = await caller.send("returnUnits", { path, body: { lines: [line] }, key: `back-${reservationId}` });
      if (back.status === 200) {
        this.ledger.noteReturned(sku, 1, line.disposition);
      }
    }
    await caller.send("getReservation", { path });
  }
}
