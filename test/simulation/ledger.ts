/**
 * Watches every write of the inventory table, in the instant in which it is made, and keeps accounts of its own:
 * invariants 1 to 4 of the stock model, whatever the code believes.
 */

import { inventoryTable, keyPrefixes } from "../../functions/contract/tables.ts";
import { holds, type WatchedCondition, watchedConditions } from "../../functions/domain/alert.ts";
import {
  type Figures,
  type Level,
  type LevelKey,
  type MovementType,
  type StockKey,
  type StockRecord,
  stockName,
} from "../../functions/domain/level.ts";
import { legsOf } from "../../functions/domain/line.ts";
import { isOpen, type Reservation } from "../../functions/domain/reservation.ts";
import { parseCell } from "../../functions/storage/cells.ts";
import { entityOf } from "../../functions/storage/keys.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import { parseReservation } from "../../functions/storage/reservation-item.ts";
import type { StoredItem } from "../../functions/storage/stored-item.ts";
import { CustomerRules } from "./customer-rules.ts";
import type { Change } from "./database/database.ts";
import { Lives } from "./lives.ts";
import type { Operation } from "./operation.ts";
import { QueueOrder } from "./queue-order.ts";
import { judgeEnd, judgeRecord } from "./record-rules.ts";
import { SettingsRules } from "./settings-rules.ts";
import { TakingRules } from "./taking-rules.ts";
import { tables, type World } from "./world/world.ts";

/** Units of one level and its cells: what they say is promised, and what open reservations rest on. */
interface Account {
  reserved: number;
  backordered: number;
  legsReserved: number;
  legsBackordered: number;
}

/** One write of a level or a cell. */
export interface StockWrite {
  readonly name: string;
  readonly type: MovementType;
  readonly before: Figures | null;
  readonly after: Figures;
  /** Whether it was of a level that was split. */
  readonly isSplit: boolean;
}

/** No request takes longer from what it reads to what it makes of that, unless its function stalls. */
const longestRequestMs = 60_000;

const movedByPeople: ReadonlySet<MovementType> = new Set(["received", "adjusted", "moved"]);

export class Ledger {
  readonly lives = new Lives();
  /** Every change of a level as a whole, in order. */
  readonly levelChanges: { readonly before: Level | null; readonly after: Level; readonly atMs: number }[] = [];
  /** What became of holds that the table's TTL deleted. */
  readonly deleted = { givenBack: 0, putBack: 0 };
  /** By uid, what the transaction that is being written has given back of it so far. */
  private readonly givenBack = new Map<string, Reservation>();
  /** What was written of levels and cells, by who asked for it. */
  readonly writes = new Map<string, StockWrite[]>();
  /** Units that people have put on hand of a SKU, and taken away. */
  private readonly adjusted = new Map<string, number>();
  /** Conditions of levels that were found not to hold at some time since the level was made. */
  private readonly otherwise = new Set<string>();
  private readonly world: World;
  private readonly accounts = new Map<string, Account>();
  private readonly touched = new Set<string>();
  private readonly stock = new WeakMap<StoredItem, StockRecord>();
  private readonly reservations = new WeakMap<StoredItem, Reservation>();
  private readonly settings: SettingsRules;
  private readonly taking: TakingRules;
  private readonly customers: CustomerRules;
  private readonly order: QueueOrder;

  constructor(world: World, operations: readonly Operation[]) {
    this.world = world;
    this.settings = new SettingsRules(world, operations);
    this.taking = new TakingRules(world);
    this.order = new QueueOrder(world);
    this.customers = new CustomerRules(world, (uid) => {
      const life = this.lives.of(uid);
      // Whoever looked while the record was deleted could not know that it would be put back.
      const putBackAtMs = life?.putBackAtMs ?? null;
      const wasGone =
        putBackAtMs !== null && (world.faults.counts.stall > 0 || world.nowMs - putBackAtMs < longestRequestMs);
      return life?.latest.status === "held" && life.record === "kept" && !wasGone;
    });
    world.watch((change) => {
      if (change.table === tables.inventory) {
        this.see(change);
      }
    });
  }

  private see({ key, before, after, byTimeToLive }: Change): void {
    const [pk, sk] = [String(key["pk"]), String(key["sk"])];
    const entity = entityOf({ pk, sk });
    if (entity.kind === "stock") {
      this.seeStock(entity.key, before, after);
    } else if (entity.kind === "reservation") {
      this.seeReservation(entity.reservationId, before, after, byTimeToLive);
    } else if (pk.startsWith(keyPrefixes.expired) && after !== undefined) {
      const [uid = ""] = pk.slice(keyPrefixes.expired.length).split("#");
      this.giveBack(uid);
    } else {
      this.customers.see(pk, before, after);
    }
    if (!this.world.transactions.isPartlyWritten) {
      this.judgeGivenBack();
      this.balance();
    }
  }

  adjustedBy(sku: string): number {
    return this.adjusted.get(sku) ?? 0;
  }

  hasBeenOtherwise(level: LevelKey, condition: WatchedCondition): boolean {
    return this.otherwise.has(`${level.sku}#${level.locationId} ${condition}`);
  }

  private accountOf({ sku, locationId }: { readonly sku: string; readonly locationId: string }): Account {
    const name = `${sku}#${locationId}`;
    this.touched.add(name);
    const account = this.accounts.get(name) ?? { reserved: 0, backordered: 0, legsReserved: 0, legsBackordered: 0 };
    this.accounts.set(name, account);
    return account;
  }

