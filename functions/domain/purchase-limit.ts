/** Purchase limits: how much one customer may take of one SKU, counted in windows of days. */
import type { PurchaseLimit } from "./level.ts";
import { type CountedPurchase, countedFirst, type ReservationLine } from "./line.ts";

const dayMs = 86_400_000;

/** Windows are fixed and counted from the epoch, in UTC, so that every request finds the same one. */
export function windowAt({ windowDays }: Pick<PurchaseLimit, "windowDays">, nowMs: number): number {
  return windowDays === null ? 0 : Math.floor(nowMs / (windowDays * dayMs));
}

/** When a window ends, in milliseconds since the epoch; null for a limit that has no windows. */
export function endOfWindow({ windowDays, window }: Omit<CountedPurchase, "quantity">): number | null {
  return windowDays === null ? null : (window + 1) * windowDays * dayMs;
}

type OrderedLine = Pick<ReservationLine, "sku" | "locationId" | "quantity">;

/**
 * What each of the lines that a cart is to have was counted with already. Units are counted as those of a SKU:
 * what a line lets go of goes to other lines of the same SKU, and only what none of them takes is given back.
 */
export function keepCounted(
  before: readonly (OrderedLine & Pick<ReservationLine, "counted">)[],
  wished: readonly OrderedLine[],
): readonly (readonly CountedPurchase[])[] {
  const left = before.map(({ counted }) => counted);
  const kept: CountedPurchase[][] = wished.map(() => []);
  const keep = (isWanted: (one: OrderedLine, other: OrderedLine) => boolean): void => {
    for (const [index, line] of wished.entries()) {
      for (const [at, earlier] of before.entries()) {
        if (isWanted(earlier, line)) {
          const mine = kept[index] ?? [];
          const taken = countedFirst(left[at] ?? [], line.quantity - unitsOf(mine));
          mine.push(...taken);
          left[at] = withoutFirst(left[at] ?? [], unitsOf(taken));
        }
      }
    }
  };
  keep((one, other) => one.sku === other.sku && one.locationId === other.locationId);
  keep((one, other) => one.sku === other.sku);
  return kept.map((counted) => [...merged(counted)].sort((a, b) => beginOf(a) - beginOf(b)));
}

/** In days since the epoch. What other lines had stands in order with a line's own: the latest is given back first. */
function beginOf({ windowDays, window }: CountedPurchase): number {
  return (windowDays ?? 0) * window;
}

function unitsOf(counted: readonly CountedPurchase[]): number {
  return counted.reduce((sum, { quantity }) => sum + quantity, 0);
}

function withoutFirst(counted: readonly CountedPurchase[], quantity: number): readonly CountedPurchase[] {
  let left = quantity;
  return counted.flatMap((purchase) => {
    const gone = Math.min(purchase.quantity, left);
    left -= gone;
    return gone === purchase.quantity ? [] : [{ ...purchase, quantity: purchase.quantity - gone }];
  });
}

/** SKUs that are limited, as they were ordered: a kit counts as a kit. */
export type KnownLimits = ReadonlyMap<string, PurchaseLimit>;

/**
 * The lines with what they count against the limits: a line counts its quantity, in the windows in which it was
 * counted already, and what it has grown by in the present one. What it has shrunk by is given back, the
 * latest first. A SKU without a limit counts nothing.
 */
export function countPurchases(
  lines: readonly ReservationLine[],
  limits: KnownLimits,
  nowMs: number,
): readonly ReservationLine[] {
  return lines.map((line) => {
    const kept = countedFirst(line.counted, line.quantity);
    const limit = limits.get(line.sku);
    const missing = line.quantity - unitsOf(kept);
    if (limit === undefined || missing === 0) {
      return { ...line, counted: kept };
    }
    const { windowDays } = limit;
    return { ...line, counted: merged([...kept, { windowDays, window: windowAt(limit, nowMs), quantity: missing }]) };
  });
}

function merged(counted: readonly CountedPurchase[]): readonly CountedPurchase[] {
  const byWindow = new Map<string, CountedPurchase>();
  for (const purchase of counted) {
    const name = `${purchase.windowDays}#${purchase.window}`;
    const quantity = (byWindow.get(name)?.quantity ?? 0) + purchase.quantity;
    byWindow.set(name, { ...purchase, quantity });
  }
  return [...byWindow.values()];
}
