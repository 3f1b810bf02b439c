import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually, unique } from "./client.ts";
import { backOffice, reader, storefront } from "./session.ts";
import { levelOf, listItem, movementsOf, openLocation, receive, reserve, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;
let report: ApiClient;

beforeAll(async () => {
  [shop, office, report] = await Promise.all([storefront(), backOffice(), reader()]);
});

const adjust = async (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  await office.post("/v1/adjustments", { reason: "correction", ...body }, { headers });

describe("an adjustment", () => {
  it("creates a missing level, adds, takes away and sets", async () => {
    const [sku, locationId] = await Promise.all([listItem(office), openLocation(office)]);
    const shelf = { sku, locationId };
    const first = await adjust({ reason: "received", reference: "PO-7", changes: [{ ...shelf, delta: 10 }] });
    expect(first.status).toBe(200);
    expect(first.body.results).toMatchObject([{ ...shelf, state: "onHand", status: "applied", delta: 10 }]);
    await adjust({ changes: [{ ...shelf, delta: -3 }] });
    const set = await adjust({ reason: "cycle_count", changes: [{ ...shelf, set: 5 }] });
    expect(set.body.results).toMatchObject([{ status: "applied", delta: -2 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, available: 5, sellable: 5, version: 3 });
    const movements = await eventually(
      () => movementsOf(office, shelf),
      (found) => found.length === 3,
    );
    expect(movements).toMatchObject([
      { version: 1, type: "received", reason: "received", reference: "PO-7", actor: "local", changes: { onHand: 10 } },
      { version: 2, type: "adjusted", reason: "correction", changes: { onHand: -3, available: -3, sellable: -3 } },
      { version: 3, type: "adjusted", reason: "cycle_count", changes: { onHand: -2 }, after: { onHand: 5 } },
    ]);
  });

  it("moves units out of sale and back", async () => {
    const shelf = await stockedShelf(office, 10);
    await adjust({ reason: "damaged", changes: [{ ...shelf, state: "damaged", delta: 2 }] });
    await adjust({ reason: "quality_control", changes: [{ ...shelf, state: "qualityControl", delta: 3 }] });
    await adjust({ changes: [{ ...shelf, state: "safetyStock", set: 1 }] });
    expect(await levelOf(office, shelf)).toMatchObject({
      onHand: 10,
      damaged: 2,
      qualityControl: 3,
      safetyStock: 1,
      available: 4,
    });
    expect((await reserve(shop, shelf, 5)).status).toBe(409);
    await adjust({ changes: [{ ...shelf, state: "qualityControl", delta: -3 }] });
    expect((await reserve(shop, shelf, 5)).status).toBe(201);
  });

  it("never takes what is promised, unless forced; then it says that the level is oversold", async () => {
    const shelf = await stockedShelf(office, 5);
    await reserve(shop, shelf, 4);
    const refused = await adjust({ changes: [{ ...shelf, delta: -2 }] });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "would_oversell", errors: [{ ...shelf, delta: -2, available: 1 }] });
    expect((await adjust({ changes: [{ ...shelf, delta: -2, force: true }] })).status).toBe(200);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 3, reserved: 4, available: -1, sellable: -1 });
    const beyond = await adjust({ changes: [{ ...shelf, delta: -4, force: true }] });
    expect(beyond.body).toMatchObject({ code: "would_oversell", errors: [{ available: 3 }] });
    const alerts = await eventually(
      () => office.get("/v1/alerts?status=open&limit=200"),
      ({ body }) =>
        body.items.some((alert: { sku: string; type: string }) => alert.sku === shelf.sku && alert.type === "oversold"),
    );
    expect(alerts.body.items.filter((alert: { sku: string }) => alert.sku === shelf.sku)).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: "oversold", status: "open" })]),
    );
  });

  it("refuses to ship what a forced decrease left too little of", async () => {
    const shelf = await stockedShelf(office, 2);
    const { body } = await reserve(shop, shelf, 2);
    await shop.post(`/v1/reservations/${body.reservationId}/commit`, { orderId: "o-1" });
    await adjust({ changes: [{ ...shelf, set: 1, force: true }] });
    const refused = await office.post(`/v1/reservations/${body.reservationId}/fulfill`);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "would_oversell", errors: [{ ...shelf, delta: -2, available: 1 }] });
    await receive(office, shelf, 1);
    expect((await office.post(`/v1/reservations/${body.reservationId}/fulfill`)).status).toBe(200);
  });

  it("with another quantity than expected is refused, and tells the actual one", async () => {
    const shelf = await stockedShelf(office, 5);
    const refused = await adjust({ changes: [{ ...shelf, set: 9, expected: 4 }] });
    expect(refused.status).toBe(412);
    expect(refused.body).toMatchObject({ code: "quantity_conflict", errors: [{ ...shelf, expected: 4, actual: 5 }] });
    expect((await adjust({ changes: [{ ...shelf, set: 9, expected: 5 }] })).status).toBe(200);
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 9 });
  });

  it("loses none of 40 parallel changes, relative or absolute", async () => {
    const shelf = await stockedShelf(office, 100);
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, index) => adjust({ changes: [{ ...shelf, delta: index % 2 === 0 ? 3 : -1 }] })),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 140, version: 41 });
  });

  it("of several changes answers each of them, and with atomic all or none", async () => {
    const [good, bad] = await Promise.all([stockedShelf(office, 5), stockedShelf(office, 1)]);
    const changes = [
      { ...good, delta: -2 },
      { ...bad, delta: -2 },
    ];
    const atomic = await adjust({ atomic: true, changes });
    expect([atomic.status, atomic.body.code]).toEqual([409, "would_oversell"]);
    expect(await levelOf(office, good)).toMatchObject({ onHand: 5, version: 1 });
    const each = await adjust({ changes });
    expect(each.status).toBe(200);
    expect(each.body.results).toMatchObject([
      { ...good, status: "applied", delta: -2 },
      { ...bad, status: "refused", error: { code: "would_oversell" } },
    ]);
    expect(await levelOf(office, good)).toMatchObject({ onHand: 3 });
    expect(await levelOf(office, bad)).toMatchObject({ onHand: 1 });
  });

  it("of several states of one level is one change of it when atomic", async () => {
    const shelf = await stockedShelf(office, 5);
    await adjust({ changes: [{ ...shelf, state: "damaged", delta: 2 }] });
    const moved = await adjust({
      reason: "quality_control",
      atomic: true,
      changes: [
        { ...shelf, state: "damaged", delta: -2 },
        { ...shelf, state: "qualityControl", delta: 2 },
      ],
    });
    expect(moved.status).toBe(200);
    expect(await levelOf(office, shelf)).toMatchObject({ damaged: 0, qualityControl: 2, available: 3, version: 3 });
  });

  it("of 90 new levels is one transaction", async () => {
    const locationId = await openLocation(office);
    const skus = await Promise.all(Array.from({ length: 90 }, () => listItem(office)));
    const reply = await adjust({
      reason: "received",
      atomic: true,
      changes: skus.map((sku) => ({ sku, locationId, delta: 1 })),
    });
    expect(reply.status).toBe(200);
    const listed = await eventually(
      () => office.get(`/v1/levels?locationId=${locationId}&limit=200`),
      ({ body }) => body.items.length === 90,
    );
    expect(new Set(listed.body.items.map(({ sku }: { sku: string }) => sku))).toEqual(new Set(skus));
  });

  it("of an unknown SKU or location says which and changes nothing", async () => {
    const shelf = await stockedShelf(office, 5);
    const noSku = await adjust({ changes: [{ ...shelf, sku: "no-such-sku", delta: 1 }] });
    expect([noSku.status, noSku.body.code]).toEqual([404, "unknown_sku"]);
    const noLocation = await adjust({ changes: [{ ...shelf, locationId: "no-such-location", delta: 1 }] });
    expect([noLocation.status, noLocation.body.code]).toEqual([404, "unknown_location"]);
  });
});

