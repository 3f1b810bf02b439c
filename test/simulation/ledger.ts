/**
 * Watches every write of the inventory table, in the instant in which it is made, and keeps accounts of its own:
 * invariants 1 to 4 of the stock model, whatever the code believes.
 */

import { keyPrefixes } from "../../functions/contract/tables.ts";
import { holds, type WatchedCondition, watchedConditions } from "../../functions/domain/alert.ts";
import {
  brokenFigures,
  type Level,
  type LevelKey,
  type MovementType,
  type StockKey,
  type StockRecord,
  stockName,
} from "../../functions/domain/level.ts";
import { legsOf } from "../../functions/domain/line.ts";
import { isOpen, orderOf, type Reservation, type ReservationStatus } from "../../functions/domain/reservation.ts";
import { parseCell } from "../../functions/storage/cells.ts";
import { entityOf } from "../../functions/storage/keys.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import { parseReservation } from "../../functions/storage/reservation-item.ts";
import type { StoredItem } from "../../functions/storage/stored-item.ts";
import type { Change } from "./database/database.ts";
import { tables, type World } from "./world/world.ts";

/** Units of one level and its cells: what they say is promised, and what open reservations rest on. */
interface Account {
  reserved: number;
  backordered: number;
  legsReserved: number;
  legsBackordered: number;
}

/** What is known of one incarnation of a reservation. */
export interface Life {
  readonly reservationId: string;
  readonly statuses: Set<ReservationStatus>;
  readonly orderIds: Set<string>;
  latest: Reservation;
  /** The table has deleted it while it was open, and its units are still to be given back. */
  isOrphan: boolean;
}

/** Into which states a reservation may go from each; into the same one it always may. */
const ways: Readonly<Record<ReservationStatus, readonly ReservationStatus[]>> = {
  held: ["committed", "released", "expired"],
  committed: ["fulfilled", "released"],
  expired: ["committed"],
  fulfilled: [],
  released: [],
};

const movedByPeople: ReadonlySet<MovementType> = new Set(["received", "adjusted", "moved"]);

export class Ledger {
  readonly lives = new Map<string, Life>();
  /** Every change of a level as a whole, in order. */
  readonly levelChanges: { readonly before: Level | null; readonly after: Level; readonly atMs: number }[] = [];
  /** What became of holds that the table's TTL deleted. */
  readonly deleted = { givenBack: 0, putBack: 0 };
  /** How often a write with a reference was made on a level. */
  readonly references = new Map<string, number>();
  /** Units that people have put on hand of a SKU, and taken away. */
  private readonly adjusted = new Map<string, number>();
  /** Conditions of levels that were found not to hold at some time since the level was made. */
  private readonly otherwise = new Set<string>();
  private readonly world: World;
  private readonly accounts = new Map<string, Account>();
  private readonly touched = new Set<string>();

  constructor(world: World) {
    this.world = world;
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
    }
    if (!this.world.transactions.isPartlyWritten) {
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
    const was = before === undefined ? null : parseStock(key, before);
    const is = after === undefined ? null : parseStock(key, after);
    const account = this.accountOf(key);
    account.reserved += (is?.figures.reserved ?? 0) - (was?.figures.reserved ?? 0);
    account.backordered += (is?.figures.backordered ?? 0) - (was?.figures.backordered ?? 0);
    if (is === null) {
      return;
    }
    const name = stockName(key);
    const broken = brokenFigures(is.figures);
    if (broken.length > 0) {
      this.world.fail("figures add up", `${name} ${broken.join(", ")}: ${JSON.stringify(is.figures)}`);
    }
    if (is.version !== (was?.version ?? 0) + 1) {
      this.world.fail("versions are dense", `${name} goes from ${was?.version ?? 0} to ${is.version}`);
    }
    this.judgeTaking(name, was, is);
    if (is.lastChange.reference !== null && is.lastChange.reservationId === null) {
      const reference = `${is.lastChange.reference} ${name}`;
      this.references.set(reference, (this.references.get(reference) ?? 0) + 1);
    }
    if (is.cell === null && (was === null || was.cell === null)) {
      this.levelChanges.push({ before: was, after: is, atMs: this.world.nowMs });
      this.seeConditions(is);
    }
    if (movedByPeople.has(is.lastChange.type)) {
      const moved = is.figures.onHand - (was?.figures.onHand ?? 0);
      this.adjusted.set(key.sku, this.adjustedBy(key.sku) + moved);
    }
    this.world.note(() => {
      const { onHand, reserved, available, backordered, sellable } = is.figures;
      const { type, reservationId, reference } = is.lastChange;
      return `${name} v${is.version} ${type} ${reservationId ?? reference ?? ""}: on hand ${onHand}, reserved ${reserved}, available ${available}, backordered ${backordered}, sellable ${sellable}`;
    });
  }

