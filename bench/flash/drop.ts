/** One drop: buyers come at random moments, whether or not the ones before them have been served. */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { isTransient } from "../../functions/storage/transaction.ts";
import { handlerMs } from "./assumptions.ts";
import { Chance } from "./chance.ts";
import { locations, stockUp, stockUpPlainly, tables } from "./drop-stock.ts";
import { DynamoDbModel } from "./dynamodb-model.ts";
import type { Consumption } from "./dynamodb-world.ts";
import { Environments, type PoolSize } from "./environments.ts";
import { Partitions } from "./partitions.ts";
import { StockWatch } from "./stock-watch.ts";
import { VirtualTime } from "./virtual-time.ts";
import { type Ending, type Way, ways } from "./ways.ts";

export interface DropSettings {
  readonly way: Way;
  readonly units: number;
  readonly buyers: number;
  readonly buyersPerSecond: number;
  /** Milliseconds over which that rate is come to, evenly; 0 for a start at once. */
  readonly rampMs: number;
  readonly partitions: number;
  readonly lockMs: number;
  readonly pool: PoolSize;
  readonly seed: number;
}

/**
 * Of the requests that came when this had been marked for a second: what an environment knows of a sale may be as old
 * as that.
 */
export interface LateLosers {
  count: number;
  /** Transactions that they sent. */
  transactions: number;
  /** Of these, those of environments that had never met the level: they take it for a plain one. */
  firstTransactions: number;
  /** Markers that they set anew. */
  markers: number;
}

export interface DropResult {
  readonly served: number;
  readonly soldOut: number;
  /** Refused for want of stock although there was enough all the while. */
  readonly falseSoldOuts: number;
  readonly busy: number;
  readonly turnedAway: number;
  /** Requests that ended in an error: 500. */
  readonly failed: number;
  /** Milliseconds from the coming of each request that was served to its answer. */
  readonly servedMs: readonly number[];
  /** The same of those that were refused for want of stock. */
  readonly soldOutMs: readonly number[];
  /** Served per second, from half a second after the full rate was come to until the last request came. */
  readonly goodput: number;
  /** From the first request until nothing was left. */
  readonly sellOutMs: number | null;
  readonly unitsLeft: number;
  readonly environments: number;
  readonly lateLosers: LateLosers;
  readonly consumed: Readonly<Consumption>;
  /** How many were served in each tenth of a second. */
  readonly servedInTenths: readonly number[];
}

const settlingMs = 500;
/** A ramp does not begin with nobody at all. */
const leastShare = 0.05;
const knowledgeMs = 1_000;

/** What one request wrote. */
interface Writes {
  transactions: number;
  markers: number;
}

interface Environment {
  /** Whether a request of it was answered otherwise than with 503: by then it has met the level. */
  hasMetLevel: boolean;
  readonly writes: Writes;
  serve(): Promise<Ending>;
}

export async function runDrop(settings: DropSettings): Promise<DropResult> {
  const { way, units, buyers, partitions, lockMs, pool, seed } = settings;
  const time = new VirtualTime();
  const chance = new Chance(seed);
  const watch = new StockWatch(time, 1);
  const model = new DynamoDbModel({
    time,
    chance,
    partitions: new Partitions(partitions, time.now()),
    meteredTable: tables.inventory,
    lockMs,
    observe: (before, after) => watch.note(before, after),
  });
  const runtime: Runtime = {
    // Production clocks count whole milliseconds.
    now: () => Math.floor(time.now()),
    random: () => chance.next(),
    sleep: async (milliseconds) => await time.sleep(milliseconds),
    newId: () => chance.id(),
  };
  const client = model.client();
  const stock = { client, tables, runtime, observe: () => undefined };
  const drop = new Drop(settings, time, chance, watch, model);
  const start = (): Environment => {
    const writes: Writes = { transactions: 0, markers: 0 };
    const serve = way.start({
      client: counting(client, writes),
      runtime,
      services: {
        tables,
        runtime,
        observe: () => undefined,
        times: usualTimes,
        locations: { current: async () => locations, including: async () => locations },
        defaultAllocation: usualTerms.strategy,
        mostOpenHolds: null,
      },
    });
    return { hasMetLevel: false, writes, serve };
  };
  const stocked = (async () => {
    await (way === ways.plain ? stockUpPlainly(stock, units) : stockUp(model, stock, { units, cells: way.cells }));
    // By then every partition has its little reserve again.
    await time.sleep(1_000);
    watch.begin();
    drop.begin(new Environments(time, chance, pool, start), buyers);
  })();
  await time.run();
  await stocked;
  return drop.result();
}

