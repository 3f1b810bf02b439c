/** A table that code of an earlier form has written: read, served, changed and rewritten by the code that there is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BatchWriteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../../cli/migrate.ts";
import { listBackorders } from "../../functions/backorders/list-backorders.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { NewerFormError, OutdatedFormError, type Schema, upgraded } from "../../functions/storage/schema.ts";
import { schemaOf, schemas } from "../../functions/storage/schemas.ts";
import { CorruptItemError, readString, type StoredItem } from "../../functions/storage/stored-item.ts";
import { doneValue, Service } from "../support/service.ts";

/**
 * All items of a small shop, as the code wrote them when every item was in its first form: orders and holds that wait in
 * a queue, a limit, a kit, cells. Its clock stood at the year 2100, so that nothing of it is past its time.
 */
const form1 = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "storage", "forms", "form-1.json"), "utf8"),
) as Record<"inventory" | "movements" | "views", StoredItem[]>;
const waited = { sku: "sku-2", locationId: "loc-2" };
const plain = { sku: "sku-1", locationId: "loc-1" };

let service: Service;

beforeEach(async () => {
  service = await Service.start();
  service.clock.advance(Date.parse("2100-01-01T01:00:00Z") - Date.now());
  for (const table of ["inventory", "movements", "views"] as const) {
    for (let start = 0; start < form1[table].length; start += 25) {
      const requests = form1[table].slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await service.client.send(new BatchWriteCommand({ RequestItems: { [service.tables[table]]: requests } }));
    }
  }
  await service.records();
});

const command = () => ({ actor: "tester", budgetEndsAtMs: service.clock.now() + 8_000 });
const migration = (client: DynamoDBDocumentClient = service.client) => ({
  client,
  table: service.tables.inventory,
  runtime: service.clock,
});
const release = async (reservationId: string) =>
  doneValue(
    await releaseReservation(service.reservations, {
      ...command(),
      reservationId,
      reason: null,
      expectedRevision: null,
    }),
  );
const queue = async () => {
  const page = await listBackorders(service.reservations, { ...waited, limit: 50, cursor: null });
  return page.kind === "page" ? page.items.map(({ entry }) => [entry.reservationId, entry.quantity]) : page;
};
const differences = async () => (await service.reconcile()).differences;

async function rows(table: "inventory" | "movements" = "inventory"): Promise<readonly StoredItem[]> {
  const { Items = [] } = await service.client.send(
    new ScanCommand({ TableName: service.tables[table], ConsistentRead: true }),
  );
  return Items;
}
const places = async () => (await rows()).filter(({ pk }) => String(pk).startsWith("BACKORDER#"));
const put = async (Item: StoredItem) =>
  await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: { ...Item } }));

describe("a table in an earlier form", () => {
  it("is read, served and changed, and what is written whole is in the current form", async () => {
    expect(await queue()).toEqual([
      ["r-2", 2],
      ["r-3", 4],
      ["r-4", 6],
    ]);
    expect(await differences()).toEqual([]);
    await release("r-3");
    await service.adjust(waited, 4);
    await service.settle("twice-and-reversed");
    await service.hold([waited], 3, { reservationId: "r-new", ttlSeconds: 3_600 });
    doneValue(
      await commitReservation(service.reservations, {
        ...command(),
        reservationId: "r-1",
        orderId: "o",
        expectedRevision: null,
      }),
    );
    await release("r-5");
    await release("r-7");
    await service.settle();
    expect(await queue()).toEqual([
      ["r-4", 4],
      ["r-new", 3],
    ]);
    expect((await places()).map(({ schema }) => schema)).toEqual([2, 2]);
    expect(await differences()).toEqual([]);
  });

  it("is rewritten while the shop goes on, so that nothing is lost and nothing has happened", async () => {
    const movements = await rows("movements");
    expect(await migrate(migration(), { rate: 10_000, isDryRun: true })).toEqual({ rewritten: 0, left: 3 });
    expect(await migrate(migration(), { rate: 10_000 })).toEqual({ rewritten: 3, left: 0 });
    expect(await migrate(migration(), { rate: 10_000 })).toEqual({ rewritten: 0, left: 0 });
    expect((await places())[0]).toEqual({
      ...inventoryKeys.queueEntry(waited, form1.inventory[0]?.["promisedAt"] as number, "r-2"),
      uid: form1.inventory[0]?.["uid"],
      quantity: 2,
      schema: 2,
    });
    expect(await queue()).toEqual([
      ["r-2", 2],
      ["r-3", 4],
      ["r-4", 6],
    ]);
    await service.settle();
    expect(await rows("movements")).toEqual(movements);
    expect(await differences()).toEqual([]);
  });

  it("and traffic at the same time leave no older form and no difference", async () => {
    const busy = async (): Promise<void> => {
      for (let round = 0; round < 6; round += 1) {
        await service.hold([waited, plain], 1, { reservationId: `r-busy-${round}`, ttlSeconds: 3_600 });
        await service.adjust(waited, 1);
        await service.settle();
        await release(`r-busy-${round}`);
      }
    };
    await Promise.all([
      busy(),
      (async () => {
        for (let round = 0; round < 10; round += 1) {
          await migrate(migration(), { rate: 10_000 });
        }
      })(),
    ]);
    await service.settle();
    expect(await migrate(migration(), { rate: 10_000 })).toEqual({ rewritten: 0, left: 0 });
    expect(new Set((await places()).map(({ schema }) => schema))).toEqual(new Set([2]));
    expect(await differences()).toEqual([]);
  });

  it("is never written over what came between the reading and the rewriting", async () => {
    const client = clientThatIsOutrun(async () => {
      await release("r-2");
      await service.adjust(waited, 1);
      await service.settle();
    });
    expect(await migrate(migration(client), { rate: 10_000 })).toMatchObject({ left: 0 });
    expect(await queue()).toEqual([["r-4", 6]]);
    expect(await differences()).toEqual([]);
  });
});

