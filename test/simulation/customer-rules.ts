/** What is counted for customers, in the write that counts it: purchases of limited items, and open holds. */
import { keyPrefixes } from "../../functions/contract/tables.ts";
import type { LevelKey, PurchaseLimit } from "../../functions/domain/level.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { parseLevel } from "../../functions/storage/levels.ts";
import type { StoredItem } from "../../functions/storage/stored-item.ts";
import { tables, type World } from "./world/world.ts";

/** How many holds one customer may have open here. */
export const mostOpenHolds = 5;

export class CustomerRules {
  private readonly world: World;
  /** The largest limit that a SKU has had on any of its levels. */
  private readonly limits = new Map<string, number>();
  /** Whether a hold that is noted is open, by its `uid`. */
  private readonly isOpen: (uid: string) => boolean;

  constructor(world: World, isOpen: (uid: string) => boolean) {
    this.world = world;
    this.isOpen = isOpen;
  }

  noteLimit(sku: string, quantity: number): void {
    this.limits.set(sku, Math.max(quantity, this.limits.get(sku) ?? 0));
  }

  /** Sees the change of a counter, or of any other item. */
  see(pk: string, before: StoredItem | undefined, after: StoredItem | undefined): void {
    if (pk.startsWith(keyPrefixes.purchases)) {
      const [, , sku = ""] = pk.split("#");
      const [was, is] = [Number(before?.["taken"] ?? 0), Number(after?.["taken"] ?? 0)];
      const limit = this.limits.get(sku) ?? 0;
      if (is > was && is > limit) {
        this.world.fail("nobody buys more than the limit", `${pk}: ${is} instead of ${limit}`);
      }
    } else if (pk.startsWith(keyPrefixes.holds)) {
      this.judgeHolds(pk, namesIn(before), namesIn(after));
    }
  }

  private judgeHolds(pk: string, before: ReadonlySet<string>, after: ReadonlySet<string>): void {
    if (after.size > before.size && after.size > mostOpenHolds) {
      this.world.fail("nobody has more open holds than he may have", `${pk}: ${after.size}`);
    }
    for (const name of before) {
      const [, uid = ""] = name.split("#");
      if (!after.has(name) && this.isOpen(uid)) {
        this.world.fail("open holds are not forgotten", `${pk}: ${name}`);
      }
    }
  }

  /** A reservation that has just been made counts what it takes of limited items. */
  judgeCounted({ reservationId, lines }: Reservation): void {
    for (const { sku, quantity, legs, counted } of lines) {
      const units = counted.reduce((sum, purchase) => sum + purchase.quantity, 0);
      for (const leg of legs) {
        // A cell has no settings; those of its level may have changed in this very moment.
        const limit = leg.cell === null && leg.sku === sku ? this.limitOf(leg) : undefined;
        const isOtherwise = limit != null && counted.some(({ windowDays }) => windowDays !== limit.windowDays);
        if (limit !== undefined && (isOtherwise || units !== (limit === null ? 0 : quantity))) {
          const detail = `${reservationId} has ${quantity} of ${sku}, and counts ${JSON.stringify(counted)}`;
          this.world.fail("purchases are counted", `${detail} against ${JSON.stringify(limit)}`);
        }
      }
    }
  }

  /** Only what was shipped counts once a reservation has ended. */
  judgeEnded({ reservationId, status, lines }: Reservation): void {
    for (const { sku, legs, counted } of lines) {
      const units = counted.reduce((sum, purchase) => sum + purchase.quantity, 0);
      const shipped = legs.reduce((sum, leg) => sum + leg.fulfilled, 0);
      if (units > shipped) {
        this.world.fail("purchases are counted", `${reservationId} is ${status} and counts ${units} of ${sku}`);
      }
    }
  }

  private limitOf(key: LevelKey): PurchaseLimit | null {
    const item = this.world.database.table(tables.inventory).item({ ...inventoryKeys.level(key) });
    return item === undefined ? null : parseLevel(key, item).settings.purchaseLimit;
  }
}

function namesIn(item: StoredItem | undefined): ReadonlySet<string> {
  return (item?.["open"] as ReadonlySet<string> | undefined) ?? new Set();
}
