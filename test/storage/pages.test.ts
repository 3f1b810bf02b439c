import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listMovements } from "../../functions/audit/list-movements.ts";
import type { Movement } from "../../functions/domain/movement.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { levelAsOf } from "../../functions/stock/read-levels.ts";
import { putMovement, readMovement } from "../../functions/storage/movements.ts";
import { decodeCursor, encodeCursor, type Listing, pageOfMany } from "../../functions/storage/page.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});

const context = ({ clock }: Service) => ({ actor: "tester", budgetEndsAtMs: clock.now() + 8_000 });

async function allPages<T>(page: (cursor: string | null) => Promise<Listing<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let count = 0; count < 100; count += 1) {
    const listing: Listing<T> = await page(cursor);
    if (listing.kind === "bad-cursor") {
      throw new Error("The list refused its own cursor.");
    }
    items.push(...listing.items);
    cursor = listing.nextCursor;
    if (cursor === null) {
      return items;
    }
  }
  throw new Error("The list does not end.");
}

describe("a cursor", () => {
  it("is taken by the list that gave it, and by no other", () => {
    const parts = [{ type: "string", prefix: "LEVEL#" }, { type: "number" }] as const;
    const cursor = encodeCursor("levels?sku=a", ["LEVEL#x", 3]);
    expect(decodeCursor("levels?sku=a", parts, cursor)).toEqual(["LEVEL#x", 3]);
    expect(decodeCursor("levels?sku=b", parts, cursor)).toBeNull();
    for (const values of [["LEVEL#x"], ["LEVEL#", 3], ["OTHER#x", 3], ["LEVEL#x", "3"], ["LEVEL#x", 1.5]]) {
      expect(decodeCursor("l", parts, encodeCursor("l", values))).toBeNull();
    }
    for (const text of ["", "nonsense", "bnVsbA", encodeCursor("l", ["LEVEL#".padEnd(1_100, "x"), 3])]) {
      expect(decodeCursor("l", parts, text)).toBeNull();
    }
  });
});

describe("a page of many lists", () => {
  it("asks a bounded number of them, and goes on behind them with its cursor", async () => {
    const lists = Array.from({ length: 1_000 }, (_, index) => `list-${index}`);
    let asked = 0;
    const pageOf = async (name: string): Promise<Listing<string>> => {
      asked += 1;
      return { kind: "page", items: name === "list-999" ? [name] : [], nextCursor: null };
    };
    const found = await allPages<string>(async (cursor) => {
      asked = 0;
      const page = await pageOfMany(lists, { limit: 50, cursor }, "lists", (name) => name, pageOf);
      expect(asked).toBeLessThanOrEqual(200);
      return page;
    });
    expect(found).toEqual(["list-999"]);
  });
});

