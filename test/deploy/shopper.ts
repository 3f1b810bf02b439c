/** A shopper who buys one unit after the other, whatever is done to the service meanwhile. */
import { deepEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Reply, unique } from "../api/client.ts";
import { type Callers, completeTrailOf, type Shelf, stockedShelf } from "./shop.ts";

/** More than are bought in a deployment. */
const units = 2_000;
const pauseMs = 200;
/** How often one reservation is asked for: every answer may be lost while functions are replaced. */
const mostAttempts = 100;

export class Shopper {
  private readonly callers: Callers;
  private readonly shelf: Shelf;
  private readonly bought: string[] = [];
  private lostAnswers = 0;
  private isDone = false;
  private readonly buying: Promise<void>;

  private constructor(callers: Callers, shelf: Shelf) {
    this.callers = callers;
    this.shelf = shelf;
    this.buying = this.buy();
    // `end` tells of a failure; until then it is nobody's.
    this.buying.catch(() => undefined);
  }

  static async begin(callers: Callers): Promise<Shopper> {
    return new Shopper(callers, await stockedShelf(callers, units));
  }

  /** Ends the buying, and checks that each reservation that was answered took its unit, once. */
  async end(): Promise<string> {
    this.isDone = true;
    await this.buying;
    const movements = await completeTrailOf(this.callers, this.shelf);
    const reserved = movements.filter(({ type }) => type === "reserved").map(({ reservationId }) => reservationId);
    deepEqual(reserved.sort(), this.bought.toSorted());
    return `${this.bought.length} reservations, ${this.lostAnswers} answers lost and asked for again`;
  }

  private async buy(): Promise<void> {
    while (!this.isDone && this.bought.length < units) {
      const reservationId = unique("r");
      await this.reserve(reservationId);
      this.bought.push(reservationId);
      await sleep(pauseMs);
    }
  }

  /** Asks again with the same id until there is an answer; anything but a reservation is a failure. */
  private async reserve(reservationId: string): Promise<void> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const reply = await this.ask(reservationId);
      if (reply !== null && reply.status < 300) {
        return;
      }
      if (reply !== null && reply.status !== 503) {
        throw new Error(`A shopper was answered with ${reply.status} ${JSON.stringify(reply.body)}.`);
      }
      this.lostAnswers += 1;
      await sleep(pauseMs);
    }
    throw new Error(`A shopper was not answered ${mostAttempts} times.`);
  }

  /** Null when the answer was lost on the way or is none of the service's own. */
  private async ask(reservationId: string): Promise<Reply | null> {
    const cart = { reservationId, lines: [{ ...this.shelf, quantity: 1 }] };
    return await this.callers.storefront.post("/v1/reservations", cart).catch(() => null);
  }
}
