/** What must hold; each is printed as met or not. */

import { quantile } from "../statistics.ts";
import type { DropResult, DropSettings } from "./drop.ts";

export interface Target {
  readonly title: string;
  readonly isMet: boolean;
  readonly seen: string;
}

export interface Simulated {
  readonly settings: DropSettings;
  readonly result: DropResult;
}

const leastGoodput = 10_000;
const mostP99Ms = 150;
/**
 * 10,000 reservations a second are 40,000 write units: all that 40 partitions have if they are used evenly, which
 * hashed keys never do. From twice as many on, the target is one.
 */
const fewestPartitions = 80;

export function targetOfSweep({ settings, result }: Simulated): Target | null {
  const { partitions, lockMs } = settings;
  if (partitions < fewestPartitions) {
    return null;
  }
  const p99Ms = quantile(result.servedMs, 0.99);
  const isEveryoneServed = result.served === settings.buyers;
  return {
    title: `10,000 reservations a second, p99 under 150 ms: ${partitions} partitions, locks of ${lockMs} ms`,
    isMet: result.goodput >= leastGoodput && p99Ms < mostP99Ms && isEveryoneServed,
    seen: `${result.goodput.toFixed(0)}/s, p99 ${p99Ms.toFixed(0)} ms, ${result.served} of ${settings.buyers} served`,
  };
}

export function targetsOfRush({ settings, result }: Simulated): readonly Target[] {
  const { units, buyers, lockMs, way } = settings;
  const { served, unitsLeft, falseSoldOuts, lateLosers, soldOut, failed, busy, turnedAway } = result;
  const name = `${way.title}, locks of ${lockMs} ms`;
  return [
    {
      title: `${buyers} buyers for ${units} units sell out exactly: ${name}`,
      isMet: served === units && unitsLeft === 0,
      seen: `${served} sold, ${unitsLeft} left`,
    },
    {
      title: `no false sold-out while stock is left, and no error: ${name}`,
      isMet: falseSoldOuts === 0 && failed === 0,
      seen: `${soldOut} refusals, ${falseSoldOuts} false; ${failed} errors, ${busy} busy, ${turnedAway} turned away`,
    },
    {
      title: `losers past sell-out cost no write: ${name}`,
      isMet: lateLosers.count > 0 && lateLosers.transactions === lateLosers.firstTransactions,
      seen:
        `${lateLosers.count} losers, ${lateLosers.transactions - lateLosers.firstTransactions} transactions, ` +
        `${lateLosers.firstTransactions} of environments that had not met the level, ${lateLosers.markers} markers renewed`,
    },
  ];
}
