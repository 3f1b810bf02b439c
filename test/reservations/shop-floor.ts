/** Short ways to say what a checkout and a warehouse do, on the service without its infrastructure. */
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { readAvailability } from "../../functions/availability/read-availability.ts";
import { listBackorders } from "../../functions/backorders/list-backorders.ts";
import { putItem } from "../../functions/catalogue/put-item.ts";
import { putLocation } from "../../functions/catalogue/put-location.ts";
import { keyPrefixes } from "../../functions/contract/tables.ts";
import { digestOf } from "../../functions/digest.ts";
import { type AllocationTerms, usualTerms } from "../../functions/domain/allocation.ts";
import { type ItemDescription, type LocationDescription, levelSettingsOf } from "../../functions/domain/catalogue.ts";
import { type LevelKey, plainChange } from "../../functions/domain/level.ts";
import { figuresOfLine } from "../../functions/domain/line.ts";
import type { Outcome } from "../../functions/domain/refusal.ts";
import { isOpen, type Reservation } from "../../functions/domain/reservation.ts";
import type { ExpiredMessage } from "../../functions/messaging/messages.ts";
import type { Ending } from "../../functions/queue-consumer.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { HotLevels } from "../../functions/reservations/hot-levels.ts";
import { rearrangeReservation } from "../../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { type ReserveCommand, type Reserved, reserveStock } from "../../functions/reservations/reserve-stock.ts";
import { returnUnits } from "../../functions/reservations/return-units.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import { type Adjusted, adjustStock } from "../../functions/stock/adjust-stock.ts";
import { getLevel } from "../../functions/stock/read-levels.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import type { Tables } from "../../functions/storage/client.ts";
import { itemParts } from "../../functions/storage/items.ts";
import { entityOf, inventoryKeys } from "../../functions/storage/keys.ts";
import { creationOfLevel, newLevel } from "../../functions/storage/level-writes.ts";
import { parseReservation, timeToLiveIn } from "../../functions/storage/reservation-item.ts";
import { readNumber, readString } from "../../functions/storage/stored-item.ts";
import { transact } from "../../functions/storage/transaction.ts";
import { plainItem } from "../support/plain-item.ts";
import { doneValue, type Service } from "../support/service.ts";

/** A line of a cart: `[sku, quantity]`, or with a location `[sku, quantity, locationId]`. */
export type CartLine = readonly [sku: string, quantity: number, locationId?: string];

export function linesOf(cart: readonly CartLine[]) {
  return cart.map(([sku, quantity, locationId]) => ({ sku, quantity, locationId: locationId ?? null }));
}

let count = 0;

export class ShopFloor {
  readonly service: Service;
  readonly services: ReservationServices & { readonly tables: Tables };

  constructor(service: Service, services: Partial<ReservationServices> = {}) {
    this.service = service;
    this.services = { ...service.reservations, ...services, tables: service.tables };
  }

  /** The same shop seen by another environment of a function, which has met nothing yet. */
  elsewhere(client: DynamoDBDocumentClient = this.service.client): ShopFloor {
    const { runtime, tables } = this.services;
    const hotLevels = new HotLevels({ client, table: tables.inventory, runtime });
    return new ShopFloor(this.service, { ...this.services, client, hotLevels });
  }

  /** A name that nothing else has. */
  name(kind: string): string {
    count += 1;
    return `${kind}-${count}`;
  }

  command() {
    return { actor: "tester", budgetEndsAtMs: this.service.clock.now() + 8_000 };
  }

  async describe(sku: string, description: Partial<ItemDescription>) {
    return await putItem(this.services, {
      ...this.command(),
      sku,
      description: { ...plainItem, ...description },
      expectedRevision: null,
      mustExist: false,
    });
  }

  async item(sku: string, description: Partial<ItemDescription> = {}): Promise<void> {
    doneValue(await this.describe(sku, description));
  }

  /** A new item that is made of others: `[sku, quantity]` each. */
  async kit(
    components: readonly (readonly [sku: string, quantity: number])[],
    description: Partial<ItemDescription> = {},
  ): Promise<string> {
    const kit = this.name("kit");
    await this.item(kit, { ...description, components: components.map(([sku, quantity]) => ({ sku, quantity })) });
    return kit;
  }

