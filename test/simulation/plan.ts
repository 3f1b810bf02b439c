/** What the clients of one run do, and when: drawn from the seed before anything happens, so that it can be shrunk. */
import type { Disposition } from "../../functions/domain/fulfilment.ts";
import type { LevelKey, StockState } from "../../functions/domain/level.ts";
import type { RequestedLine } from "../../functions/domain/line.ts";
import { catalogue, kitSkus, locationIds, plainSkus, splitSku } from "./catalogue.ts";
import { Random } from "./world/random.ts";

export type Command =
  | {
      readonly kind: "reserve";
      readonly reservationId: string;
      readonly lines: readonly RequestedLine[];
      readonly ttlSeconds: number;
      readonly customerId: string | null;
      readonly referenceId: string | null;
      readonly mayBackorder: boolean;
    }
  | {
      readonly kind: "rearrange";
      readonly reservationId: string;
      readonly lines: readonly RequestedLine[];
      readonly ttlSeconds: number | null;
    }
  | { readonly kind: "commit"; readonly reservationId: string; readonly orderId: string }
  | { readonly kind: "extend"; readonly reservationId: string; readonly ttlSeconds: number }
  | { readonly kind: "release"; readonly reservationId: string }
  /** Null: all of it. */
  | { readonly kind: "fulfil"; readonly reservationId: string; readonly line: number | null; readonly quantity: number }
  | {
      readonly kind: "return";
      readonly reservationId: string;
      readonly line: number;
      readonly quantity: number;
      readonly locationId: string;
      readonly disposition: Disposition;
    }
  | {
      readonly kind: "adjust";
      readonly changes: readonly (LevelKey & {
        readonly state: StockState;
        readonly delta: number;
        readonly set: number | null;
        /** What the caller takes it to be before. */
        readonly expected: number | null;
        readonly force: boolean;
      })[];
      readonly atomic: boolean;
    }
  | { readonly kind: "put-item"; readonly sku: string; readonly variant: number }
  | {
      readonly kind: "configure";
      readonly level: LevelKey;
      readonly lowStockThreshold: number | null;
      readonly backorderLimit: number | null;
    }
  | { readonly kind: "split"; readonly level: LevelKey; readonly cells: number }
  | { readonly kind: "put-location"; readonly locationId: string; readonly active: boolean };

export interface Operation {
  readonly number: number;
  /** After the beginning of the run, in milliseconds. */
  readonly atMs: number;
  readonly command: Command;
  /**
   * Whether the client looks at the reservation first, and says with `If-Match` which lines it has seen: so long
   * before it sends the command, in milliseconds. Null when it does not mind.
   */
  readonly looksAheadMs: number | null;
  /** Whether it sends a key with which the same request is recognised; without one it sends it once only. */
  readonly hasKey: boolean;
}

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

