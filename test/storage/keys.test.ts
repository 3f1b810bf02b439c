/** Two different things never meet in one key, and a key tells what it is the key of. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StockKey } from "../../functions/domain/level.ts";
import { entityOf, inventoryKeys, type Key, movementKeys, viewKeys } from "../../functions/storage/keys.ts";

/** Ids as requests may have them: also ones that look like a part of a key. */
const id = fc.oneof(
  fc.constantFrom("ITEM", "LEVEL", "CELL", "COMPONENT", "SOLDOUT", "SPLIT", "RESERVATION", "1", "0"),
  fc.stringMatching(/^[A-Za-z0-9._:~+-]{1,6}$/),
);
const level = fc.record({ sku: id, locationId: id });
const whole = fc.integer({ min: 1, max: 9_999 });
const stock: fc.Arbitrary<StockKey> = fc
  .tuple(level, fc.option(fc.record({ generation: whole, index: whole })))
  .map(([key, cell]) => ({ ...key, cell }));

/** Everything that stands beside levels and items, with what it is as text. */
const others: fc.Arbitrary<readonly [name: string, key: Key]> = fc.oneof(
  id.map((sku) => [`use ${sku}`, inventoryKeys.componentUse(sku)] as const),
  level.map((key) => [`sold out ${key.sku} ${key.locationId}`, inventoryKeys.soldOut(key)] as const),
  fc.tuple(level, whole).map(([key, generation]) => {
    return [`split ${key.sku} ${key.locationId} ${generation}`, inventoryKeys.split(key, generation)] as const;
  }),
  fc.tuple(id, id, fc.option(whole), whole).map(([customer, sku, days, at]) => {
    // A limit without windows has one counter.
    const window = days === null ? 0 : at;
    const name = `counter ${customer} ${sku} ${days} ${window}`;
    return [name, inventoryKeys.purchases(customer, sku, days, window)] as const;
  }),
  id.map((customer) => [`holds ${customer}`, inventoryKeys.holds(customer)] as const),
  fc
    .tuple(id, whole)
    .map(([digest, index]) => [`operation ${digest} ${index}`, inventoryKeys.operation(digest, index)] as const),
  id.map((digest) => [`answer ${digest}`, inventoryKeys.answer(digest)] as const),
  fc
    .tuple(id, whole)
    .map(([uid, version]) => [`expired ${uid} ${version}`, inventoryKeys.expired(uid, version)] as const),
);
const named: fc.Arbitrary<readonly [name: string, key: Key]> = fc.oneof(
  stock.map((key) => [`stock ${JSON.stringify(key)}`, inventoryKeys.stock(key)] as const),
  id.map((sku) => [`item ${sku}`, inventoryKeys.item(sku)] as const),
  id.map((reservationId) => [`reservation ${reservationId}`, inventoryKeys.reservation(reservationId)] as const),
  fc.tuple(level, whole, id).map(([key, atMs, reservationId]) => {
    const name = `entry ${key.sku} ${key.locationId} ${atMs} ${reservationId}`;
    return [name, inventoryKeys.queueEntry(key, atMs, reservationId)] as const;
  }),
  id.map((locationId) => [`location ${locationId}`, inventoryKeys.location(locationId)] as const),
  others,
);