describe("a level", () => {
  it("is told as it was at a time, from the audit trail", async () => {
    const shelf = await stockedShelf(office, 5);
    const first = await levelOf(office, shelf);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await receive(office, shelf, 5);
    await eventually(
      () => movementsOf(office, shelf),
      (found) => found.length === 2,
    );
    const path = `/v1/levels/${shelf.sku}/${shelf.locationId}`;
    const before = await office.get(`${path}?asOf=${encodeURIComponent(first.updatedAt)}`);
    expect(before.status).toBe(200);
    expect(before.body).toMatchObject({ onHand: 5, version: 1 });
    expect((await office.get(`${path}?asOf=2000-01-01T00:00:00Z`)).status).toBe(404);
  });

  it("is listed by SKU at once and by location within seconds", async () => {
    const sku = await listItem(office);
    const locations = await Promise.all([openLocation(office), openLocation(office)]);
    await Promise.all(locations.map((locationId) => receive(office, { sku, locationId }, 1)));
    const bySku = await report.get(`/v1/levels?sku=${sku}`);
    expect(bySku.body.items.map(({ locationId }: { locationId: string }) => locationId)).toEqual([...locations].sort());
    const byLocation = await eventually(
      () => report.get(`/v1/levels?locationId=${locations[0]}`),
      ({ body }) => body.items.length === 1,
    );
    expect(byLocation.body.items).toMatchObject([{ sku, onHand: 1 }]);
  });

  it("that does not exist is not found", async () => {
    expect((await report.get("/v1/levels/no-such-sku/nowhere")).body.code).toBe("not_found");
  });

  it("has a threshold of its own, guarded by its ETag", async () => {
    const shelf = await stockedShelf(office, 5, { lowStockThreshold: 3 });
    const path = `/v1/levels/${shelf.sku}/${shelf.locationId}`;
    const seen = await office.get(path);
    expect(seen.body).toMatchObject({ lowStockThreshold: 3 });
    const etag = seen.headers.get("etag") ?? "";
    await receive(office, shelf, 1);
    const changed = await office.patch(path, { lowStockThreshold: 1 }, { headers: { "if-match": etag } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ lowStockThreshold: 1, onHand: 6 });
    const stale = await office.patch(path, { lowStockThreshold: 2 }, { headers: { "if-match": etag } });
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
    await office.put(`/v1/items/${shelf.sku}`, { name: "Thing", lowStockThreshold: 9 });
    expect(await levelOf(office, shelf)).toMatchObject({ lowStockThreshold: 1 });
    expect((await office.patch(path, { lowStockThreshold: "item" })).body).toMatchObject({ lowStockThreshold: 9 });
  });
});

