/** Makes the plans of one request from what it knows of the stock, and has read what it must know for them. */
import { type Allocation, allocate, type Shortfall, type Take } from "../domain/allocation.ts";
import { type KeepingOrder, type Kept, keepLegs, regrouped, type WishedLine } from "../domain/cart.ts";
import type { Demand } from "../domain/demand.ts";
import { lastOf, type StockKey, stockName } from "../domain/level.ts";
import { emptyLeg, type Leg, mergeLegs, type RequestedLine, type ReservationLine } from "../domain/line.ts";
import { countPurchases } from "../domain/purchase-limit.ts";
import { type Refusal, refused } from "../domain/refusal.ts";
import type { TakingKnowledge } from "../storage/reservation-change.ts";
import type { ReservationServices } from "./services.ts";
import { shortLine } from "./short-line.ts";
import type { StockPicture } from "./stock-picture.ts";
import type { StockReader } from "./stock-reader.ts";
import type { ChosenUnits } from "./stock-units.ts";
import { conditionsOfTaking, levelMadeBy } from "./take-conditions.ts";
import type { Taking } from "./taking.ts";

export type StockPlan =
  | {
      readonly kind: "planned";
      readonly lines: readonly ReservationLine[];
      readonly knowledge: Omit<TakingKnowledge, "isGone">;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Each round of a plan learns something that it did not know: kits, levels, cells. */
const mostRounds = 20;

export class StockPlanner {
  private readonly services: Pick<ReservationServices, "locations">;
  private readonly taking: Taking<unknown>;
  private readonly reader: StockReader;
  private readonly picture: StockPicture;

  constructor(services: Pick<ReservationServices, "locations">, taking: Taking<unknown>, reader: StockReader) {
    this.services = services;
    this.taking = taking;
    this.reader = reader;
    this.picture = reader.picture;
  }

  /** Where everything is taken from that the lines before do not have; or why it cannot be, which is proven then. */
  async plan(before: readonly ReservationLine[]): Promise<StockPlan> {
    await this.readKits();
    // Reading and choosing cells can each show that the stock is elsewhere than it seemed: then it is planned anew.
    for (let round = 0; round < mostRounds; round += 1) {
      const wished = this.wishedLines();
      const { kept, allocation } = this.allocated(before, wished);
      const asked = [...kept.missing, ...regrouped(before, wished, kept.missing)];
      const unreadItems = this.itemsToRead(wished, kept.missing, asked);
      if (unreadItems.length > 0) {
        await this.reader.read(unreadItems);
        continue;
      }
      const offSale = asked.filter(({ line }) => this.picture.isKitOffSale(wished[line]?.sku ?? ""));
      if (offSale.length > 0) {
        const none = offSale.map((demand) => ({ demand, available: 0, backorderable: 0 }));
        return refused(await this.explain(wished, none));
      }
      if (allocation.kind === "short") {
        const unread = this.skusToRead(allocation.shortfalls);
        if (unread.length === 0) {
          return refused(await this.explain(wished, allocation.shortfalls));
        }
        await this.reader.read(unread);
        continue;
      }
      const promisedUnread = this.skusPromisedUnread(allocation.takes);
      if (promisedUnread.length > 0) {
        await this.reader.read(promisedUnread);
        continue;
      }
      const legs = await this.legsOf(allocation.takes);
      if (legs === null) {
        continue;
      }
      return this.counted(kept.lines.map((line, index) => this.withLegs(line, legs.get(index) ?? [])));
    }
    throw new Error(`No plan was found in ${mostRounds} rounds, and no reason to refuse.`);
  }

  /** What the cart keeps, and where the rest is taken from; another way of keeping is tried before it is short. */
  private allocated(
    before: readonly ReservationLine[],
    wished: readonly WishedLine[],
  ): { readonly kept: Kept; readonly allocation: Allocation } {
    const keep = (order: KeepingOrder) => {
      const kept = keepLegs(before, wished, order);
      const used = kept.lines.flatMap(({ legs }) => legs.map(({ locationId }) => locationId));
      const { picture, taking } = this;
      return { kept, allocation: allocate(kept.missing, picture.known(), taking.terms, picture.places(), used) };
    };
    const usual = keep("own-first");
    if (usual.allocation.kind === "allocated" || before.length === 0) {
      return usual;
    }
    const other = keep("named-first");
    return other.allocation.kind === "allocated" ? other : usual;
  }

  private wishedLines(): readonly WishedLine[] {
    const before = new Map(this.taking.before?.lines.map((line) => [lineName(line), line]));
    return this.taking.wished.map((line) => {
      const earlier = before.get(lineName(line));
      // A kit stays what it was when it was reserved.
      const components = earlier === undefined ? this.picture.componentsOf(line.sku) : earlier.components;
      return { ...line, components };
    });
  }

  /** A kit that a summary tells of is read itself: its components decide. */
  private async readKits(): Promise<void> {
    const kits = [...new Set(this.taking.wished.map(({ sku }) => sku))].filter((sku) => this.picture.mustReadKit(sku));
    if (kits.length > 0) {
      await this.reader.read(kits);
    }
  }

  /**
   * SKUs of which no level is asked whether they are sold still, and how many of them: kits, and what the cart has
   * for other lines. The item says so.
   */
  private itemsToRead(
    wished: readonly WishedLine[],
    missing: readonly Demand[],
    asked: readonly Demand[],
  ): readonly string[] {
    const skus = asked.flatMap((demand) => {
      const { sku, components = null } = wished[demand.line] ?? {};
      const asksLevel = components === null && missing.includes(demand);
      return sku === undefined || asksLevel || this.picture.hasRead(sku) ? [] : [sku];
    });
    return [...new Set(skus)];
  }

  /** The SKUs whose shortage is not proven yet. */
  private skusToRead(shortfalls: readonly Shortfall[]): readonly string[] {
    const doubtful = shortfalls
      .map(({ demand }) => demand)
      .filter(({ sku, locationId }) => !this.picture.isVerified(sku, locationId));
    return [...new Set(doubtful.map(({ sku }) => sku))];
  }

  /**
   * SKUs that would be promised beyond the stock where the service chooses, although not all of their levels are
   * known: units may lie free elsewhere, or a preferred location may be the one to wait at.
   */
  private skusPromisedUnread(takes: readonly Take[]): readonly string[] {
    const skus = takes
      .filter(({ demand, backordered }) => backordered > 0 && demand.locationId === null)
      .filter(({ demand }) => !this.picture.isVerified(demand.sku, null))
      .map(({ demand }) => demand.sku);
    return [...new Set(skus)];
  }

  /** The legs of each line; null when a split level turned out to hold too little, or to be whole again. */
  private async legsOf(takes: readonly Take[]): Promise<ReadonlyMap<number, readonly Leg[]> | null> {
    const cells = await this.cellsOf(takes);
    if (cells === null) {
      return null;
    }
    const legs = new Map<number, Leg[]>();
    for (const { demand, locationId, allocated, backordered } of takes) {
      const key = { sku: demand.sku, locationId, cell: null };
      const parts = cells.get(stockName(key))?.dealOut(allocated) ?? [{ key, quantity: allocated }];
      const taken = parts.map(
        (part): Leg => ({
          ...emptyLeg(part.key),
          allocated: part.quantity,
          backordered,
          places: backordered > 0 ? [{ promisedAtMs: this.reader.nowMs, quantity: backordered }] : [],
        }),
      );
      legs.set(demand.line, [...(legs.get(demand.line) ?? []), ...taken]);
    }
    return legs;
  }

  /** The cells of each split level, chosen for all of its takes together: two lines must not count on the same units. */
  private async cellsOf(takes: readonly Take[]): Promise<ReadonlyMap<string, ChosenUnits> | null> {
    const wanted = new Map<string, { readonly key: StockKey; quantity: number }>();
    for (const { demand, locationId, allocated } of takes) {
      const key = { sku: demand.sku, locationId, cell: null };
      if (this.picture.isSplit(key)) {
        const known = wanted.get(stockName(key)) ?? { key, quantity: 0 };
        wanted.set(stockName(key), { key, quantity: known.quantity + allocated });
      }
    }
    // All of them are looked at, also when one has too little: a refusal names every line that is short.
    const choices = await Promise.all(
      [...wanted].map(async ([name, { key, quantity }]) => ({
        name,
        key,
        quantity,
        choice: await this.reader.cells.choose(key, quantity),
      })),
    );
    const chosen = new Map<string, ChosenUnits>();
    for (const { name, key, quantity, choice } of choices) {
      if (choice.kind === "units") {
        chosen.set(name, choice.units);
        continue;
      }
      await this.reader.learnShortage(key, choice);
      if (takes.some(({ demand }) => demand.sku === key.sku && demand.locationId === null)) {
        await this.reader.countElsewhere(key.sku, quantity);
      }
    }
    return chosen.size === wanted.size ? chosen : null;
  }

  private withLegs(line: ReservationLine, taken: readonly Leg[]): ReservationLine {
    const legs = mergeLegs([...line.legs, ...taken]);
    const owed = taken.filter(({ backordered }) => backordered > 0);
    const restockAt = lastOf(owed.map(({ sku, locationId }) => this.picture.expectedAt(sku, locationId)));
    return { ...line, legs, restockAt: restockAt ?? line.restockAt };
  }

  private counted(lines: readonly ReservationLine[]): StockPlan {
    const limits = this.picture.knownLimits();
    const limited = lines.filter(({ sku }) => limits.has(sku)).map(({ sku }) => sku);
    if (this.taking.customerId === null && limited.length > 0) {
      const missingIn = this.taking.before === null ? "request" : "reservation";
      return refused({ kind: "customer-needed", skus: [...new Set(limited)], missingIn });
    }
    return {
      kind: "planned",
      lines: countPurchases(lines, limits, this.reader.nowMs),
      knowledge: {
        conditions: (effect) => conditionsOfTaking(this.picture, effect, lines, this.reader.nowMs),
        creation: (effect) => levelMadeBy(this.picture, effect, this.taking.lastChange),
        limitOf: (sku) => limits.get(sku)?.quantity ?? 0,
      },
    };
  }

  /** Turns proven shortages into the refusal that the caller reads: every line that is short, in its own units. */
  private async explain(wished: readonly WishedLine[], shortfalls: readonly Shortfall[]): Promise<Refusal> {
    const short = new Map<number, Shortfall[]>();
    for (const shortfall of shortfalls) {
      const { line } = shortfall.demand;
      short.set(line, [...(short.get(line) ?? []), shortfall]);
    }
    const lines = [...short.keys()].sort((a, b) => a - b).flatMap((index) => wished[index] ?? []);
    // An image of a level proves that its SKU is known; what was never seen is looked for now.
    const unseen = lines.map(({ sku }) => sku).filter((sku) => !this.picture.hasSeen(sku));
    if (unseen.length > 0) {
      await this.reader.read([...new Set(unseen)]);
    }
    const unknownSkus = lines.map(({ sku }) => sku).filter((sku) => this.picture.isUnknownSku(sku));
    if (unknownSkus.length > 0) {
      return { kind: "unknown-sku", skus: [...new Set(unknownSkus)] };
    }
    const named = lines.flatMap(({ locationId }) => (locationId === null ? [] : [locationId]));
    const directory = await this.services.locations.including(named);
    const unknownLocations = named.filter((locationId) => !directory.has(locationId));
    if (unknownLocations.length > 0) {
      return { kind: "unknown-location", locationIds: [...new Set(unknownLocations)] };
    }
    return {
      kind: "insufficient-stock",
      lines: [...short]
        .sort(([a], [b]) => a - b)
        .map(([index, of]) => shortLine(this.picture, wished[index] as WishedLine, of)),
    };
  }
}

function lineName({ sku, locationId }: RequestedLine): string {
  return `${sku}#${locationId ?? ""}`;
}