/** The client, with a tally of what is written through it. */
function counting(client: DynamoDBDocumentClient, writes: Writes): DynamoDBDocumentClient {
  const send = async (command: Parameters<typeof client.send>[0]): Promise<unknown> => {
    writes.transactions += command instanceof TransactWriteCommand ? 1 : 0;
    writes.markers += command instanceof PutCommand ? 1 : 0;
    return await client.send(command);
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

class Drop {
  private readonly settings: DropSettings;
  private readonly time: VirtualTime;
  private readonly chance: Chance;
  private readonly watch: StockWatch;
  private readonly model: DynamoDbModel;
  private environments: Environments<Environment> | null = null;
  private consumedBefore: Consumption | null = null;
  private beganMs = 0;
  private lastCameMs = 0;
  private markedAtMs: number | null = null;
  private readonly counts = { served: 0, soldOut: 0, falseSoldOuts: 0, busy: 0, turnedAway: 0, failed: 0 };
  private readonly servedMs: number[] = [];
  private readonly servedAtMs: number[] = [];
  private readonly soldOutMs: number[] = [];
  private readonly lateLosers: LateLosers = { count: 0, transactions: 0, firstTransactions: 0, markers: 0 };

  constructor(settings: DropSettings, time: VirtualTime, chance: Chance, watch: StockWatch, model: DynamoDbModel) {
    this.settings = settings;
    this.time = time;
    this.chance = chance;
    this.watch = watch;
    this.model = model;
  }

  begin(environments: Environments<Environment>, buyers: number): void {
    this.environments = environments;
    this.beganMs = this.time.now();
    this.consumedBefore = { ...this.model.consumed };
    this.nextCome(buyers);
  }

  private nextCome(left: number): void {
    if (left > 0) {
      const { buyersPerSecond, rampMs } = this.settings;
      const share = Math.min(1, Math.max(leastShare, (this.time.now() - this.beganMs) / rampMs));
      this.time.after(this.chance.untilNextMs(buyersPerSecond * (rampMs === 0 ? 1 : share)), () => {
        this.lastCameMs = this.time.now();
        this.nextCome(left - 1);
        void this.serve();
      });
    }
  }

  private async serve(): Promise<void> {
    const cameMs = this.time.now();
    const { watch, counts } = this;
    const isLate = this.markedAtMs !== null && cameMs >= this.markedAtMs + knowledgeMs;
    const environment = (await this.environments?.take()) ?? null;
    if (environment === null) {
      counts.turnedAway += 1;
      return;
    }
    const { writes } = environment;
    writes.transactions = 0;
    writes.markers = 0;
    await this.time.sleep(handlerMs);
    const ending = await this.endingOf(environment);
    const nowMs = this.time.now();
    if (writes.markers > 0) {
      this.markedAtMs ??= nowMs;
    }
    switch (ending.kind) {
      case "served":
        counts.served += 1;
        this.servedMs.push(nowMs - cameMs);
        this.servedAtMs.push(nowMs);
        break;
      case "sold-out":
        counts.soldOut += 1;
        counts.falseSoldOuts += watch.wasShortSince(ending.foundSinceMs) ? 0 : 1;
        this.soldOutMs.push(nowMs - cameMs);
        break;
      case "busy":
        counts.busy += 1;
        break;
      case "failed":
        counts.failed += 1;
    }
    if (isLate) {
      this.lateLosers.count += 1;
      this.lateLosers.transactions += writes.transactions;
      this.lateLosers.firstTransactions += environment.hasMetLevel ? 0 : writes.transactions;
      this.lateLosers.markers += writes.markers;
    }
    environment.hasMetLevel ||= ending.kind !== "busy";
    this.environments?.giveBack(environment);
  }

  private async endingOf(environment: Environment): Promise<Ending | { readonly kind: "failed" }> {
    try {
      return await environment.serve();
    } catch (error) {
      // The handler answers 503 to what passes by itself, and 500 to the rest.
      return { kind: isTransient(error) ? "busy" : "failed" };
    }
  }

  result(): DropResult {
    const { watch, counts, settings } = this;
    if (watch.freeUnits !== settings.units - counts.served || watch.freeUnits < 0) {
      throw new Error(`${counts.served} of ${settings.units} were sold, and ${watch.freeUnits} are left.`);
    }
    const settledMs = this.beganMs + this.settings.rampMs + settlingMs;
    const inTime = this.servedAtMs.filter((atMs) => atMs >= settledMs && atMs < this.lastCameMs).length;
    const servedInTenths: number[] = [];
    for (const atMs of this.servedAtMs) {
      const tenth = Math.floor((atMs - this.beganMs) / 100);
      servedInTenths[tenth] = (servedInTenths[tenth] ?? 0) + 1;
    }
    const before = this.consumedBefore ?? this.model.consumed;
    const consumed = Object.fromEntries(
      Object.entries(this.model.consumed).map(([name, value]) => [name, value - before[name as keyof Consumption]]),
    ) as unknown as Consumption;
    return {
      ...counts,
      servedMs: this.servedMs,
      soldOutMs: this.soldOutMs,
      goodput: (inTime * 1_000) / (this.lastCameMs - settledMs),
      sellOutMs: watch.soldOutAtMs === null ? null : watch.soldOutAtMs - this.beganMs,
      unitsLeft: watch.freeUnits,
      environments: this.environments?.count ?? 0,
      lateLosers: this.lateLosers,
      consumed,
      servedInTenths: Array.from(servedInTenths, (count) => count ?? 0),
    };
  }
}