describe("availability", () => {
  it("follows the stock within seconds, and exactly when asked to", async () => {
    const shelf = await stockedShelf(office, 5);
    await reserve(shop, shelf, 2);
    const exact = await shop.get(`/v1/availability?sku=${shelf.sku}&exact=true`);
    expect(exact.status).toBe(200);
    expect(exact.headers.get("cache-control")).toContain("max-age=1");
    expect(exact.body.items).toMatchObject([
      { sku: shelf.sku, available: 3, inStock: true, locations: [{ locationId: shelf.locationId, available: 3 }] },
    ]);
    const summary = await eventually(
      () => shop.get(`/v1/availability?sku=${shelf.sku}`),
      ({ body }) => body.items[0].available === 3,
    );
    expect(summary.body.items).toMatchObject([{ sku: shelf.sku, available: 3, inStock: true }]);
  });

  it("answers up to 100 SKUs, and an unknown one does not break the page", async () => {
    const shelf = await stockedShelf(office, 1);
    const unknown = Array.from({ length: 99 }, () => `sku=${unique("none")}`).join("&");
    const reply = await eventually(
      () => shop.get(`/v1/availability?sku=${shelf.sku}&${unknown}`),
      ({ body }) => body.items?.[0]?.available === 1,
    );
    expect(reply.status).toBe(200);
    expect(reply.body.items).toHaveLength(100);
    expect(reply.body.items[1]).toMatchObject({ tracked: false });
    const tooMany = await shop.get(`/v1/availability?sku=${shelf.sku}&sku=one-more&${unknown}`);
    expect([tooMany.status, tooMany.body.code]).toEqual([400, "validation_failed"]);
  });
});

describe("the catalogue", () => {
  it("keeps items and locations, guarded by their ETags", async () => {
    for (const [path, body, changed] of [
      [`/v1/items/${unique("sku")}`, { name: "Thing" }, { name: "Better thing" }],
      [
        `/v1/locations/${unique("loc")}`,
        { name: "W", priority: 1, active: true },
        { name: "W2", priority: 2, active: true },
      ],
    ] as const) {
      const created = await office.put(path, body);
      expect(created.status).toBe(201);
      const etag = created.headers.get("etag") ?? "";
      expect((await office.put(path, body)).headers.get("etag")).toBe(etag);
      const replaced = await office.put(path, changed, { headers: { "if-match": etag } });
      expect(replaced.status).toBe(200);
      expect(replaced.body).toMatchObject(changed);
      const stale = await office.put(path, body, { headers: { "if-match": etag } });
      expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"]);
      expect((await report.get(path)).body).toMatchObject(changed);
      const missing = await report.get(path.replace(/[^/]+$/, "none"));
      expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
    }
  });

  it("is searched by name, SKU or the merchant's own number, and paged", async () => {
    const word = unique("needle");
    const skus = await Promise.all(
      [{ name: `Big ${word}` }, { name: "x", externalSku: `${word}/1` }, { name: "y", barcode: word }].map((item) =>
        listItem(office, item),
      ),
    );
    const found = await eventually(
      () => report.get(`/v1/items?q=${word.toUpperCase()}`),
      ({ body }) => body.items.length === 3,
    );
    expect(found.body.items.map(({ sku }: { sku: string }) => sku).sort()).toEqual([...skus].sort());

    const ids = new Set<string>();
    let cursor: string | null = null;
    do {
      const page = await report.get(`/v1/locations?limit=5${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      expect(page.body.items.length).toBeLessThanOrEqual(5);
      for (const { locationId } of page.body.items) {
        expect(ids.has(locationId)).toBe(false);
        ids.add(locationId);
      }
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(ids.size).toBeGreaterThan(0);
  });
});
