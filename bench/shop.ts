/** Goods on shelves and carts full of them, made by the service's own use cases, for the benchmarks to work on. */
import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { refreshViews } from "../functions/availability/refresh-views.ts";
import { LocationDirectory } from "../functions/catalogue/location-directory.ts";
import { putItem } from "../functions/catalogue/put-item.ts";
import { putLocation } from "../functions/catalogue/put-location.ts";
import type { Adjustment } from "../functions/domain/adjustment.ts";
import { usualTerms } from "../functions/domain/allocation.ts";
import type { ItemDescription } from "../functions/domain/catalogue.ts";
import type { Level, LevelKey } from "../functions/domain/level.ts";
import type { Outcome } from "../functions/domain/refusal.ts";
import type { HeldReservation } from "../functions/domain/reservation.ts";
import { timeToLiveOfHold } from "../functions/domain/reservation-times.ts";
import type { Delivery } from "../functions/queue-consumer.ts";
import { HotLevels } from "../functions/reservations/hot-levels.ts";
import { type ReserveCommand, reserveStock } from "../functions/reservations/reserve-stock.ts";
import type { ReservationServices } from "../functions/reservations/services.ts";
import { usualTimes } from "../functions/reservations/times.ts";
import { type AdjustCommand, adjustStock } from "../functions/stock/adjust-stock.ts";
import { splitLevel } from "../functions/stock/split-level.ts";
import type { Tables } from "../functions/storage/client.ts";
import { inventoryKeys } from "../functions/storage/keys.ts";
import { readLevel } from "../functions/storage/levels.ts";
import type { Database } from "./database.ts";
import { StillClock } from "./still-clock.ts";

/** What all use cases together need of the world. */
export type ShopServices = ReservationServices & { readonly tables: Tables };

/** Enough on every shelf for whatever a benchmark takes. */
export const unitsOnShelf = 1_000_000;
export const holdSeconds = 1_800;
export const graceSeconds = usualTimes.expiryGraceSeconds;
const locationId = "warehouse-01";

/** The value of what must have been done. */
export function doneValue<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== "done") {
    throw new Error(`It was to be done, and was not: ${JSON.stringify(outcome)}`);
  }
  return outcome.value;
}

/** One location, and as many SKUs with stock in it as are asked for. */
export class Shop {
  readonly clock = new StillClock();
  /** Those of the shop itself; a benchmark measures others. */
  readonly services: ShopServices;
  private readonly client: DynamoDBDocumentClient;
  private readonly tables: Tables;
  private readonly shelves: LevelKey[] = [];
  private items = 0;

  private constructor(database: Database) {
    this.client = database.documentClient();
    this.tables = database.tables;
    this.services = this.servicesOn(this.client);
  }

  static async open(database: Database): Promise<Shop> {
    const shop = new Shop(database);
    const description = { name: "Warehouse north", priority: 1, active: true };
    doneValue(
      await putLocation(shop.services, {
        ...shop.catalogueCommand(),
        locationId,
        description: { ...description, country: null, latitude: null, longitude: null },
      }),
    );
    return shop;
  }

  close(): void {
    this.client.destroy();
  }

  /** The services on another client. They know the locations already, as a warm function does. */
  servicesOn(client: DynamoDBDocumentClient): ShopServices {
    return {
      client,
      tables: this.tables,
      runtime: this.clock,
      observe: () => undefined,
      locations: new LocationDirectory(this.client, this.tables.inventory, this.clock),
      hotLevels: new HotLevels({ client, table: this.tables.inventory, runtime: this.clock }),
      times: usualTimes,
      defaultAllocation: usualTerms.strategy,
      mostOpenHolds: null,
    };
  }

  /** What every command carries. */
  command(): { readonly actor: string; readonly budgetEndsAtMs: number } {
    return { actor: "storefront", budgetEndsAtMs: this.clock.now() + 8_000 };
  }

  /** Of a new message. */
  delivery(): Delivery {
    return { messageId: this.clock.newId(), budgetEndsAtMs: this.clock.now() + 8_000 };
  }