describe("the lists of movements", () => {
  it("have every movement once, of a level, of a SKU over its locations, and of a reservation", async () => {
    const [a, b] = [await service.stockedShelf(50), await service.stockedShelf(50)];
    const other = { sku: a.sku, locationId: b.locationId };
    await service.adjust(other, 10);
    const holds = [];
    for (let index = 0; index < 5; index += 1) {
      holds.push(await service.hold([a, other], 1));
    }
    await service.settle();
    const period = { fromMs: null, toMs: null };
    for (const limit of [1, 2, 3, 6, 200]) {
      const list = async (of: Parameters<typeof listMovements>[1]["of"]) =>
        await allPages<Movement>(async (cursor) => await listMovements(service, { of, ...period, limit, cursor }));
      const ofLevel = await list({ reservationId: null, ...a });
      expect(ofLevel.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1]);
      const ofSku = await list({ reservationId: null, sku: a.sku, locationId: null });
      expect(ofSku.map(({ locationId, version }) => `${locationId} ${version}`)).toEqual(
        [a.locationId, b.locationId].sort().flatMap((id) => [6, 5, 4, 3, 2, 1].map((version) => `${id} ${version}`)),
      );
      const [hold] = holds;
      const reservationId = hold?.reservationId ?? "";
      expect(await list({ reservationId, sku: null, locationId: null })).toHaveLength(2);
      expect(await list({ reservationId, sku: a.sku, locationId: a.locationId })).toMatchObject([{ ...a, version: 2 }]);
      expect(await list({ reservationId, sku: "other", locationId: null })).toEqual([]);
    }
  });

  it("keep to the period asked for", async () => {
    const shelf = await service.stockedShelf(1);
    service.clock.advance(10_000);
    await service.adjust(shelf, 1);
    const middleMs = service.clock.now() - 5_000;
    await service.settle();
    const list = async (fromMs: number | null, toMs: number | null) =>
      await allPages<Movement>(
        async (cursor) =>
          await listMovements(service, { of: { reservationId: null, ...shelf }, fromMs, toMs, limit: 1, cursor }),
      );
    expect((await list(middleMs, null)).map(({ version }) => version)).toEqual([2]);
    expect((await list(null, middleMs)).map(({ version }) => version)).toEqual([1]);
  });

  it("keep to the period asked for where they are those of a reservation", async () => {
    const shelf = await service.stockedShelf(5);
    const { reservationId } = await service.hold([shelf], 1);
    const heldMs = service.clock.now();
    service.clock.advance(10_000);
    const left = { reservationId, reason: null, expectedRevision: null };
    doneValue(await releaseReservation(service.reservations, { ...context(service), ...left }));
    await service.settle();
    const list = async (fromMs: number | null, toMs: number | null, sku: string | null = null) =>
      (
        await allPages<Movement>(
          async (cursor) =>
            await listMovements(service, {
              of: { reservationId, sku, locationId: null },
              ...{ fromMs, toMs, limit: 1, cursor },
            }),
        )
      ).map(({ type }) => type);
    expect(await list(heldMs + 5_000, null)).toEqual(["released"]);
    expect(await list(null, heldMs + 5_000)).toEqual(["reserved"]);
    expect(await list(heldMs - 5_000, heldMs + 15_000, shelf.sku)).toEqual(["released", "reserved"]);
    expect(await list(heldMs + 5_000, heldMs - 5_000)).toEqual([]);
  });

  it("refuse a cursor that points outside of their period", async () => {
    const of = { reservationId: "r-1", sku: null, locationId: null };
    const cursor = encodeCursor("movements?r-1&null&null&1000-2000", [3_000, "LEVEL#a#b", 1]);
    const listing = await listMovements(service, { of, fromMs: 1_000, toMs: 2_000, limit: 1, cursor });
    expect(listing).toEqual({ kind: "bad-cursor" });
  });
});

describe("a level as of a time", () => {
  it("is the one after the last change until then, also where clocks ran apart", async () => {
    const shelf = await service.stockedShelf(1);
    const startedMs = (await service.level(shelf)).lastChange.atMs;
    for (const offset of [10_000, -3_000, 200_000, 300_000]) {
      service.clock.advance(offset);
      await service.adjust(shelf, 1);
    }
    await service.settle();
    const versions = new Map<number, number>();
    for (let version = 1; version <= 5; version += 1) {
      versions.set(
        version,
        (await readMovement(service.client, service.tables.movements, { ...shelf, cell: null }, version))?.atMs ?? 0,
      );
    }
    for (const [, atMs] of versions) {
      const newest = Math.max(...[...versions].filter(([, at]) => at <= atMs).map(([version]) => version));
      expect(doneValue(await levelAsOf(service, shelf, atMs))).toMatchObject({
        version: newest,
        figures: { onHand: newest },
      });
    }
    expect(await levelAsOf(service, shelf, startedMs - 1)).toMatchObject({ refusal: { kind: "not-found" } });
  });

  it("is not told while the trail lacks what the answer depends on", async () => {
    const shelf = await service.stockedShelf(1);
    const startedMs = (await service.level(shelf)).lastChange.atMs;
    service.clock.advance(1_000);
    await service.adjust(shelf, 1);
    expect(await levelAsOf(service, shelf, startedMs)).toEqual({ kind: "contention" });
    await service.settle();
    expect(doneValue(await levelAsOf(service, shelf, startedMs))).toMatchObject({ version: 1 });
  });
});

describe("the audit trail", () => {
  it("never changes what it has", async () => {
    const shelf = await service.stockedShelf(1);
    await service.settle();
    const before = await readMovement(service.client, service.tables.movements, { ...shelf, cell: null }, 1);
    await putMovement(service.client, service.tables.movements, { ...(before as Movement), actor: "somebody else" });
    expect(await readMovement(service.client, service.tables.movements, { ...shelf, cell: null }, 1)).toEqual(before);
  });
});
