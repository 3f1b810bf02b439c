/** What three shops do in a month. */
import { costBudgets, skusOfAvailability } from "../cost-budgets.ts";
import { answerBytes, tracedOf } from "./assumptions.ts";
import {
  type Batches,
  consumed,
  expiry,
  type Life,
  type Memory,
  messagesOf,
  request,
  sale,
  stream,
  wholeOf,
} from "./steps.ts";
import { sumOf, times, type Work } from "./work.ts";

export interface Shop {
  readonly name: string;
  /** Held, paid and shipped. */
  readonly orders: number;
  /** Held, and never paid. */
  readonly lapsed: number;
  readonly lines: number;
  /** Pages that ask for 20 SKUs. */
  readonly pages: number;
  /** Requests that adjust five levels each. */
  readonly adjustments: number;
  /** Programs that keep a token of their own, each asking for a new one every hour, and the clients that they are. */
  readonly callers: number;
  readonly clients: number;
  readonly batches: Batches;
  /** Orders are kept for 400 days, and the audit trail for ever: this is how many months of it there are. */
  readonly monthsOfHistory: number;
}

export const shops: readonly Shop[] = [
  {
    name: "small",
    orders: 2_000,
    lapsed: 3_000,
    lines: 2,
    pages: 200_000,
    adjustments: 500,
    callers: 2,
    clients: 1,
    batches: { records: 1, messages: 1 },
    monthsOfHistory: 12,
  },
  {
    name: "medium",
    orders: 50_000,
    lapsed: 75_000,
    lines: 2,
    pages: 5_000_000,
    adjustments: 10_000,
    callers: 10,
    clients: 2,
    batches: { records: 2, messages: 2 },
    monthsOfHistory: 12,
  },
  {
    name: "large",
    orders: 2_000_000,
    lapsed: 3_000_000,
    lines: 2,
    pages: 200_000_000,
    adjustments: 200_000,
    callers: 100,
    clients: 4,
    batches: { records: 10, messages: 5 },
    monthsOfHistory: 12,
  },
];

const skusOfPage = 20;
const linesOfAdjustment = 5;
const hoursOfMonth = 720;

/** Stored items are counted as 1 KB, which none of them is more than. */
const storedKb = 1e-6;

/** What is billed, by what it is for. */
export function workOf(shop: Shop, memory: Memory): Readonly<Record<string, Work>> {
  const { lines, batches } = shop;
  const life: Life = { lines, locations: "chosen", batches, memory, holdMinutes: 30, hasKey: false };
  const messages = Object.values(messagesOf.adjust(linesOfAdjustment)).reduce((sum, each) => sum + each, 0);
  const page = costBudgets.availability.of(1);
  // Each reservation has been moved twice for each line, and each movement has its entry in an index.
  const movements = 2 * lines * (shop.orders + shop.lapsed) + linesOfAdjustment * shop.adjustments;
  const stored = storedKb * shop.monthsOfHistory * (2 * movements + shop.orders);
  const work: Readonly<Record<string, Work>> = {
    "orders that are shipped": times(shop.orders, wholeOf(sale(life))),
    "carts that lapse": times(shop.lapsed, wholeOf(expiry(life))),
    "pages that ask what is available": times(
      shop.pages,
      request(
        memory.storefront,
        { ...page, readUnits: (page.readUnits * skusOfPage) / skusOfAvailability },
        answerBytes.availability,
      ),
    ),
    "adjustments of stock": times(
      shop.adjustments,
      sumOf(
        request(memory.backOffice, costBudgets.adjustTogether.of(linesOfAdjustment)),
        stream(memory, linesOfAdjustment, messages, batches),
        consumed(memory, linesOfAdjustment, "movement", 1, batches),
        consumed(memory, linesOfAdjustment, "summary", 1, batches),
      ),
    ),
    "what is stored, and can be restored": { storedGb: stored, recoverableGb: stored },
    "tokens and clients of callers": { tokens: shop.callers * hoursOfMonth, clients: shop.clients },
  };
  const { invocations = 1 } = sumOf(...Object.values(work));
  const share = tracedOf(invocations) / invocations;
  return Object.fromEntries(
    Object.entries(work).map(([purpose, each]) => [purpose, { ...each, traces: share * (each.invocations ?? 0) }]),
  );
}