/** The client of a migration in which something else happens before its first write. */
function clientThatIsOutrun(happens: () => Promise<void>): DynamoDBDocumentClient {
  const client = Object.create(service.client) as DynamoDBDocumentClient;
  let happened: Promise<void> | null = null;
  client.send = (async (sent: Parameters<DynamoDBDocumentClient["send"]>[0]) => {
    if (sent instanceof PutCommand) {
      happened ??= happens();
      await happened;
    }
    return await service.client.send(sent);
  }) as DynamoDBDocumentClient["send"];
  return client;
}

/** The next form of levels, as a later version might have it. */
const nextLevel: Schema = { ...schemas.level, upgrades: [(item) => ({ ...item, note: "x" })] };
const nextSchemaOf: typeof schemaOf = (entity) =>
  entity.kind === "stock" && entity.key.cell === null ? nextLevel : schemaOf(entity);

describe("items that a newer version has written", () => {
  it("are refused loudly by reads, and by writes that read nothing; nothing is written", async () => {
    const next = { ...migration() };
    expect(await migrate(next, { rate: 10_000, schemaOf: nextSchemaOf })).toMatchObject({ left: 0 });
    const before = await rows();
    await expect(service.level(plain)).rejects.toThrow(NewerFormError);
    await expect(service.hold([plain], 1)).rejects.toThrow("form 2, written by a newer version; this one knows 1");
    await expect(service.adjust(plain, 1)).rejects.toThrow(NewerFormError);
    await expect(release("r-1")).rejects.toThrow();
    expect(await rows()).toEqual(before);
  });

  it("such as a reservation are neither committed nor released", async () => {
    const record = form1.inventory.find(({ pk }) => pk === "RESERVATION#r-1") as StoredItem;
    await put({ ...record, schema: 2 });
    const commit = { ...command(), reservationId: "r-1", orderId: "o", expectedRevision: null };
    await expect(commitReservation(service.reservations, commit)).rejects.toThrow(NewerFormError);
    await expect(release("r-1")).rejects.toThrow(NewerFormError);
    expect((await rows()).find(({ pk }) => pk === "RESERVATION#r-1")).toEqual({ ...record, schema: 2 });
  });

  it("are refused by code of the first form, which knew no forms: what it reads is not there", async () => {
    await migrate(migration(), { rate: 10_000 });
    for (const place of await places()) {
      // As that code read a place in a queue.
      expect(() => readString(place, "sku")).toThrow(CorruptItemError);
    }
  });
});

describe("a level that is rewritten", () => {
  it("keeps what was written between the reading and the rewriting, in whatever form that was", async () => {
    const client = clientThatIsOutrun(async () => {
      for (const shelf of [plain, waited]) {
        await service.adjust(shelf, 5);
      }
    });
    const key = inventoryKeys.level(plain);
    const levelRow = async () => (await rows()).find(({ pk, sk }) => pk === key.pk && sk === key.sk);
    const before = Number((await levelRow())?.["onHand"]);
    expect(await migrate(migration(client), { rate: 10_000, schemaOf: nextSchemaOf })).toMatchObject({ left: 0 });
    expect(await levelRow()).toMatchObject({ onHand: before + 5, note: "x", schema: 2 });
  });

  it("has no movement of it, though that of its version comes late", async () => {
    await service.adjust(plain, 5);
    const late = (await service.forward(await service.records())).get("audit") ?? [];
    expect(late).toHaveLength(1);
    await migrate(migration(), { rate: 10_000, schemaOf: nextSchemaOf });
    const records = await service.records();
    expect(records.length).toBeGreaterThan(0);
    // The reader of the next version; what it would say of levels is what is looked at.
    const asThisForm = records.map((record) => {
      const NewImage = Object.fromEntries(
        Object.entries(record.dynamodb?.NewImage ?? {}).filter(([name]) => name !== "schema"),
      );
      return { ...record, dynamodb: { ...record.dynamodb, NewImage } } as typeof record;
    });
    const told = await service.forward(asThisForm);
    expect(told.get("audit")).toBeUndefined();
    expect(told.get("views")).toBeUndefined();
    await service.deliver("audit", late);
    expect((await service.movements(plain)).at(-1)?.changes).toMatchObject({ onHand: 5 });
  });
});

describe("an item of an older form", () => {
  const third: Schema = {
    kind: "thing",
    oldest: 2,
    upgrades: [(item) => ({ ...item, b: item["a"], a: undefined })],
    guard: ["a"],
  };

  it("is upgraded step by step, and the one that it became is as good as new", () => {
    const both: Schema = { ...third, upgrades: [...third.upgrades, (item) => ({ ...item, c: item["b"] })] };
    expect(upgraded(both, { pk: "x", sk: "y", a: 1, schema: 2 })).toEqual({ pk: "x", sk: "y", b: 1, c: 1, schema: 4 });
    expect(upgraded(both, { pk: "x", sk: "y", b: 1, schema: 3 })).toEqual({ pk: "x", sk: "y", b: 1, c: 1, schema: 4 });
  });

  it("than any that is read is refused, and says what should have been done", () => {
    expect(() => upgraded(third, { pk: "x", sk: "y" })).toThrow(OutdatedFormError);
    expect(() => upgraded(third, { pk: "x", sk: "y" })).toThrow("migrate with the version before");
  });
});
