/** What must outlive a deployment: stock, holds with their deadlines, the trail, and a shopper who goes on buying. */
import { deepEqual, equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { unique } from "../api/client.ts";
import type { Checks } from "./checks.ts";
import { nextExpiryActor, nextVersion } from "./next-version.ts";
import { awaited, bodyOf, type Callers, completeTrailOf, levelOf, type Shelf, stockedShelf } from "./shop.ts";
import { Shopper } from "./shopper.ts";

/** The setting that the second version is deployed with. */
export const nextSettings = { mostOpenHolds: "1" } as const;

/** What is open when the second version is deployed. */
interface Open {
  readonly shelf: Shelf;
  /** A reservation that is committed, and one that is held; two units each. */
  readonly order: string;
  readonly hold: string;
  readonly deadlineMs: number;
}

export class Upgrade {
  private readonly callers: Callers;
  private readonly open: Open;
  private readonly before: unknown;
  private readonly shopper: Shopper;

  private constructor(callers: Callers, open: Open, before: unknown, shopper: Shopper) {
    this.callers = callers;
    this.open = open;
    this.before = before;
    this.shopper = shopper;
  }

  /** Leaves an order that is not yet shipped and a hold with this long to live; then a shopper begins to buy. */
  static async begin(callers: Callers, holdSeconds: number): Promise<Upgrade> {
    const { storefront } = callers;
    const shelf = await stockedShelf(callers, 10);
    const [order, hold] = [unique("r"), unique("r")];
    const lines = [{ sku: shelf.sku, quantity: 2 }];
    bodyOf(await storefront.post("/v1/reservations", { reservationId: order, lines }), 201);
    bodyOf(await storefront.post(`/v1/reservations/${order}/commit`, { orderId: unique("order") }), 200);
    const held = await storefront.post("/v1/reservations", { reservationId: hold, lines, ttlSeconds: holdSeconds });
    const open = { shelf, order, hold, deadlineMs: Date.parse(bodyOf(held, 201).expiresAt) };
    return new Upgrade(callers, open, await pictureOf(callers, open), await Shopper.begin(callers));
  }

  /** To be called when the second version has been deployed. */
  async check(checks: Checks): Promise<void> {
    const { callers, open } = this;
    const { storefront, backOffice, anybody } = callers;

    await checks.that("the second version's code and setting are in force", async () => {
      await awaited(
        async () => bodyOf(await anybody.get("/v1/health"), 200).version,
        (version) => version === nextVersion,
      );
      const shelf = await stockedShelf(callers, 2);
      const cart = { customerId: unique("customer"), lines: [{ ...shelf, quantity: 1 }] };
      const { reservationId } = bodyOf(await storefront.post("/v1/reservations", cart), 201);
      equal(bodyOf(await storefront.post("/v1/reservations", cart), 409).code, "hold_limit_exceeded");
      bodyOf(await storefront.post(`/v1/reservations/${reservationId}/release`, {}), 200);
    });

    await checks.that("levels, reservations and movements are what they were before the deployment", async () => {
      deepEqual(await pictureOf(callers, open), this.before);
    });

    await checks.that("who went on buying while it was deployed has each reservation once", async () => {
      return await this.shopper.end();
    });

    await checks.that("a hold of the first version ends at its deadline, by the code of the second", async () => {
      await sleep(open.deadlineMs - Date.now());
      await awaited(
        async () => bodyOf(await storefront.get(`/v1/reservations/${open.hold}`), 200),
        ({ status }) => status === "expired",
      );
      const expired = (await completeTrailOf(callers, open.shelf)).filter(({ type }) => type === "expired");
      deepEqual(
        expired.map(({ reservationId, actor }) => [reservationId, actor]),
        [[open.hold, nextExpiryActor]],
      );
    });

    await checks.that("an order of the first version is shipped by the second", async () => {
      equal(bodyOf(await backOffice.post(`/v1/reservations/${open.order}/fulfill`, {}), 200).status, "fulfilled");
      const { onHand, reserved, available } = await levelOf(callers, open.shelf);
      deepEqual([onHand, reserved, available], [8, 0, 8]);
    });
  }
}

/** All that the API tells of what is open: both reservations must be so still. */
async function pictureOf(callers: Callers, { shelf, order, hold }: Open): Promise<unknown> {
  const [committed, held] = await Promise.all(
    [order, hold].map(async (id) => bodyOf(await callers.storefront.get(`/v1/reservations/${id}`), 200)),
  );
  deepEqual([committed.status, held.status], ["committed", "held"]);
  return { committed, held, level: await levelOf(callers, shelf), movements: await completeTrailOf(callers, shelf) };
}