  /** The figures of a split level tell nothing by themselves; while it is split its sum may have been anything. */
  private seeConditions(level: Level): void {
    for (const condition of watchedConditions) {
      if (level.cells > 0 || !holds(condition, level.figures, level.settings.lowStockThreshold)) {
        this.otherwise.add(`${level.sku}#${level.locationId} ${condition}`);
      }
    }
  }

  /** Invariant 3: the stock, or the headroom, was there in the very write that took it. */
  private judgeTaking(name: string, was: StockRecord | null, is: StockRecord): void {
    const { type } = is.lastChange;
    if (type === "merged" || type === "split") {
      return;
    }
    const taken = is.figures.reserved - (was?.figures.reserved ?? 0);
    const promised = is.figures.backordered - (was?.figures.backordered ?? 0);
    const had = type === "allocated" ? (was?.figures.available ?? 0) : (was?.figures.sellable ?? 0);
    if (taken > 0 && taken > had) {
      this.world.fail("stock is there when it is taken", `${name} v${is.version}: ${taken} were taken of ${had}`);
    }
    if (promised > 0 && is.figures.headroom < 0) {
      this.world.fail("stock is there when it is taken", `${name} v${is.version}: ${promised} were promised too many`);
    }
    const isWorse = is.figures.available < Math.min(0, was?.figures.available ?? 0);
    if (isWorse && type !== "adjusted" && type !== "moved") {
      this.world.fail("nothing is oversold", `${name} v${is.version} ${type}: available ${is.figures.available}`);
    }
  }

  private seeReservation(
    id: string,
    before: StoredItem | undefined,
    after: StoredItem | undefined,
    byTimeToLive: boolean,
  ): void {
    const was = before === undefined ? null : parseReservation(id, before);
    const is = after === undefined ? null : parseReservation(id, after);
    if (was !== null && is !== null && was.uid !== is.uid) {
      this.world.fail("a reservation ends once", `${id}: ${was.uid} was written over by ${is.uid}`);
    }
    if (was !== null && !(is === null && byTimeToLive && isOpen(was))) {
      this.count(was, -1);
    }
    if (is === null) {
      const life = was === null ? undefined : this.lives.get(was.uid);
      if (life !== undefined && was !== null) {
        life.isOrphan = isOpen(was);
      }
      return;
    }
    const life = this.lives.get(is.uid);
    if (life !== undefined && was === null && isOpen(is)) {
      // It was put back: it rests on its units as before. The guard of its deletion may have been written first.
      this.giveBack(is.uid);
      this.deleted.givenBack -= 1;
      this.deleted.putBack += 1;
    }
    this.count(is, 1);
    this.note(is, was, life);
  }

  private note(is: Reservation, was: Reservation | null, life: Life | undefined): void {
    const { uid, reservationId, status, version } = is;
    const known = life ?? { reservationId, statuses: new Set(), orderIds: new Set(), latest: is, isOrphan: false };
    const from = life?.latest.status;
    if (from !== undefined && from !== status && !ways[from].includes(status)) {
      this.world.fail("a reservation ends once", `${reservationId} (${uid}) goes from ${from} to ${status}`);
    }
    if (was !== null && version !== was.version + 1) {
      this.world.fail("versions are dense", `${reservationId} goes from ${was.version} to ${version}`);
    }
    known.statuses.add(status);
    const order = orderOf(is);
    if (order !== null) {
      known.orderIds.add(order.orderId);
    }
    known.latest = is;
    this.lives.set(uid, known);
    this.world.note(
      () =>
        `${reservationId} (${uid.slice(0, 6)}) v${version} ${status}: ${legsOf(is)
          .map((leg) => `${stockName(leg)} ${leg.allocated}+${leg.backordered} shipped ${leg.fulfilled}`)
          .join(", ")}`,
    );
  }

  private giveBack(uid: string): void {
    const life = this.lives.get(uid);
    if (life?.isOrphan === true) {
      life.isOrphan = false;
      this.count(life.latest, -1);
      this.deleted.givenBack += 1;
    }
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
