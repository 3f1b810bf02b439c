import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAlerts } from "../../functions/alerts/list-alerts.ts";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import type { Destination } from "../../functions/changes/forwards.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});

/** No consumer makes more calls than this for one message of these tests. */
const mostCalls = 30;

/** Works on a message with a function that dies after 0, 1, 2 … calls, until one comes to its end; then once more. */
async function deliverThroughCrashes(queue: Destination, body: string): Promise<number> {
  const messageId = service.clock.newId();
  for (let calls = 0; calls <= mostCalls; calls += 1) {
    try {
      await service.consumersOn(service.clientThatDiesAfter(calls), messageId)[queue](body);
      await service.deliver(queue, [body]);
      return calls;
    } catch (error) {
      expect((error as Error).message).toBe("died");
    }
  }
  throw new Error(`A message to ${queue} is never done with.`);
}

describe("a consumer that dies after any of its calls", () => {
  it("leaves nothing lost and nothing doubled when its message comes again", async () => {
    const shelf = await service.stockedShelf(3, { lowStockThreshold: 1 });
    const [first, second] = [
      await service.hold([shelf], 1, { ttlSeconds: 1 }),
      await service.hold([shelf], 1, { ttlSeconds: 1 }),
    ];
    service.clock.advance(2_000 + 3_600_000);
    await service.client.send(
      new DeleteCommand({ TableName: service.tables.inventory, Key: inventoryKeys.reservation(second.reservationId) }),
    );
    const crashes = new Map<Destination, number>();
    for (let round = 0; round < 5; round += 1) {
      const messages = await service.forward(await service.records());
      for (const [queue, bodies] of messages) {
        for (const body of bodies) {
          crashes.set(queue, (crashes.get(queue) ?? 0) + (await deliverThroughCrashes(queue, body)));
        }
      }
    }
    // Every consumer was there, and each died at least once.
    expect([...crashes.keys()].sort()).toEqual(["alerts", "audit", "deadlines", "expired", "settings", "views"]);
    expect(Math.min(...crashes.values())).toBeGreaterThan(0);

    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 3, reserved: 0, sellable: 3 });
    for (const { reservationId } of [first, second]) {
      expect(doneValue(await getReservation(service.reservations, reservationId)).status).toBe("expired");
    }
    expect((await service.movements(shelf)).map(({ type }) => type)).toEqual([
      "received",
      "reserved",
      "reserved",
      "expired",
      "expired",
    ]);
    const alerts = await listAlerts(service, { status: null, limit: 10, cursor: null });
    expect(alerts).toMatchObject({ items: [{ type: "low_stock", version: 3, status: "resolved" }] });
    const summaries = await readAvailability(service.reservations, {
      skus: [shelf.sku],
      locationId: null,
      exact: false,
    });
    expect(summaries).toMatchObject([{ available: 3 }]);
    expect((await service.reconcile()).differences).toEqual([]);
  });

  it("sums a split level up when its message comes again, though its own claim of a moment ago still holds", async () => {
    const shelf = await service.stockedShelf(3, { lowStockThreshold: 1 });
    await service.settle();
    const context = { actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 };
    doneValue(await splitLevel(service.reservations, { ...context, ...shelf, cells: 2 }));
    await service.hold([shelf], 3);
    const messages = await service.forward(await service.records());
    for (const queue of ["views", "alerts"] as const) {
      const ofSum = (messages.get(queue) ?? []).filter((body) => body.includes('"split-level"'));
      expect(ofSum).not.toEqual([]);
      expect(await deliverThroughCrashes(queue, ofSum[0] ?? "")).toBeGreaterThan(1);
    }
    const [availability] = await readAvailability(service.reservations, {
      skus: [shelf.sku],
      locationId: null,
      exact: false,
    });
    expect(availability).toMatchObject({ available: 0 });
    const alerts = await listAlerts(service, { status: "open", limit: 10, cursor: null });
    expect(alerts).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ sku: shelf.sku })]) });
    const told = () => service.published.filter(({ attributes }) => attributes["sku"] === shelf.sku);
    const toldTypes = () => [...new Set(told().map(({ attributes }) => attributes["type"]))].sort();
    expect(toldTypes()).toEqual(["low_stock", "out_of_stock"]);

    service.clock.advance(60_000);
    await service.adjust(shelf, 2);
    const restocked = (await service.forward(await service.records())).get("alerts") ?? [];
    await deliverThroughCrashes("alerts", restocked.find((body) => body.includes('"split-level"')) ?? "");
    expect(toldTypes()).toEqual(["back_in_stock", "low_stock", "out_of_stock"]);
    await service.settle();
  });

  it("tells what a level that has just been merged came to while it was in cells", async () => {
    const shelf = await service.stockedShelf(3, { lowStockThreshold: 1 });
    await service.settle();
    const split = async (cells: number) => {
      const context = { actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 };
      doneValue(await splitLevel(service.reservations, { ...context, ...shelf, cells }));
    };
    await split(2);
    await service.hold([shelf], 3);
    await split(1);
    const bodies = (await service.forward(await service.records())).get("alerts") ?? [];
    const ofSum = bodies.filter((body) => body.includes('"split-level"'));
    await deliverThroughCrashes("alerts", ofSum.at(-1) ?? "");
    const told = service.published.filter(({ attributes }) => attributes["sku"] === shelf.sku);
    expect([...new Set(told.map(({ attributes }) => attributes["type"]))].sort()).toEqual([
      "low_stock",
      "out_of_stock",
    ]);
    await service.settle();
  });
});
