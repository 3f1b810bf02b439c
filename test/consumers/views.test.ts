import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import { putItem } from "../../functions/catalogue/put-item.ts";
import { listItems } from "../../functions/catalogue/read-catalogue.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import { listLevelsAtLocation } from "../../functions/stock/read-levels.ts";
import { plainItem } from "../support/plain-item.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});

const available = async ({ sku }: LevelKey, exact: boolean) =>
  (await readAvailability(service.reservations, { skus: [sku], locationId: null, exact }))[0] ?? null;

const describeItem = async (sku: string, changes: Record<string, unknown>) =>
  doneValue(
    await putItem(service.reservations, {
      sku,
      description: {
        ...plainItem,
        ...changes,
      },
      expectedRevision: null,
      mustExist: false,
      actor: "office",
      budgetEndsAtMs: service.clock.now() + 8_000,
    }),
  );

describe("the views", () => {
  it("equal the truth after messages that came twice and in reverse", async () => {
    const shelf = await service.stockedShelf(9, { lowStockThreshold: 1 });
    for (let index = 0; index < 4; index += 1) {
      await service.hold([shelf], 1);
    }
    await describeItem(shelf.sku, { name: "Renamed", restockAt: "2027-01-01T00:00:00.000Z" });
    await service.settle("twice-and-reversed");
    const [summary, exact] = [await available(shelf, false), await available(shelf, true)];
    expect(summary).toMatchObject({ available: 5, restockAt: "2027-01-01T00:00:00.000Z" });
    expect({ ...summary, asOfMs: 0 }).toEqual({ ...exact, asOfMs: 0 });
    const items = await listItems(service.reservations, { query: "renamed", limit: 200, cursor: null });
    expect(items).toMatchObject({ kind: "page", items: [{ sku: shelf.sku, name: "Renamed", revision: 2 }] });
    const levels = await listLevelsAtLocation(service, { ...shelf, limit: 10, cursor: null });
    expect(levels).toMatchObject({ kind: "page", items: [{ sku: shelf.sku, version: 6 }], nextCursor: null });
  });

  it("say that an archived item has nothing for a new buyer, at once in the exact figures", async () => {
    const shelf = await service.stockedShelf(3);
    await describeItem(shelf.sku, { active: false });
    expect(await available(shelf, true)).toMatchObject({ available: 0 });
    await service.settle();
    expect(await available(shelf, false)).toMatchObject({ available: 0 });
  });

  it("know nothing of a SKU that was never described", async () => {
    expect(await available({ sku: "never", locationId: "x" }, false)).toBeNull();
    expect(await available({ sku: "never", locationId: "x" }, true)).toBeNull();
  });
});

describe("an item's settings", () => {
  it("reach all its levels at once, and a level that appeared in between through the stream", async () => {
    const shelf = await service.stockedShelf(3);
    await describeItem(shelf.sku, { lowStockThreshold: 7 });
    expect((await service.level(shelf)).settings).toMatchObject({ active: true, lowStockThreshold: 7 });
    await service.settle("twice-and-reversed");
    expect(await service.level(shelf)).toMatchObject({ version: 2, settings: { lowStockThreshold: 7 } });
  });

  it("are brought to its levels by the stream when the change died half-way", async () => {
    const shelf = await service.stockedShelf(3);
    await service.settle();
    const dies = { ...service.reservations, client: service.clientThatFailsOn("UpdateCommand") };
    await expect(
      putItem(dies, {
        sku: shelf.sku,
        description: { ...plainItem, lowStockThreshold: 5, active: false },
        expectedRevision: null,
        mustExist: false,
        actor: "office",
        budgetEndsAtMs: service.clock.now() + 8_000,
      }),
    ).rejects.toThrow("injected");
    expect((await service.level(shelf)).settings).toMatchObject({ active: true, lowStockThreshold: null });
    await service.settle("twice-and-reversed");
    expect((await service.level(shelf)).settings).toMatchObject({ active: false, lowStockThreshold: 5 });
    expect((await service.movements(shelf)).map(({ type }) => type)).toEqual(["received", "configured"]);
  });
});