describe("a key of the inventory table", () => {
  it("is that of one thing", () => {
    fc.assert(
      fc.property(named, named, ([one, oneKey], [other, otherKey]) => {
        expect(oneKey.pk === otherKey.pk && oneKey.sk === otherKey.sk).toBe(one === other);
      }),
      { numRuns: 1_000 },
    );
  });

  it("tells what it is the key of, where that outlives a deployment", () => {
    fc.assert(
      fc.property(stock, id, whole, others, (key, name, atMs, [, other]) => {
        expect(entityOf(inventoryKeys.stock(key))).toEqual({ kind: "stock", key });
        expect(entityOf(inventoryKeys.level(key))).toEqual({ kind: "stock", key: { ...key, cell: null } });
        expect(entityOf(inventoryKeys.item(name))).toEqual({ kind: "item", sku: name });
        expect(entityOf(inventoryKeys.reservation(name))).toEqual({ kind: "reservation", reservationId: name });
        expect(entityOf(inventoryKeys.location(name))).toEqual({ kind: "location", locationId: name });
        const place = inventoryKeys.queueEntry(key, atMs, name);
        expect(entityOf(place)).toEqual({ kind: "queue-entry" });
        const { sku, locationId } = key;
        const told = { sku, locationId, promisedAtMs: atMs, reservationId: name };
        expect(inventoryKeys.parseQueueEntry(place)).toEqual(told);
        expect(inventoryKeys.parseQueueEntry(inventoryKeys.level(key))).toBeNull();
        expect(entityOf(other)).toEqual({ kind: "other" });
      }),
    );
  });

  it("puts the backorder queue in order of promises, and the splits of a level in order of their generations", () => {
    fc.assert(
      fc.property(level, fc.nat(), fc.nat(), id, id, (key, one, other, a, b) => {
        fc.pre(one !== other);
        const [first, second] = [inventoryKeys.queueEntry(key, one, a), inventoryKeys.queueEntry(key, other, b)];
        expect(first.pk).toBe(inventoryKeys.queuePartition(key));
        expect(first.sk < second.sk).toBe(one < other);
        expect(inventoryKeys.split(key, one).sk < inventoryKeys.split(key, other).sk).toBe(one < other);
      }),
    );
  });

  it("of an item stands before those of its levels, and those of its levels before everything behind them", () => {
    fc.assert(
      fc.property(level, (key) => {
        const item = inventoryKeys.item(key.sku);
        const found = inventoryKeys.level(key);
        expect([item.pk, found.pk]).toEqual([inventoryKeys.skuPartition(key.sku), inventoryKeys.skuPartition(key.sku)]);
        expect(item.sk < found.sk && found.sk < inventoryKeys.behindLevels).toBe(true);
      }),
    );
  });
});

describe("a partition of the movements table", () => {
  it("is that of one level or cell, which it tells", () => {
    fc.assert(
      fc.property(stock, (key) => {
        expect(movementKeys.parse(movementKeys.stock(key))).toEqual(key);
      }),
    );
    for (const pk of ["LEVEL#A", "LEVEL#A#L1#1#2#3", "OTHER#A#L1"]) {
      expect(movementKeys.parse(pk)).toBeNull();
    }
  });

  it("of a cell is found beside those of its level, and not among those of other levels", () => {
    fc.assert(
      fc.property(stock, level, (key, other) => {
        const pk = movementKeys.stock(key);
        expect(pk.startsWith(movementKeys.ofSku(other.sku))).toBe(key.sku === other.sku);
        expect(pk.startsWith(movementKeys.cellsOf(other.sku, other.locationId))).toBe(
          key.cell !== null && key.sku === other.sku && key.locationId === other.locationId,
        );
      }),
    );
  });
});

describe("the keys of the views", () => {
  it("put alerts in order of the moments of their level", () => {
    const moment = fc.record({ epoch: fc.nat(), version: fc.nat() });
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        const isEarlier = one.epoch < other.epoch || (one.epoch === other.epoch && one.version < other.version);
        expect(viewKeys.alertSortKey("oversold", one) < viewKeys.alertSortKey("oversold", other)).toBe(isEarlier);
        expect(viewKeys.endSortKey("oversold", one) < viewKeys.endSortKey("oversold", other)).toBe(isEarlier);
      }),
    );
  });

  it("put reservations in the order in which they were made, by reference and by order apart", () => {
    fc.assert(
      fc.property(id, fc.nat(), fc.nat(), id, (name, one, other, reservationId) => {
        fc.pre(one !== other);
        const [first, second] = [one, other].map((atMs) =>
          viewKeys.listedReservation("reference", name, atMs, reservationId),
        );
        expect(first?.pk).toBe(viewKeys.reservationsPartition("reference", name));
        expect(first?.pk).not.toBe(viewKeys.listedReservation("order", name, one, reservationId).pk);
        expect((first?.sk ?? "") < (second?.sk ?? "")).toBe(one < other);
      }),
    );
  });
});