  async location(locationId: string, description: Partial<LocationDescription> = {}): Promise<void> {
    const plain = { name: "W", priority: 1, active: true, country: null, latitude: null, longitude: null };
    doneValue(
      await putLocation(this.services, {
        ...this.command(),
        locationId,
        description: { ...plain, ...description },
        expectedRevision: null,
        mustExist: false,
      }),
    );
  }

  /** A new item with units at new locations, the first of which is preferred. */
  async stocked(
    quantities: readonly number[],
    description: Partial<ItemDescription> = {},
  ): Promise<{ readonly sku: string; readonly shelves: readonly LevelKey[]; readonly shelf: LevelKey }> {
    const sku = this.name("sku");
    await this.item(sku, description);
    const shelves: LevelKey[] = [];
    for (const [index, quantity] of quantities.entries()) {
      const shelf = { sku, locationId: this.name("loc") };
      await this.location(shelf.locationId, { priority: index });
      if (quantity > 0) {
        await this.service.adjust(shelf, quantity);
      }
      shelves.push(shelf);
    }
    return { sku, shelves, shelf: shelves[0] as LevelKey };
  }

  /** A new item with units at a location, in one call: for tests that need a great many of them. */
  async shelfAt(locationId: string, units: number, description: Partial<ItemDescription> = {}): Promise<LevelKey> {
    const { client, tables, runtime } = this.services;
    const [sku, atMs, actor] = [this.name("sku"), runtime.now(), "tester"];
    const item = { sku, ...plainItem, ...description, revision: 1, settingsRevision: 1, updatedAtMs: atMs, actor };
    const received = plainChange("received", actor, atMs);
    const level = newLevel({ sku, locationId }, { onHand: units }, levelSettingsOf(item), 1, received);
    const written = await transact<unknown>(client, runtime.newId(), [
      ...itemParts(tables.inventory, null, item),
      ...(units > 0 ? [{ label: "level", part: creationOfLevel(tables.inventory, level) }] : []),
    ]);
    expect(written.kind).toBe("written");
    return { sku, locationId };
  }

  reserveCommand(cart: readonly CartLine[], more: Partial<ReserveCommand> = {}): ReserveCommand {
    const reservationId = this.name("r");
    return {
      ...this.command(),
      reservationId,
      lines: linesOf(cart),
      terms: usualTerms,
      referenceId: null,
      customerId: null,
      ttlSeconds: 600,
      requestDigest: `d-${reservationId}`,
      ...more,
    };
  }

  async reserve(cart: readonly CartLine[], more: Partial<ReserveCommand> = {}): Promise<Outcome<Reserved>> {
    return await reserveStock(this.services, this.reserveCommand(cart, more));
  }

  async held(cart: readonly CartLine[], more: Partial<ReserveCommand> = {}): Promise<Reservation> {
    return doneValue(await this.reserve(cart, more)).reservation;
  }

  async rearrange(
    reservationId: string,
    cart: readonly CartLine[],
    more: { readonly ttlSeconds?: number; readonly expectedRevision?: number } = {},
  ): Promise<Outcome<Reservation>> {
    const { ttlSeconds = null, expectedRevision = null } = more;
    const command = { ...this.command(), reservationId, lines: linesOf(cart), ttlSeconds, expectedRevision };
    return await rearrangeReservation(this.services, command);
  }

  async commit(reservationId: string, orderId = "order", expectedRevision: number | null = null) {
    return await commitReservation(this.services, { ...this.command(), reservationId, orderId, expectedRevision });
  }

  async release(reservationId: string): Promise<Outcome<Reservation>> {
    const command = { ...this.command(), reservationId, reason: null, expectedRevision: null };
    return await releaseReservation(this.services, command);
  }

  async fulfil(reservationId: string, cart: readonly CartLine[] | null = null, key: string | null = null) {
    const change = key === null ? null : { keyDigest: key, requestDigest: JSON.stringify(cart) };
    const units = cart === null ? null : linesOf(cart);
    const command = { ...this.command(), reservationId, expectedRevision: null, units, change };
    return await fulfilReservation(this.services, command);
  }

