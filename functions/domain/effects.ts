/**
 * What the change of a reservation from one state to the next does to everything else: to the stock, to the
 * backorder queues and to the counters of purchase limits. Each is the difference of the two states, so that
 * nothing can be promised or given back that the record does not say.
 */
import { type BaseDeltas, type LevelKey, type StockKey, stockName } from "./level.ts";
import { endedLines, legsOf, type ReservationLine } from "./line.ts";

type Lines = readonly ReservationLine[];

/** What changes on one level or cell, in units. */
export interface StockEffect {
  readonly key: StockKey;
  /** Units reserved; below 0 they are given back, or shipped. */
  readonly allocated: number;
  readonly backordered: number;
  /** Units that leave the house. */
  readonly fulfilled: number;
}

export function stockEffects(before: Lines, after: Lines): readonly StockEffect[] {
  const effects = new Map<string, StockEffect>();
  for (const [lines, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const leg of legsOf({ lines })) {
      const { sku, locationId, cell } = leg;
      const name = stockName(leg);
      const known = effects.get(name) ?? { key: { sku, locationId, cell }, allocated: 0, backordered: 0, fulfilled: 0 };
      effects.set(name, {
        key: known.key,
        allocated: known.allocated + sign * leg.allocated,
        backordered: known.backordered + sign * leg.backordered,
        fulfilled: known.fulfilled + sign * leg.fulfilled,
      });
    }
  }
  return [...effects.values()].filter(
    ({ allocated, backordered, fulfilled }) => allocated !== 0 || backordered !== 0 || fulfilled !== 0,
  );
}

/** What an effect changes of the figures. */
export function deltasOfEffect({ allocated, backordered, fulfilled }: StockEffect): BaseDeltas {
  return { onHand: -fulfilled, reserved: allocated, backordered };
}

/** One entry of the queue of a level: how many units it has before and after; 0 where there is none. */
export interface QueueEffect extends LevelKey {
  readonly promisedAtMs: number;
  readonly before: number;
  readonly after: number;
}

export function queueEffects(before: Lines, after: Lines): readonly QueueEffect[] {
  const effects = new Map<string, QueueEffect>();
  for (const [lines, side] of [
    [before, "before"],
    [after, "after"],
  ] as const) {
    for (const { sku, locationId, places } of legsOf({ lines })) {
      for (const { promisedAtMs, quantity } of places) {
        const name = `${sku}#${locationId}#${promisedAtMs}`;
        const known = effects.get(name) ?? { sku, locationId, promisedAtMs, before: 0, after: 0 };
        effects.set(name, { ...known, [side]: known[side] + quantity });
      }
    }
  }
  return [...effects.values()].filter((effect) => effect.before !== effect.after);
}

/** What changes on the counter of one customer's purchases of one SKU in one window. */
export interface PurchaseEffect {
  readonly sku: string;
  readonly windowDays: number | null;
  readonly window: number;
  /** Units counted; below 0 they are given back. */
  readonly quantity: number;
}

export function purchaseEffects(before: Lines, after: Lines): readonly PurchaseEffect[] {
  const effects = new Map<string, PurchaseEffect>();
  for (const [lines, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const { sku, counted } of lines) {
      for (const { windowDays, window, quantity } of counted) {
        const name = `${sku}#${windowDays}#${window}`;
        const known = effects.get(name) ?? { sku, windowDays, window, quantity: 0 };
        effects.set(name, { ...known, quantity: known.quantity + sign * quantity });
      }
    }
  }
  return [...effects.values()].filter(({ quantity }) => quantity !== 0);
}

/** How many writes beside that of the record give everything back that the lines hold. */
export function writesToEnd(lines: Lines): number {
  const ended = endedLines(lines);
  return [stockEffects, queueEffects, purchaseEffects].reduce((sum, effects) => sum + effects(lines, ended).length, 0);
}