export function planOf(seed: number): Plan {
  const random = new Random(seed).named("plan");
  const operations: Operation[] = [];
  const reservationIds: string[] = [];
  const spanMs = random.pick([2, 10, 25]) * minuteMs;
  // Most of what happens in one run is about a few SKUs: so that it meets.
  const skus = [random.pick(plainSkus), random.pick(plainSkus)];
  let rush: Rush | null = null;
  let atMs = 0;
  for (let number = 1; number <= operationCount; number += 1) {
    rush = nextOf(rush) ?? rushOf(random, { reservationIds, skus });
    // Half of the others come in the same instant as the one before.
    const isSoon = rush !== null || random.chance(0.4);
    atMs += isSoon ? random.whole(0, 12) : random.next() * 8 * (spanMs / operationCount);
    const subject = rush?.subject ?? { reservationIds, skus, locationId: null };
    const kind = reservationIds.length === 0 ? "reserve" : random.weighted(rush?.kinds ?? kinds);
    const command = commandOf(kind, number, random, subject);
    if (command.kind === "reserve" && !reservationIds.includes(command.reservationId)) {
      reservationIds.push(command.reservationId);
    }
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

function rushOf(random: Random, { reservationIds, skus }: Omit<Subject, "locationId">): Rush | null {
  if (reservationIds.length === 0 || !random.chance(0.1)) {
    return null;
  }
  const sku = random.pick(skus);
  const { homes } = catalogue[sku] ?? { homes: locationIds };
  const subject = {
    reservationIds: reservationIds.slice(-2),
    skus: [sku],
    locationId: random.pick(random.chance(0.8) ? homes : locationIds),
  };
  return { left: random.whole(3, 9), subject, kinds: sku === splitSku ? rushOnCells : rushes };
}

/** What a run is about, as far as it goes. */
interface Subject {
  readonly reservationIds: readonly string[];
  readonly skus: readonly string[];
  /** Where it happens, if it is about one location. */
  readonly locationId: string | null;
}

function someSku(random: Random, { skus, locationId }: Subject): string {
  return random.pick(locationId !== null || random.chance(0.65) ? skus : plainSkus);
}

function someHome(random: Random, sku: string, { locationId }: Subject): string {
  const homes: readonly string[] = catalogue[sku]?.homes ?? locationIds;
  return locationId !== null && random.chance(0.85) ? locationId : random.pick(homes);
}

function lineOf(random: Random, subject: Subject): RequestedLine {
  const sku = random.chance(0.1) ? random.pick(kitSkus) : someSku(random, subject);
  const { homes } = catalogue[sku] ?? { homes: locationIds };
  const named = homes.length > 0 && random.chance(0.55);
  return {
    sku,
    quantity: random.whole(1, random.chance(0.2) ? 7 : 3),
    locationId: named ? someHome(random, sku, subject) : null,
  };
}

function linesOf(random: Random, subject: Subject): readonly RequestedLine[] {
  const lines = new Map<string, RequestedLine>();
  for (let count = random.whole(1, 3); count > 0; count -= 1) {
    const line = lineOf(random, subject);
    lines.set(`${line.sku} ${line.locationId}`, line);
  }
  return [...lines.values()];
}

/** One of the latest reservations, most often. */
function someReservation(random: Random, { reservationIds }: Subject): string {
  return random.pick(random.chance(0.7) ? reservationIds.slice(-6) : reservationIds);
}

function someLevel(random: Random, subject: Subject): LevelKey {
  const sku = someSku(random, subject);
  return { sku, locationId: random.chance(0.92) ? someHome(random, sku, subject) : random.pick(locationIds) };
}

function commandOf(kind: Command["kind"], number: number, random: Random, subject: Subject): Command {
  switch (kind) {
    case "reserve": {
      // Now and then somebody asks for an id that is taken.
      const { reservationIds } = subject;
      const isOld = reservationIds.length > 0 && random.chance(0.04);
      return {
        kind,
        reservationId: isOld ? random.pick(reservationIds) : `r-${number}`,
        lines: linesOf(random, subject),
        ttlSeconds: random.pick([5, 30, 120, 600, 1_800]),
        customerId: random.chance(0.6) ? random.pick(["ann", "bob"]) : null,
        referenceId: random.chance(0.5) ? `cart-${number}` : null,
        mayBackorder: random.chance(0.8),
      };
    }
    case "rearrange":
      return {
        kind,
        reservationId: someReservation(random, subject),
        lines: linesOf(random, subject),
        ttlSeconds: random.chance(0.4) ? random.pick([5, 300]) : null,
      };
    case "commit":
      return {
        kind,
        reservationId: someReservation(random, subject),
        orderId: `order-${random.chance(0.7) ? number : 0}`,
      };
    case "extend":
      return { kind, reservationId: someReservation(random, subject), ttlSeconds: random.pick([5, 60, 1_200]) };
    case "release":
      return { kind, reservationId: someReservation(random, subject) };
    case "fulfil": {
      const line = random.chance(0.5) ? null : random.whole(0, 2);
      return { kind, reservationId: someReservation(random, subject), line, quantity: random.whole(1, 3) };
    }
    case "return":
      return {
        kind,
        reservationId: someReservation(random, subject),
        line: random.whole(0, 2),
        quantity: random.whole(1, 2),
        locationId: random.pick(locationIds),
        disposition: random.pick(["restock", "restock", "damaged", "qualityControl"] as const),
      };
    case "adjust":
      return {
        kind,
        atomic: random.chance(0.5),
        changes: Array.from({ length: random.whole(1, 3) }, () => ({
          ...someLevel(random, subject),
          state: random.chance(0.75) ? "onHand" : random.pick(["damaged", "qualityControl", "safetyStock"] as const),
          delta: random.pick([1, 2, 3, 5, 8, -1, -2, -4, -8]),
          set: random.chance(0.12) ? random.whole(0, 12) : null,
          expected: random.chance(0.1) ? random.pick([0, 2, 4, 5, 15]) : null,
          force: random.chance(0.35),
        })),
      };
    case "put-item":
      return { kind, sku: someSku(random, subject), variant: random.pick([0, 0, 1, 2, 3, 4]) };
    case "configure":
      return {
        kind,
        level: someLevel(random, subject),
        lowStockThreshold: random.chance(0.5) ? random.whole(0, 5) : null,
        backorderLimit: random.chance(0.5) ? random.whole(0, 4) : null,
      };
    case "split": {
      const level = { sku: splitSku, locationId: locationIds[0] };
      return { kind, level, cells: random.pick([1, 3, 5]) };
    }
    case "put-location":
      return { kind, locationId: random.pick(locationIds), active: random.chance(0.6) };
  }
}