  async giveBack(
    reservationId: string,
    units: Parameters<typeof returnUnits>[1]["units"],
    key: string | null = null,
  ): Promise<Outcome<Reservation>> {
    const change = key === null ? null : { keyDigest: key, requestDigest: JSON.stringify(units) };
    return await returnUnits(this.services, {
      ...this.command(),
      reservationId,
      expectedRevision: null,
      units,
      change,
    });
  }

  async adjust(shelf: LevelKey, delta: number, force = false): Promise<Outcome<Adjusted>> {
    return await adjustStock(this.services, {
      ...this.command(),
      reason: delta > 0 ? "received" : "correction",
      reference: null,
      atomic: true,
      changes: [{ ...shelf, state: "onHand", change: { kind: "delta", delta }, expected: null, force }],
      requestDigest: "d",
      operationDigest: this.service.clock.newId(),
    });
  }

  async split(shelf: LevelKey, cells: number) {
    return await splitLevel(this.services, { ...this.command(), ...shelf, cells });
  }

  /** The level with its cells: what they hold together, as a reader sees it. */
  async whole(shelf: LevelKey) {
    const level = doneValue(await getLevel(this.services, shelf));
    const { onHand, reserved, available, sellable } = level.figures;
    return { onHand, reserved, available, sellable, cells: level.cells };
  }

  /** What the table's TTL does, at a moment of the test's choosing. */
  async deleteRecord(reservationId: string): Promise<void> {
    await this.service.client.send(
      new DeleteCommand({ TableName: this.service.tables.inventory, Key: inventoryKeys.reservation(reservationId) }),
    );
  }

