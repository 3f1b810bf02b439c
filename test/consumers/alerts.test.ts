import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAlerts } from "../../functions/alerts/list-alerts.ts";
import { sendAlerts } from "../../functions/alerts/send-alerts.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import type { AlertMessage } from "../../functions/messaging/messages.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});

async function alertsOf(shelf: LevelKey) {
  const page = await listAlerts(service, { status: null, limit: 200, cursor: null });
  if (page.kind !== "page") {
    throw new Error("There is no such page.");
  }
  return page.items
    .filter(({ sku }) => sku === shelf.sku)
    .sort((a, b) => a.version - b.version)
    .map(({ type, version, status, available }) => ({ type, version, status, available }));
}

/** Sells down across the threshold, fills up, and sells down again: versions 2 to 6. */
async function twoCrossings(): Promise<{ readonly shelf: LevelKey; readonly messages: readonly AlertMessage[] }> {
  const shelf = await service.stockedShelf(5, { lowStockThreshold: 2 });
  await service.hold([shelf], 2);
  await service.hold([shelf], 1);
  await service.hold([shelf], 1);
  await service.adjust(shelf, 4);
  await service.hold([shelf], 4);
  const bodies = (await service.forward(await service.records())).get("alerts") ?? [];
  return { shelf, messages: bodies.map((body) => JSON.parse(body) as AlertMessage) };
}

const expected = [
  { type: "low_stock", version: 3, status: "resolved", available: 2 },
  { type: "low_stock", version: 6, status: "open", available: 1 },
];

function permutations<T>(values: readonly T[]): T[][] {
  return values.length <= 1
    ? [[...values]]
    : values.flatMap((value, index) =>
        permutations([...values.slice(0, index), ...values.slice(index + 1)]).map((rest) => [value, ...rest]),
      );
}

describe("alerts", () => {
  it("are one a crossing, whatever the order of the messages and however often they come", async () => {
    const orders = permutations([0, 1, 2]);
    for (const order of orders) {
      const { shelf, messages } = await twoCrossings();
      expect(messages.map((message) => message.kind === "level" && message.change.after.version)).toEqual([3, 5, 6]);
      for (const index of [...order, ...order]) {
        await service.deliver("alerts", [JSON.stringify(messages[index])]);
      }
      expect(await alertsOf(shelf), `in the order ${order}`).toEqual(expected);
      const told = service.published.filter(({ attributes }) => attributes["sku"] === shelf.sku);
      expect(told.map(({ body }) => JSON.parse(body).alertId).sort()).toEqual(
        [3, 6].map((version) => `low_stock#${shelf.sku}#${shelf.locationId}#${version}`),
      );
    }
  });

  it("agree in the end when a beginning and its end are told at the same moment", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { shelf, messages } = await twoCrossings();
      await Promise.all(messages.map(async (message) => await service.deliver("alerts", [JSON.stringify(message)])));
      expect(await alertsOf(shelf)).toEqual(expected);
    }
  });

  it("tell that a shelf is empty, filled again, and oversold", async () => {
    const shelf = await service.stockedShelf(2);
    await service.hold([shelf], 2);
    await service.adjust(shelf, -1, true);
    await service.adjust(shelf, 5);
    await service.settle("twice-and-reversed");
    expect(await alertsOf(shelf)).toEqual([
      { type: "out_of_stock", version: 2, status: "resolved", available: 0 },
      { type: "oversold", version: 3, status: "resolved", available: -1 },
      { type: "back_in_stock", version: 4, status: "resolved", available: 4 },
    ]);
  });

  it("end although the level was split and merged before their beginning was told", async () => {
    const shelf = await service.stockedShelf(2);
    const { reservationId } = await service.hold([shelf], 2);
    const context = { actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 };
    doneValue(await splitLevel(service.reservations, { ...context, ...shelf, cells: 2 }));
    const release = { ...context, reservationId, reason: null, expectedRevision: null };
    doneValue(await releaseReservation(service.reservations, release));
    doneValue(await splitLevel(service.reservations, { ...context, ...shelf, cells: 1 }));
    const bodies = (await service.forward(await service.records())).get("alerts") ?? [];
    const isOfSum = (body: string): boolean => body.includes('"split-level"');
    service.clock.advance(10_000);
    await service.deliver("alerts", [...bodies.filter(isOfSum).slice(-1), ...bodies.filter((body) => !isOfSum(body))]);
    expect((await alertsOf(shelf)).map(({ type, status }) => `${type} ${status}`)).toEqual([
      "out_of_stock resolved",
      "back_in_stock resolved",
    ]);
  });

  it("tell the return of stock once, also where the level was split right after it", async () => {
    const shelf = await service.stockedShelf(2);
    await service.hold([shelf], 2);
    await service.adjust(shelf, 4);
    const context = { actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 };
    doneValue(await splitLevel(service.reservations, { ...context, ...shelf, cells: 2 }));
    const bodies = (await service.forward(await service.records())).get("alerts") ?? [];
    await service.deliver("alerts", bodies);
    const told = service.published.filter(({ attributes }) => attributes["sku"] === shelf.sku);
    expect(told.map(({ body }) => JSON.parse(body).alertId)).toEqual([
      `out_of_stock#${shelf.sku}#${shelf.locationId}#2`,
      `back_in_stock#${shelf.sku}#${shelf.locationId}#3`,
    ]);
  });

  it("are published again after a crash between publishing and marking, and never not at all", async () => {
    const shelf = await service.stockedShelf(1);
    await service.hold([shelf], 1);
    const [body = ""] = (await service.forward(await service.records())).get("alerts") ?? [];
    const message = JSON.parse(body) as AlertMessage;
    const delivery = { messageId: "message" };
    const told: string[] = [];
    const crash = new Error("The function was stopped.");
    const services = {
      client: service.client,
      tables: service.tables,
      runtime: service.clock,
      observe: () => undefined,
    };
    await expect(
      sendAlerts({ ...services, publish: async () => Promise.reject(crash) }, message, delivery),
    ).rejects.toBe(crash);
    const publish = async (notification: { readonly body: string }): Promise<void> => {
      told.push(JSON.parse(notification.body).alertId);
    };
    await sendAlerts({ ...services, publish }, message, delivery);
    await sendAlerts({ ...services, publish }, message, delivery);
    expect(told).toEqual([`out_of_stock#${shelf.sku}#${shelf.locationId}#2`]);
  });
});