  /** As many shelves with stock, one SKU each; the same ones every time. */
  async stocked(count: number): Promise<readonly LevelKey[]> {
    while (this.shelves.length < count) {
      const shelf = await this.emptyShelf();
      const receipt = this.adjustment([{ ...shelf, change: { kind: "delta", delta: unitsOnShelf } }], true);
      doneValue(await adjustStock(this.services, receipt));
      await refreshViews(this.services, { kind: "level", level: await this.level(shelf) }, this.delivery());
      this.shelves.push(shelf);
    }
    return this.shelves.slice(0, count);
  }

  /** A new SKU that has no level yet, with what is special about it. */
  async emptyShelf(special: Partial<ItemDescription> = {}): Promise<LevelKey> {
    this.items += 1;
    const sku = `shirt-organic-blue-${String(this.items).padStart(5, "0")}`;
    const description: ItemDescription = {
      name: "Shirt, organic, blue",
      backorder: { policy: "deny", limit: null },
      restockAt: null,
      availableFrom: null,
      lowStockThreshold: 5,
      purchaseLimit: null,
      components: [],
      externalSku: null,
      barcode: null,
      active: true,
      ...special,
    };
    const { value: item } = doneValue(
      await putItem(this.services, {
        ...this.catalogueCommand(),
        sku,
        description,
      }),
    );
    await refreshViews(this.services, { kind: "item", item }, this.delivery());
    return { sku, locationId };
  }

  /** A shelf of its own with units of something special. */
  async special(quantity: number, special: Partial<ItemDescription>): Promise<LevelKey> {
    const shelf = await this.emptyShelf(special);
    const receipt = this.adjustment([{ ...shelf, change: { kind: "delta", delta: quantity } }], true);
    doneValue(await adjustStock(this.services, receipt));
    return shelf;
  }

  /** A level that is split, with so many units in its cells. */
  async split(quantity: number): Promise<Level> {
    const shelf = await this.special(quantity + 1, {});
    if (quantity === 0) {
      await this.hold([shelf]);
    }
    doneValue(await splitLevel(this.services, { ...this.command(), ...shelf, cells: 8 }));
    return await this.level(shelf);
  }

  async level(shelf: LevelKey): Promise<Level> {
    const level = await readLevel(this.client, this.tables.inventory, shelf);
    if (level === null) {
      throw new Error(`There is no level of ${shelf.sku} at ${shelf.locationId}.`);
    }
    return level;
  }

  /** A cart of one unit from each shelf, with ids of usual lengths. */
  cart(shelves: readonly LevelKey[]): ReserveCommand {
    return {
      ...this.command(),
      reservationId: `r-${this.clock.newId()}`,
      isIdMadeUp: true,
      lines: shelves.map((shelf) => ({ ...shelf, quantity: 1 })),
      terms: usualTerms,
      referenceId: "cart-4f1d2b7a90c3e865",
      customerId: "customer-83921775",
      ttlSeconds: holdSeconds,
      requestDigest: this.clock.newId(),
    };
  }

  /** A hold of one unit from each shelf. */
  async hold(shelves: readonly LevelKey[]): Promise<HeldReservation> {
    const { reservation } = doneValue(await reserveStock(this.services, this.cart(shelves)));
    if (reservation.status !== "held") {
      throw new Error(`A new reservation is ${reservation.status}.`);
    }
    return reservation;
  }

  /** Deletes the record as the table's TTL does; gives the TTL that it had, in seconds since the epoch. */
  async deleteOverdue({ reservationId, expiresAtMs }: HeldReservation): Promise<number> {
    await this.client.send(
      new DeleteCommand({ TableName: this.tables.inventory, Key: inventoryKeys.reservation(reservationId) }),
    );
    return timeToLiveOfHold(usualTimes, expiresAtMs);
  }

  adjustment(changes: readonly (LevelKey & Pick<Adjustment, "change">)[], atomic: boolean): AdjustCommand {
    return {
      ...this.command(),
      reason: "received",
      reference: "delivery-20270131-0001",
      atomic,
      changes: changes.map((change) => ({ ...change, state: "onHand", expected: null, force: false })),
      requestDigest: this.clock.newId(),
      operationDigest: this.clock.newId(),
    };
  }

  private catalogueCommand() {
    return { ...this.command(), expectedRevision: null, mustExist: false };
  }
}