  /** What is counted against a customer's limit in a window; null where there is no counter. */
  async taken(customerId: string, sku: string, windowDays: number | null = null, window = 0): Promise<number | null> {
    const { Item } = await this.service.client.send(
      new GetCommand({
        TableName: this.service.tables.inventory,
        Key: inventoryKeys.purchases(digestOf(customerId), sku, windowDays, window),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? null : readNumber(Item, "taken");
  }

  /** Has the queue of a level looked at: there may be stock for those who wait. */
  async allocate(shelf: LevelKey): Promise<Ending> {
    const { sku, locationId } = shelf;
    const consumers = this.service.consumersOn(this.services.client);
    return await consumers.backorders(JSON.stringify({ sku, locationId, availableFrom: null }));
  }

  /** The deadline message of a hold. */
  async expire({ reservationId, uid }: Reservation): Promise<Ending> {
    const consumers = this.service.consumersOn(this.services.client);
    return await consumers.deadlines(JSON.stringify({ reservationId, uid }));
  }

  /** The message of a deletion, as it comes from its queue. */
  async releaseDeleted(message: string): Promise<Ending> {
    return await this.service.consumersOn(this.services.client).expired(message);
  }

  /** Deletes a record, as the table does, and gives the message that the stream's reader makes of its deletion. */
  async messageOfDeletion({ reservationId }: Reservation): Promise<string> {
    const { Item } = await this.service.client.send(
      new GetCommand({
        TableName: this.service.tables.inventory,
        Key: inventoryKeys.reservation(reservationId),
        ConsistentRead: true,
      }),
    );
    const reservation = Item === undefined ? null : parseReservation(reservationId, Item);
    if (Item === undefined || reservation === null || !isOpen(reservation)) {
      throw new Error(`There is no open reservation ${reservationId} to delete.`);
    }
    await this.deleteRecord(reservationId);
    return JSON.stringify({ reservation, ttlSeconds: timeToLiveIn(Item) } satisfies ExpiredMessage);
  }

  /** Who waits for a SKU, oldest promise first: `[reservation, units]`. */
  async queueOf(sku: string): Promise<readonly (readonly [reservationId: string, quantity: number])[]> {
    const page = await listBackorders(this.services, { sku, locationId: null, limit: 50, cursor: null });
    if (page.kind === "bad-cursor") {
      throw new Error("The list did not take its own cursor.");
    }
    return page.items.map(({ entry }) => [entry.reservationId, entry.quantity]);
  }

  async get(reservationId: string): Promise<Reservation> {
    return doneValue(await getReservation(this.services, reservationId));
  }

  /** What a new buyer is told that he can have, by the levels and by the summaries. */
  async availability(sku: string) {
    const read = async (exact: boolean) => {
      const [found] = await readAvailability(this.services, { skus: [sku], locationId: null, exact });
      return found === null || found === undefined ? null : [found.available, found.backorderable];
    };
    return { exact: await read(true), summed: await read(false) };
  }

  /** The figures that a test of promises looks at. */
  async figures(shelf: LevelKey) {
    const { onHand, reserved, available, backordered, sellable } = (await this.service.level(shelf)).figures;
    return { onHand, reserved, available, backordered, sellable };
  }
}

/** A client to which something happens before each command is sent; the hook is given the command's name. */
export function clientWith(
  client: DynamoDBDocumentClient,
  before: (commandName: string) => Promise<void> | void,
): DynamoDBDocumentClient {
  const hooked = Object.create(client) as DynamoDBDocumentClient;
  hooked.send = async (command: object): Promise<never> => {
    await before(command.constructor.name);
    return (await client.send(command as Parameters<typeof client.send>[0])) as never;
  };
  return hooked;
}

/** In stock and backordered, line by line. */
export function shares(reservation: Reservation): readonly (readonly [allocated: number, backordered: number])[] {
  return reservation.lines.map((line) => {
    const { allocated, backordered } = figuresOfLine(line, true);
    return [allocated, backordered];
  });
}

/** The legs of a reservation, line by line: `[location, allocated, backordered]`. */
export function legsOf({ lines }: Reservation) {
  return lines.map(({ legs }) =>
    legs.map(({ locationId, allocated, backordered }) => [locationId, allocated, backordered]),
  );
}

/** What each counter of purchases holds, and what all reservations together say that they count there. */
async function purchaseCounts(service: Service): Promise<ReadonlyMap<string, { taken: number; counted: number }>> {
  const counts = new Map<string, { taken: number; counted: number }>();
  const counted = new Map<string, number>();
  const { client, tables } = service;
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tables.inventory, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    for (const item of page.Items ?? []) {
      const [pk, sk] = [readString(item, "pk"), readString(item, "sk")];
      const entity = entityOf({ pk, sk });
      if (entity.kind === "reservation") {
        const { customerId, lines } = parseReservation(entity.reservationId, item);
        for (const line of lines) {
          for (const { windowDays, window, quantity } of line.counted) {
            const key = inventoryKeys.purchases(digestOf(customerId ?? ""), line.sku, windowDays, window);
            const name = `${key.pk}/${key.sk}`;
            counted.set(name, (counted.get(name) ?? 0) + quantity);
          }
        }
      } else if (pk.startsWith(keyPrefixes.purchases)) {
        counts.set(`${pk}/${sk}`, { taken: readNumber(item, "taken"), counted: 0 });
      }
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  for (const [name, count] of counts) {
    count.counted = counted.get(name) ?? 0;
  }
  return counts;
}

/** How many movements are written at the same time. */
const parallelMovements = 25;

/** Writes the movements that the stream still has to tell of, and nothing else that would come of them. */
async function writeTrail(service: Service): Promise<void> {
  const messages = await service.forward(await service.records());
  const waiting = [...(messages.get("audit") ?? [])];
  const write = async (): Promise<void> => {
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      await service.deliver("audit", [body]);
    }
  };
  await Promise.all(Array.from({ length: parallelMovements }, write));
}

/**
 * Ends a file of tests: whatever it did, every level agrees with its movements, its reservations and its queue, and
 * every counter of purchases with the reservations that count there.
 */
export async function closeTheBooks(service: Service): Promise<void> {
  await writeTrail(service);
  const { differences, undecided } = await service.reconcile();
  const counts = [...(await purchaseCounts(service))];
  await service.stop();
  expect(differences).toEqual([]);
  expect(undecided).toEqual([]);
  expect(counts.filter(([, { taken, counted }]) => taken !== counted)).toEqual([]);
}

export const nearTo = (latitude: number, longitude: number): AllocationTerms => ({
  strategy: "nearest",
  shipTo: { latitude, longitude },
  mayBackorder: true,
});
