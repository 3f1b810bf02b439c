/** The way of a storefront through a deployed service, from the first receipt to the last alert. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Reply, unique } from "../api/client.ts";
import { AlertInbox } from "./alert-inbox.ts";
import type { Checks } from "./checks.ts";
import type { DeployedService } from "./deployed-service.ts";
import {
  awaited,
  bodyOf,
  type Callers,
  closeShelf,
  completeTrailOf,
  everyItem,
  levelOf,
  type Shelf,
  stockedShelf,
} from "./shop.ts";

/** Long enough for three requests to functions that start cold. */
const shortHoldSeconds = 8;
/** A deadline's message comes within seconds; the rest is for functions that start cold. */
const endsWithinMs = 20_000;

export async function playJourney(service: DeployedService, callers: Callers, checks: Checks): Promise<void> {
  await checks.that("the API answers, and tells nothing of the stock without a token", async () => {
    const { version } = bodyOf(await callers.anybody.get("/v1/health"), 200);
    bodyOf(await callers.anybody.get("/v1/availability?sku=any"), 401);
    return `version ${version}`;
  });

  await checks.that("a token opens what its scopes are for, and nothing else", async () => {
    bodyOf(await callers.reader.get("/v1/availability?sku=any"), 200);
    bodyOf(await callers.reader.post("/v1/reservations", { lines: [{ sku: "any", quantity: 1 }] }), 403);
    bodyOf(await callers.storefront.put("/v1/items/any", { name: "Any" }), 403);
  });

  const shelf = await checks.that("a new item at a new location has three units", async () => {
    return await stockedShelf(callers, 3, { lowStockThreshold: 1 });
  });
  const inbox = await AlertInbox.open(service, shelf.sku);
  try {
    await buy(callers, shelf, checks);
    await lookBack(callers, shelf, inbox, checks);
  } finally {
    await inbox.close();
    await checks.that("the item and the location are taken out of use again", async () => {
      await closeShelf(callers, shelf);
    });
  }
}

async function buy(callers: Callers, shelf: Shelf, checks: Checks): Promise<void> {
  const { storefront, backOffice } = callers;
  const { sku } = shelf;
  const order = { reservationId: unique("r"), lines: [{ sku, quantity: 2 }] };
  const path = `/v1/reservations/${order.reservationId}`;

  await checks.that("the storefront is shown the three units", async () => await shown(callers, shelf, 3));

  const short = await checks.that("two shoppers hold all three units, and the third is refused", async () => {
    bodyOf(await storefront.post("/v1/reservations", order), 201);
    const brief = { ttlSeconds: shortHoldSeconds, lines: [{ sku, quantity: 1 }] };
    const hold = bodyOf(await storefront.post("/v1/reservations", brief), 201);
    const { code, errors } = bodyOf(await storefront.post("/v1/reservations", { lines: [{ sku, quantity: 1 }] }), 409);
    equal(code, "insufficient_stock");
    deepEqual([errors[0].requested, errors[0].available], [1, 0]);
    return hold;
  });

  await checks.that("a request that is sent again is answered with the same reservation", async () => {
    const again = bodyOf(await storefront.post("/v1/reservations", order), 200);
    equal(again.reservationId, order.reservationId);
    equal((await levelOf(callers, shelf)).reserved, 3);
  });

  await checks.that("an order is committed once and shipped", async () => {
    const payment = { orderId: unique("order") };
    equal(bodyOf(await storefront.post(`${path}/commit`, payment), 200).status, "committed");
    equal(bodyOf(await storefront.post(`${path}/commit`, payment), 200).status, "committed");
    equal(bodyOf(await backOffice.post(`${path}/fulfill`, {}), 200).status, "fulfilled");
    equal((await levelOf(callers, shelf)).onHand, 1);
  });

  await checks.that("a hold ends at its deadline, by the message that was sent for it", async () => {
    await awaited(
      async () => await levelOf(callers, shelf),
      ({ reserved }) => reserved === 0,
    );
    const { status, expiresAt, endedAt } = bodyOf(await storefront.get(`/v1/reservations/${short.reservationId}`), 200);
    equal(status, "expired");
    const lateMs = Date.parse(endedAt) - Date.parse(expiresAt);
    ok(lateMs >= 0 && lateMs < endsWithinMs, `It ended ${lateMs} ms after its deadline.`);
    return `${lateMs} ms after it`;
  });

  await checks.that("what a shopper releases can be bought again", async () => {
    const { reservationId } = bodyOf(await storefront.post("/v1/reservations", { lines: [{ sku, quantity: 1 }] }), 201);
    const { status } = bodyOf(await storefront.post(`/v1/reservations/${reservationId}/release`, {}), 200);
    equal(status, "released");
    await shown(callers, shelf, 1);
  });
}

async function lookBack(callers: Callers, shelf: Shelf, inbox: AlertInbox, checks: Checks): Promise<void> {
  await checks.that("the audit trail has each change once, and adds up to the stock", async () => {
    const types = (await completeTrailOf(callers, shelf)).map(({ type }) => type);
    deepEqual(types, ["received", "reserved", "reserved", "fulfilled", "expired", "reserved", "released"]);
  });

  await checks.that("alerts are listed, and have come to a subscriber of the topic", async () => {
    const listed = await awaited(
      async () => await alertsOf(callers, shelf),
      (alerts) => alerts.length === 5,
    );
    deepEqual(listed.map(({ type }) => type).sort(), [
      ...["back_in_stock", "back_in_stock", "low_stock", "out_of_stock", "out_of_stock"],
    ]);
    const received = await awaited(
      async () => await inbox.alerts(),
      (alerts) => alerts.length === listed.length,
    );
    const idsOf = (alerts: readonly { readonly alertId: string }[]) => alerts.map(({ alertId }) => alertId).sort();
    deepEqual(idsOf(received), idsOf(listed));
  });
}

/** Waits until a storefront is shown so many units. */
async function shown({ storefront }: Callers, { sku }: Shelf, units: number): Promise<void> {
  await awaited(
    async () => bodyOf(await storefront.get(`/v1/availability?sku=${sku}`), 200).items[0],
    ({ available }) => available === units,
  );
}

async function alertsOf({ backOffice }: Callers, shelf: Shelf): Promise<readonly Reply["body"][]> {
  return (await everyItem(backOffice, "/v1/alerts", {})).filter(({ sku }) => sku === shelf.sku);
}
