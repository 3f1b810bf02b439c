/**
 * The limit on the open holds of one customer. Whoever makes a hold notes it in the same transaction; nobody
 * takes it out when it ends. When the limit is met, the holds that are noted are looked at, and those that have
 * ended are forgotten: so a crash can leave nothing behind that counts for ever, and ending a hold costs no more.
 */
import { reservationTimes } from "../contract/settings.ts";
import { type Outcome, refused } from "../domain/refusal.ts";
import { batchGet } from "../storage/batch-get.ts";
import { inventoryKeys } from "../storage/keys.ts";
import { additionOfHold, forgetHolds, holdsIn, type OpenHold } from "../storage/purchases.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import type { ReservationServices } from "./services.ts";
import type { Taking } from "./taking.ts";

export function openHoldGuard(
  { client, tables, runtime }: ReservationServices,
  customer: string,
  hold: OpenHold,
  most: number,
): NonNullable<Taking<unknown>["besides"]> {
  // No hold lives longer, whatever the deployment sets, and so neither does the note of it.
  const ttlSeconds = Math.ceil(runtime.now() / 1000) + reservationTimes.longestHoldSeconds.most;
  return {
    part: {
      label: { kind: "besides", name: "holds" },
      part: additionOfHold(tables.inventory, customer, hold, most, ttlSeconds),
    },
    refusedWith: async (image: StoredItem | undefined): Promise<Outcome<never> | null> => {
      const noted = holdsIn(image);
      // A hold that was put back after a deletion by mistake, while its id was in use again, goes on under its uid.
      const keys = noted.flatMap(({ reservationId, uid }) => [reservationId, uid].map(inventoryKeys.reservation));
      const records = await batchGet(client, tables.inventory, keys, { consistent: true });
      const open = new Set(records.filter(({ status }) => status === "held").map(({ uid }) => uid));
      const ended = noted.filter(({ uid }) => !open.has(uid));
      if (ended.length === 0) {
        return refused({ kind: "hold-limit-exceeded", most });
      }
      await forgetHolds(client, tables.inventory, customer, ended);
      return null;
    },
  };
}
