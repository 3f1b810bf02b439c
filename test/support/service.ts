/**
 * The service without its infrastructure: the production code of every capability on DynamoDB Local, with a
 * clock that a test can move. Its stream is read for real; the queues are lists, so that a test decides how
 * often, in which order and how far its messages are delivered.
 */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { type AlertServices, sendAlerts } from "../../functions/alerts/send-alerts.ts";
import { writeAudit } from "../../functions/audit/write-audit.ts";
import { refreshViews } from "../../functions/availability/refresh-views.ts";
import { allocateBackorders } from "../../functions/backorders/allocate-backorders.ts";
import { applySettings } from "../../functions/catalogue/apply-settings.ts";
import { LocationDirectory } from "../../functions/catalogue/location-directory.ts";
import { putItem } from "../../functions/catalogue/put-item.ts";
import { putLocation } from "../../functions/catalogue/put-location.ts";
import type { Destination } from "../../functions/changes/forwards.ts";
import { publishChanges } from "../../functions/changes/publish-changes.ts";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { ItemDescription } from "../../functions/domain/catalogue.ts";
import type { Level, LevelKey, StockKey } from "../../functions/domain/level.ts";
import type { Observation, Observe } from "../../functions/domain/observation.ts";
import type { Outcome } from "../../functions/domain/refusal.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import type { ReservationTimes } from "../../functions/domain/reservation-times.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { expireReservation } from "../../functions/expiry/expire-reservation.ts";
import { releaseExpired } from "../../functions/expiry/release-expired.ts";
import type { Log, LogFields } from "../../functions/log.ts";
import type { Notification } from "../../functions/messaging/topic.ts";
import type { Ending } from "../../functions/queue-consumer.ts";
import { type Reconciliation, reconcile } from "../../functions/reconcile/reconcile.ts";
import { HotLevels } from "../../functions/reservations/hot-levels.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { readLevel } from "../../functions/storage/levels.ts";
import { movementsOf } from "../../functions/storage/movements.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { type ContractDatabase, tableNames } from "../../local/contract-database.ts";
import { region } from "../../local/template.ts";
import { freshDatabase } from "./fresh-database.ts";
import { plainItem } from "./plain-item.ts";

/** A clock that stands wherever a test puts it, and otherwise runs with the machine's. */
export class Clock implements Runtime {
  private offsetMs = 0;
  now(): number {
    return systemRuntime.now() + this.offsetMs;
  }
  advance(milliseconds: number): void {
    this.offsetMs += milliseconds;
  }
  random(): number {
    return systemRuntime.random();
  }
  async sleep(milliseconds: number): Promise<void> {
    await systemRuntime.sleep(milliseconds);
  }
  newId(): string {
    return systemRuntime.newId();
  }
}

export function doneValue<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== "done") {
    throw new Error(`Expected it done: ${JSON.stringify(outcome)}`);
  }
  return outcome.value;
}

/** Queues whose messages are not waiting for a deadline. */
const prompt: readonly Destination[] = ["audit", "alerts", "views", "settings", "backorders"];

export type Delivery = "once" | "twice-and-reversed";

type Consumers = Readonly<Record<Destination, (body: string) => Promise<Ending>>>;

let skuCount = 0;

