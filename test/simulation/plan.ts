/** What the clients of one run do, and when: drawn from the seed before anything happens, so that it can be shrunk. */
import { catalogue, locationIds, plainSkus, splitSku } from "./catalogue.ts";
import { drawCommand, LikelyStages, type Subject } from "./draw-command.ts";
import type { Command, Operation } from "./operation.ts";
import { Random } from "./world/random.ts";

export interface Plan {
  readonly seed: number;
  readonly operations: readonly Operation[];
  /** How likely a call meets a fault. */
  readonly rate: number;
}

const operationCount = 110;
const minuteMs = 60_000;

/** Who does what, by weight. */
const kinds: readonly (readonly [Command["kind"], number])[] = [
  ["reserve", 34],
  ["rearrange", 12],
  ["commit", 14],
  ["extend", 4],
  ["release", 7],
  ["fulfil", 9],
  ["return", 4],
  ["adjust", 9],
  ["put-item", 4],
  ["configure", 2],
  ["split", 4],
  ["put-location", 2],
];

/** The same in a shop whose carts are paid, shipped and sent back most often. */
const kindsOfOrders: typeof kinds = [
  ["reserve", 26],
  ["rearrange", 10],
  ["commit", 18],
  ["extend", 5],
  ["release", 5],
  ["fulfil", 18],
  ["return", 11],
  ["adjust", 12],
  ["put-item", 2],
  ["configure", 1],
  ["split", 3],
  ["put-location", 1],
];

/** Who does what where many meet, and where they meet on cells. */
const rushes: typeof kinds = [
  ["reserve", 30],
  ["rearrange", 10],
  ["commit", 8],
  ["release", 8],
  ["fulfil", 8],
  ["return", 3],
  ["adjust", 18],
  ["put-item", 9],
  ["configure", 6],
];
const rushOnCells: typeof kinds = [...rushes, ["split", 30]];

/** Commands that may say which lines they have seen. */
const fenced: ReadonlySet<Command["kind"]> = new Set(["rearrange", "commit", "extend", "release", "fulfil", "return"]);

/** Two of five seeds are about orders rather than carts. */
function isAboutOrders(seed: number): boolean {
  return seed % 5 < 2;
}

export function planOf(seed: number): Plan {
  const random = new Random(seed).named("plan");
  const operations: Operation[] = [];
  const reservationIds: string[] = [];
  const orders = isAboutOrders(seed) ? new LikelyStages() : null;
  const spanMs = random.pick([2, 10, 25]) * minuteMs;
  // Most of what happens in one run is about a few SKUs: so that it meets.
  const skus = [random.pick(plainSkus), random.pick(plainSkus)];
  let rush: Rush | null = null;
  let atMs = 0;
  for (let number = 1; number <= operationCount; number += 1) {
    rush = nextOf(rush) ?? rushOf(random, { reservationIds, skus, orders });
    // Half of the others come in the same instant as the one before.
    const isSoon = rush !== null || random.chance(0.4);
    atMs += isSoon ? random.whole(0, 12) : random.next() * 8 * (spanMs / operationCount);
    const subject = rush?.subject ?? { reservationIds, skus, locationId: null, orders };
    const usual = orders === null ? kinds : kindsOfOrders;
    const kind = reservationIds.length === 0 ? "reserve" : random.weighted(rush?.kinds ?? usual);
    const command = drawCommand(kind, number, random, subject);
    if (command.kind === "reserve" && !reservationIds.includes(command.reservationId)) {
      reservationIds.push(command.reservationId);
    }
    orders?.note(command);
    const looksAheadMs = fenced.has(kind) && random.chance(0.35) ? random.pick([0, 500, 20_000]) : null;
    operations.push({ number, atMs, command, looksAheadMs, hasKey: random.chance(0.7) });
  }
  return { seed, operations, rate: random.pick([0.003, 0.01, 0.03, 0.08]) };
}

/** Many do something at once about one SKU, at one location most often, and about one or two reservations. */
interface Rush {
  readonly left: number;
  readonly subject: Subject;
  readonly kinds: typeof kinds;
}

function nextOf(rush: Rush | null): Rush | null {
  return rush === null || rush.left === 0 ? null : { ...rush, left: rush.left - 1 };
}

function rushOf(random: Random, { reservationIds, skus, orders }: Omit<Subject, "locationId">): Rush | null {
  if (reservationIds.length === 0 || !random.chance(0.1)) {
    return null;
  }
  const sku = random.pick(skus);
  const { homes } = catalogue[sku] ?? { homes: locationIds };
  const subject = {
    reservationIds: reservationIds.slice(-2),
    skus: [sku],
    orders,
    locationId: random.pick(random.chance(0.8) ? homes : locationIds),
  };
  return { left: random.whole(3, 9), subject, kinds: sku === splitSku ? rushOnCells : rushes };
}
