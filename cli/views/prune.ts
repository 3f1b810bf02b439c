/** Takes from the views table what the inventory table does not bear out: rows of what is gone, or was never so. */
import { isDeepStrictEqual } from "node:util";
import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { epochOf } from "../../functions/domain/alert.ts";
import { orderOf } from "../../functions/domain/reservation.ts";
import { batchGet } from "../../functions/storage/batch-get.ts";
import type { Tables } from "../../functions/storage/client.ts";
import { parseItem } from "../../functions/storage/items.ts";
import { inventoryKeys, type Key, viewEntityOf } from "../../functions/storage/keys.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import { listedItem } from "../../functions/storage/listings.ts";
import { parseReservation } from "../../functions/storage/reservation-item.ts";
import { readable, readNumber, readString, type StoredItem } from "../../functions/storage/stored-item.ts";
import { locationsIn, removeParts, wrongPartsOf } from "../../functions/storage/summaries.ts";
import { pagesOf } from "../../functions/storage/walk.ts";
import { inParallel, type Pace } from "../pace.ts";

export interface Pruning {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly pace: Pace;
}

const parallelRows = 8;

/**
 * Gives how many rows, or parts of one, were taken away. A row is read before the truth that it is compared with, so
 * that no row can be ahead of it; and what is taken away by mistake, because it became true in between, is noted again
 * by whoever walks the inventory table afterwards.
 */
export async function pruneViews(services: Pruning): Promise<number> {
  const { client, tables, pace } = services;
  let removed = 0;
  for await (const rows of pagesOf(client, tables.views)) {
    const truth = await truthOf(services, rows);
    await inParallel(rows, parallelRows, async (row) => {
      const entity = viewEntityOf(keyOf(row));
      if (entity.kind === "summary") {
        const parts = wrongPartsOf(row, {
          item: truth.item(entity.sku),
          levelAt: (locationId) => truth.level({ sku: entity.sku, locationId }),
        });
        if (parts.length > 0) {
          await pace.next();
          await removeParts(client, tables.views, row, parts);
          removed += parts.length;
        }
      } else if (!isBorneOut(row, truth)) {
        await pace.next();
        await client.send(new DeleteCommand({ TableName: tables.views, Key: keyOf(row) }));
        removed += 1;
      }
    });
  }
  return removed;
}

function keyOf(item: StoredItem): Key & Record<string, unknown> {
  return { pk: readString(item, "pk"), sk: readString(item, "sk") };
}

/** What the inventory table says of the rows of a page. */
class Truth {
  private readonly records: ReadonlyMap<string, StoredItem>;

  constructor(records: readonly StoredItem[]) {
    this.records = new Map(records.map((record) => [nameOf(keyOf(record)), record]));
  }

  private read<T>(key: Key, parse: (record: StoredItem) => T): T | null {
    const record = this.records.get(nameOf(key));
    return record === undefined ? null : parse(record);
  }
  item(sku: string) {
    return this.read(inventoryKeys.item(sku), (record) => parseItem(sku, record));
  }
  level(key: Parameters<typeof inventoryKeys.level>[0]) {
    return this.read(inventoryKeys.level(key), (record) => parseLevel(key, record));
  }
  reservation(id: string) {
    return this.read(inventoryKeys.reservation(id), (record) => parseReservation(id, record));
  }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}

/** Where in the inventory table it is written whether a row is true. */
function keysFor(row: StoredItem): readonly Key[] {
  const entity = viewEntityOf(keyOf(row));
  switch (entity.kind) {
    case "summary": {
      const { sku } = entity;
      return [
        inventoryKeys.item(sku),
        ...locationsIn(row).map((locationId) => inventoryKeys.level({ sku, locationId })),
      ];
    }
    case "location-member":
    case "alert":
      return [inventoryKeys.level(entity.level)];
    case "listed-item":
      return [inventoryKeys.item(entity.sku)];
    case "listed-reservation":
      return reservationIdIn(row).map((id) => inventoryKeys.reservation(id));
    case "claim":
    case "other":
      return [];
  }
}

function reservationIdIn(row: StoredItem): readonly string[] {
  const id = readable(() => readString(row, "reservationId"));
  return id === null ? [] : [id];
}

async function truthOf({ client, tables }: Pruning, rows: readonly StoredItem[]): Promise<Truth> {
  return new Truth(await batchGet(client, tables.inventory, rows.flatMap(keysFor), { consistent: true }));
}

/** A row of an unknown kind is somebody else's, and is left. */
function isBorneOut(row: StoredItem, truth: Truth): boolean {
  const entity = viewEntityOf(keyOf(row));
  switch (entity.kind) {
    case "location-member":
      return truth.level(entity.level) !== null;
    case "listed-item": {
      const item = truth.item(entity.sku);
      const revision = readable(() => readNumber(row, "revision"));
      return (
        item !== null &&
        revision !== null &&
        (revision < item.revision || (revision === item.revision && isDeepStrictEqual(row, withoutUndefined(item))))
      );
    }
    case "listed-reservation": {
      const [reservation = null] = reservationIdIn(row).map((of) => truth.reservation(of));
      if (reservation === null || reservation.uid !== row["uid"]) {
        return false;
      }
      const { kind, id } = entity.name;
      return id === (kind === "order" ? orderOf(reservation)?.orderId : reservation.referenceId);
    }
    case "alert": {
      const level = truth.level(entity.level);
      const [epoch, version] = ["epoch", "version"].map((name) => readable(() => readNumber(row, name)));
      if (level === null || epoch == null || version == null || epoch > epochOf(level)) {
        return false;
      }
      return epoch < epochOf(level) || level.cells > 0 || version <= level.version;
    }
    case "summary":
    case "claim":
    case "other":
      return true;
  }
}

function withoutUndefined(item: Parameters<typeof listedItem>[0]): StoredItem {
  return Object.fromEntries(Object.entries(listedItem(item)).filter(([, value]) => value !== undefined));
}