  /** Invariant 2: what the levels have promised is what open reservations rest on. */
  private balance(): void {
    for (const name of this.touched) {
      const account = this.accounts.get(name);
      if (account === undefined) {
        continue;
      }
      const { reserved, backordered, legsReserved, legsBackordered } = account;
      if (reserved !== legsReserved || backordered !== legsBackordered) {
        this.world.fail("promises are counted", `${name} ${JSON.stringify(account)}`);
      }
    }
    this.touched.clear();
  }

  private seeStock(key: StockKey, before: StoredItem | undefined, after: StoredItem | undefined): void {
    const was = before === undefined ? null : this.stockIn(before, key);
    const is = after === undefined ? null : this.stockIn(after, key);
    const account = this.accountOf(key);
    account.reserved += (is?.figures.reserved ?? 0) - (was?.figures.reserved ?? 0);
    account.backordered += (is?.figures.backordered ?? 0) - (was?.figures.backordered ?? 0);
    if (is === null) {
      return;
    }
    const name = stockName(key);
    this.taking.judge(was, is);
    const { actor, type } = is.lastChange;
    const isSplit = is.cell === null && is.cells > 0;
    const write: StockWrite = { name, type, before: was?.figures ?? null, after: is.figures, isSplit };
    this.writes.set(actor, [...(this.writes.get(actor) ?? []), write]);
    if (is.cell === null && is.settings.purchaseLimit !== null) {
      this.customers.noteLimit(is.sku, is.settings.purchaseLimit.quantity);
    }
    if (is.cell === null && (was === null || was.cell === null)) {
      if (was !== null) {
        this.settings.judge(was, is);
      }
      this.levelChanges.push({ before: was, after: is, atMs: this.world.nowMs });
      this.seeConditions(is);
    }
    if (movedByPeople.has(is.lastChange.type)) {
      const moved = is.figures.onHand - (was?.figures.onHand ?? 0);
      this.adjusted.set(key.sku, this.adjustedBy(key.sku) + moved);
    }
    this.world.note(() => {
      const { onHand, reserved, available, backordered, sellable } = is.figures;
      const { reservationId, reference } = is.lastChange;
      return `${name} v${is.version} ${type} ${reservationId ?? reference ?? ""}: on hand ${onHand}, reserved ${reserved}, available ${available}, backordered ${backordered}, sellable ${sellable}`;
    });
  }

  /** Images never change, and each is met twice: as what a write made, and as what the next one found. */
  private stockIn(image: StoredItem, key: StockKey): StockRecord {
    const known = this.stock.get(image) ?? parseStock(key, image);
    this.stock.set(image, known);
    return known;
  }

  private reservationIn(image: StoredItem, id: string): Reservation {
    const known = this.reservations.get(image) ?? parseReservation(id, image);
    this.reservations.set(image, known);
    return known;
  }

  /** The figures of a split level tell nothing by themselves; while it is split its sum may have been anything. */
  private seeConditions(level: Level): void {
    for (const condition of watchedConditions) {
      if (level.cells > 0 || !holds(condition, level.figures, level.settings.lowStockThreshold)) {
        this.otherwise.add(`${level.sku}#${level.locationId} ${condition}`);
      }
    }
  }

  private seeReservation(
    id: string,
    before: StoredItem | undefined,
    after: StoredItem | undefined,
    byTimeToLive: boolean,
  ): void {
    const was = before === undefined ? null : this.reservationIn(before, id);
    const is = after === undefined ? null : this.reservationIn(after, id);
    this.order.see(was, is);
    if (was !== null && !(is === null && byTimeToLive && isOpen(was))) {
      this.count(was, -1);
    }
    if (is === null) {
      if (was !== null) {
        this.lives.noteDeleted(was);
      }
      return;
    }
    const life = this.lives.of(is.uid);
    judgeRecord(this.world, was, is, life?.latest ?? null, after?.[inventoryTable.timeToLive]);
    if (life === undefined) {
      this.customers.judgeCounted(is);
    }
    if (!isOpen(is)) {
      this.customers.judgeEnded(is);
    }
    if (life !== undefined && was === null && isOpen(is)) {
      // It was put back: it rests on its units as before. The guard of its deletion may have been written first.
      this.giveBack(is.uid);
      this.givenBack.delete(is.uid);
      this.deleted.putBack += 1;
    }
    this.count(is, 1);
    this.lives.noteWritten(is, this.world.nowMs);
    this.describe(is);
  }

  private describe(is: Reservation): void {
    const { uid, reservationId, status, version } = is;
    this.world.note(
      () =>
        `${reservationId} (${uid.slice(0, 6)}) v${version} ${status}: ${legsOf(is)
          .map((leg) => `${stockName(leg)} ${leg.allocated}+${leg.backordered} shipped ${leg.fulfilled}`)
          .join(", ")}`,
    );
  }

  private giveBack(uid: string): void {
    const life = this.lives.of(uid);
    if (life?.record === "orphaned") {
      life.record = "gone";
      this.count(life.latest, -1);
      this.givenBack.set(uid, life.latest);
    }
  }

  /** What a deleted record had was given back by this transaction, and the record was not put back in it. */
  private judgeGivenBack(): void {
    for (const reservation of this.givenBack.values()) {
      judgeEnd(this.world, reservation);
      this.deleted.givenBack += 1;
    }
    this.givenBack.clear();
  }

  private count(reservation: Reservation, sign: 1 | -1): void {
    for (const leg of isOpen(reservation) ? legsOf(reservation) : []) {
      const account = this.accountOf(leg);
      account.legsReserved += sign * leg.allocated;
      account.legsBackordered += sign * leg.backordered;
    }
  }
}

function parseStock(key: StockKey, item: StoredItem): StockRecord {
  return key.cell === null ? parseLevel(key, item) : parseCell({ ...key, cell: key.cell }, item);
}