export class Service {
  readonly clock = new Clock();
  readonly tables = tableNames;
  readonly client: DynamoDBDocumentClient;
  readonly reservations: ReservationServices;
  readonly published: Notification[] = [];
  /** Messages that are waiting for their deadline, with the delay that they were sent with. */
  readonly waiting: { readonly body: string; readonly delaySeconds: number }[] = [];
  /** What was logged as an error. */
  readonly errors: { readonly message: string; readonly fields: LogFields }[] = [];
  /** What the commands and the consumers have told of their course. */
  readonly observed: Observation[] = [];
  private readonly log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => console.warn(message, fields),
    error: (message, fields) => this.errors.push({ message, fields }),
  };
  private readonly observe: Observe = (observation) => this.observed.push(observation);
  private readonly database: ContractDatabase;
  private readonly streams: DynamoDBStreamsClient;
  private readonly lastSequenceNumbers = new Map<string, string>();

  private constructor(database: ContractDatabase, times: ReservationTimes) {
    this.database = database;
    this.client = DynamoDBDocumentClient.from(database.client(), { marshallOptions: { removeUndefinedValues: true } });
    this.streams = new DynamoDBStreamsClient({
      endpoint: database.url,
      region,
      credentials: database.credentials,
    });
    this.reservations = {
      client: this.client,
      tables: this.tables,
      runtime: this.clock,
      observe: this.observe,
      locations: new LocationDirectory(this.client, this.tables.inventory, this.clock),
      hotLevels: this.newHotLevels(),
      times,
      defaultAllocation: "fewest-splits",
      mostOpenHolds: null,
    };
  }

  /** What another environment of a function would remember of split levels: nothing yet. */
  newHotLevels(): HotLevels {
    return new HotLevels({ client: this.client, table: this.tables.inventory, runtime: this.clock });
  }

  /** On fresh tables of the database that the tests share, unless another one is given. */
  static async start(times: Partial<ReservationTimes> = {}, database?: ContractDatabase): Promise<Service> {
    return new Service(database ?? (await freshDatabase()), { ...usualTimes, ...times });
  }

  get url(): string {
    return this.database.url;
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.streams.destroy();
    await this.database.stop();
  }

  /** The client, except that every command of this name fails before it is sent. */
  clientThatFailsOn(commandName: string): DynamoDBDocumentClient {
    const { client } = this;
    const failing = Object.create(client) as DynamoDBDocumentClient;
    failing.send = async (command: object): Promise<never> => {
      if (command.constructor.name === commandName) {
        throw new Error("injected");
      }
      return (await client.send(command as Parameters<typeof client.send>[0])) as never;
    };
    return failing;
  }

  private command() {
    return { actor: "tester", budgetEndsAtMs: this.clock.now() + 8_000 };
  }

  /** A new SKU at a new location with units on hand. */
  async stockedShelf(quantity: number, description: Partial<ItemDescription> = {}): Promise<LevelKey> {
    skuCount += 1;
    const shelf = { sku: `sku-${skuCount}`, locationId: `loc-${skuCount}` };
    const revision = { expectedRevision: null, mustExist: false };
    await putItem(this.reservations, {
      ...this.command(),
      ...revision,
      sku: shelf.sku,
      description: {
        ...plainItem,
        ...description,
      },
    });
    await putLocation(this.reservations, {
      ...this.command(),
      ...revision,
      locationId: shelf.locationId,
      description: { name: "W", priority: 1, active: true, country: null, latitude: null, longitude: null },
    });
    await this.adjust(shelf, quantity);
    return shelf;
  }

  async adjust(shelf: LevelKey, delta: number, force = false): Promise<void> {
    doneValue(
      await adjustStock(this.reservations, {
        ...this.command(),
        reason: delta > 0 ? "received" : "correction",
        reference: null,
        atomic: true,
        changes: [{ ...shelf, state: "onHand", change: { kind: "delta", delta }, expected: null, force }],
        requestDigest: "d",
        operationDigest: this.clock.newId(),
      }),
    );
  }

  /** A hold on the shelves, one line each. */
  async hold(
    shelves: readonly LevelKey[],
    quantity: number,
    { reservationId = `r-${this.clock.newId()}`, ttlSeconds = 60 } = {},
  ): Promise<Reservation> {
    return doneValue(
      await reserveStock(this.reservations, {
        ...this.command(),
        reservationId,
        lines: shelves.map((shelf) => ({ ...shelf, quantity })),
        terms: usualTerms,
        referenceId: null,
        customerId: null,
        ttlSeconds,
        requestDigest: `d-${reservationId}`,
      }),
    ).reservation;
  }

  async level(shelf: LevelKey): Promise<Level> {
    const level = await readLevel(this.client, this.tables.inventory, shelf);
    if (level === null) {
      throw new Error("There is no such level.");
    }
    return level;
  }

  async movements(shelf: LevelKey | StockKey) {
    const key = { cell: null, ...shelf };
    return await movementsOf(this.client, this.tables.movements, key, Number.MAX_SAFE_INTEGER);
  }

  /** What the stream has had since the last call, in order, as Lambda gives it. */
  async records(): Promise<readonly DynamoDBRecord[]> {
    const found: DynamoDBRecord[] = [];
    const { StreamDescription } = await this.streams.send(
      new DescribeStreamCommand({ StreamArn: this.database.streamArn }),
    );
    for (const { ShardId = "" } of StreamDescription?.Shards ?? []) {
      found.push(...(await this.recordsOfShard(ShardId)));
    }
    return found;
  }

  private async recordsOfShard(shardId: string): Promise<readonly DynamoDBRecord[]> {
    const last = this.lastSequenceNumbers.get(shardId);
    const { ShardIterator } = await this.streams.send(
      new GetShardIteratorCommand({
        StreamArn: this.database.streamArn,
        ShardId: shardId,
        ...(last === undefined
          ? { ShardIteratorType: "TRIM_HORIZON" }
          : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: last }),
      }),
    );
    const found: DynamoDBRecord[] = [];
    let iterator = ShardIterator;
    for (let round = 0; round < 100 && iterator !== undefined; round += 1) {
      const { Records = [], NextShardIterator } = await this.streams.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: 1_000 }),
      );
      if (Records.length === 0) {
        break;
      }
      for (const record of Records) {
        this.lastSequenceNumbers.set(shardId, record.dynamodb?.SequenceNumber ?? "");
        found.push(record as unknown as DynamoDBRecord);
      }
      iterator = NextShardIterator;
    }
    return found;
  }

  /** The messages that the stream's reader makes of the records, by queue. */
  async forward(records: readonly DynamoDBRecord[]): Promise<ReadonlyMap<Destination, readonly string[]>> {
    const queues = new Map<Destination, string[]>();
    const read = publishChanges({
      queues: {
        audit: "audit",
        alerts: "alerts",
        views: "views",
        settings: "settings",
        backorders: "backorders",
        deadlines: "deadlines",
        expired: "expired",
      },
      send: async (queue, messages) => {
        const name = queue as Destination;
        queues.set(name, [...(queues.get(name) ?? []), ...messages.map(({ body }) => body)]);
        return messages.map(() => null);
      },
      runtime: this.clock,
      telemetry: { log: this.log, flush: () => undefined },
    });
    const { batchItemFailures } = await read({ Records: [...records] });
    if (batchItemFailures.length > 0) {
      throw new Error(`Records could not be forwarded: ${JSON.stringify(this.errors)}`);
    }
    return queues;
  }

  /** The client of a function that is stopped after this many calls: no later one is sent. */
  clientThatDiesAfter(calls: number): DynamoDBDocumentClient {
    const { client } = this;
    const dying = Object.create(client) as DynamoDBDocumentClient;
    let left = calls;
    dying.send = async (command: object): Promise<never> => {
      if (left === 0) {
        throw new Error("died");
      }
      left -= 1;
      return (await client.send(command as Parameters<typeof client.send>[0])) as never;
    };
    return dying;
  }

  /** One consumer for each queue, as its handler binds it; a message that comes again has the same id. */
  consumersOn(client: DynamoDBDocumentClient, messageId: string = this.clock.newId()): Consumers {
    const { tables } = this;
    const reservations = { ...this.reservations, client };
    const delivery = { messageId, budgetEndsAtMs: this.clock.now() + 8_000 };
    const alerts: AlertServices = {
      client,
      tables,
      runtime: this.clock,
      observe: this.observe,
      publish: async (notification) => {
        this.published.push(notification);
      },
    };
    const wait = async (message: { body: string; delaySeconds: number }): Promise<void> => {
      this.waiting.push(message);
    };
    return {
      audit: async (body) => await writeAudit({ client, tables }, JSON.parse(body)),
      alerts: async (body) => await sendAlerts(alerts, JSON.parse(body), delivery),
      views: async (body) => await refreshViews({ client, tables, runtime: this.clock }, JSON.parse(body), delivery),
      backorders: async (body) => await allocateBackorders({ ...reservations, wait }, JSON.parse(body), delivery),
      settings: async (body) => {
        const { sku } = JSON.parse(body) as { sku: string };
        const { kind } = await applySettings(reservations, { sku, ...delivery });
        return kind === "applied" ? { kind: "done" } : { kind: "retry", reason: kind };
      },
      deadlines: async (body) => await expireReservation({ ...reservations, wait }, JSON.parse(body), delivery),
      expired: async (body) => await releaseExpired({ ...reservations, log: this.log }, JSON.parse(body), delivery),
    };
  }

  /** Delivers messages to their consumer; throws when one is not done with. */
  async deliver(queue: Destination, bodies: readonly string[]): Promise<void> {
    for (const body of bodies) {
      const ending = await this.consumersOn(this.client)[queue](body);
      if (ending.kind === "retry") {
        throw new Error(`A message was not done with: ${ending.reason}`);
      }
    }
  }

  /** Forwards and consumes until nothing is left: messages of deadlines only when they are asked for. */
  async settle(how: Delivery = "once", queues: readonly Destination[] = prompt) {
    for (let round = 0; round < 20; round += 1) {
      const records = await this.records();
      if (records.length === 0) {
        return;
      }
      const messages = await this.forward(records);
      for (const queue of queues) {
        const bodies = messages.get(queue) ?? [];
        await this.deliver(queue, how === "once" ? bodies : [...bodies, ...bodies].reverse());
      }
    }
    throw new Error("It does not come to rest.");
  }

  async reconcile(): Promise<Reconciliation> {
    return await reconcile({ client: this.client, tables: this.tables, runtime: systemRuntime }, { settleMs: 0 });
  }
}
