/** Makes the plans of one request from what it has learnt of the stock, and reads what it must know for them. */
import { type Allocation, allocate, type Shortfall, type Take } from "../domain/allocation.ts";
import { type KeepingOrder, type Kept, keepLegs, type WishedLine } from "../domain/cart.ts";
import type { Demand } from "../domain/demand.ts";
import { type CellId, type Level, type LevelKey, lastOf, type StockKey, stockName } from "../domain/level.ts";
import {
  componentsOf,
  emptyLeg,
  type Leg,
  mergeLegs,
  type RequestedLine,
  type ReservationLine,
} from "../domain/line.ts";
import { countPurchases } from "../domain/purchase-limit.ts";
import { type Refusal, refused } from "../domain/refusal.ts";
import { readSku } from "../storage/levels.ts";
import type { ChangeLabel, TakingKnowledge } from "../storage/reservation-change.ts";
import { readSummaries } from "../storage/summaries.ts";
import type { LabelledPart } from "../storage/transaction.ts";
import { type CellChoice, CellChooser } from "./cell-chooser.ts";
import type { HotLevel } from "./hot-levels.ts";
import type { ReservationServices } from "./services.ts";
import { shortLine } from "./short-line.ts";
import { StockPicture } from "./stock-picture.ts";
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
  private readonly services: ReservationServices;
  private readonly taking: Taking<unknown>;
  private readonly picture: StockPicture;
  private readonly nowMs: number;
  private readonly cells: CellChooser;

  private constructor(services: ReservationServices, taking: Taking<unknown>, picture: StockPicture, nowMs: number) {
    this.services = services;
    this.taking = taking;
    this.picture = picture;
    this.nowMs = nowMs;
    this.cells = new CellChooser(services);
  }

  /** Lines that name their location need no reading at all; the others begin with the summaries, in one call. */
  static async begin(services: ReservationServices, taking: Taking<unknown>): Promise<StockPlanner> {
    const { client, tables, locations, runtime } = services;
    const skus = [...new Set(taking.wished.filter(({ locationId }) => locationId === null).map(({ sku }) => sku))];
    const [directory, summaries] = await Promise.all([
      locations.current(),
      skus.length === 0 ? new Map<string, never>() : readSummaries(client, tables.views, skus),
    ]);
    const nowMs = runtime.now();
    const picture = new StockPicture(directory, nowMs);
    if (summaries.size > 0) {
      for (const summary of summaries.values()) {
        picture.learnSummary(summary);
      }
      picture.learnLocations(await locations.including(picture.locationIds()));
    }
    for (const { sku, locationId } of taking.wished) {
      if (locationId !== null) {
        picture.learnNamed({ sku, locationId });
      }
    }
    const planner = new StockPlanner(services, taking, picture, nowMs);
    await planner.recallHotLevels();
    return planner;
  }

  /** Split levels that this environment has met are not taken for plain ones again. */
  private async recallHotLevels(): Promise<void> {
    const named = this.taking.wished.flatMap(({ sku, locationId }) =>
      locationId === null ? [] : [{ sku, locationId }],
    );
    const summarised = [...this.picture.known()].flatMap(([sku, levels]) =>
      levels.map(({ locationId }) => ({ sku, locationId })),
    );
    for (const key of [...named, ...summarised]) {
      const hot = await this.services.hotLevels.find(key);
      if (hot !== null) {
        this.learnHot(hot);
      }
    }
  }

  private learnHot({ level, soldOut }: HotLevel): void {
    this.picture.learnRefusal(level);
    if (soldOut !== null && soldOut.untilMs > this.services.runtime.now()) {
      this.picture.learnSplit(level, soldOut.left, true);
    }
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
        await this.read(unreadItems);
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
        await this.read(unread);
        continue;
      }
      const promisedUnread = this.skusPromisedUnread(allocation.takes);
      if (promisedUnread.length > 0) {
        await this.read(promisedUnread);
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
      await this.read(kits);
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

  private async read(skus: readonly string[]): Promise<void> {
    const { client, tables, locations } = this.services;
    const found = await Promise.all(
      skus.map(async (sku) => [sku, await readSku(client, tables.inventory, sku)] as const),
    );
    const named = this.taking.wished.flatMap(({ locationId }) => (locationId === null ? [] : [locationId]));
    const places = found.flatMap(([, { levels }]) => levels.map(({ locationId }) => locationId));
    this.picture.learnLocations(await locations.including([...places, ...named]));
    for (const [sku, { item, levels }] of found) {
      this.picture.learnSku(sku, item, levels, named);
      for (const level of levels) {
        const hot = this.services.hotLevels.learn(level);
        if (hot !== null) {
          this.learnHot(hot);
        }
      }
    }
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
          places: backordered > 0 ? [{ promisedAtMs: this.nowMs, quantity: backordered }] : [],
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
        choice: await this.cells.choose(key, quantity),
      })),
    );
    const chosen = new Map<string, ChosenUnits>();
    for (const { name, key, quantity, choice } of choices) {
      if (choice.kind === "units") {
        chosen.set(name, choice.units);
        continue;
      }
      await this.learnShortage(key, choice);
      if (takes.some(({ demand }) => demand.sku === key.sku && demand.locationId === null)) {
        await this.countElsewhere(key.sku, quantity);
      }
    }
    return chosen.size === wanted.size ? chosen : null;
  }

  /** The other split levels of a SKU are looked at together: one after the other, many of them would take too long. */
  private async countElsewhere(sku: string, quantity: number): Promise<void> {
    const choices = await Promise.all(
      this.picture.uncountedLevels(sku).map(async (key) => ({ key, choice: await this.cells.choose(key, quantity) })),
    );
    for (const { key, choice } of choices) {
      await this.learnShortage(key, choice);
    }
  }

  private async learnShortage(key: LevelKey, choice: CellChoice): Promise<void> {
    switch (choice.kind) {
      case "units":
        return;
      case "short":
        this.picture.learnSplit(choice.level, choice.left, true);
        return;
      case "not-split":
        await this.read([key.sku]);
        return;
    }
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
      lines: countPurchases(lines, limits, this.nowMs),
      knowledge: {
        conditions: (effect) => conditionsOfTaking(this.picture, effect, lines, this.nowMs),
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
      await this.read([...new Set(unseen)]);
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

  // What a write has taught.

  /** What was known before the refused write proves nothing after it. */
  beginLearning(): void {
    this.picture.forgetProofs();
  }

  learnMissing(key: LevelKey): void {
    this.picture.learnMissing(key);
  }

  learnLevel(level: Level): void {
    this.picture.learnRefusal(level);
    const hot = this.services.hotLevels.learn(level);
    if (hot !== null) {
      this.cells.noteMiss();
      this.learnHot(hot);
    }
  }

  learnCell(key: StockKey, cell: CellId, units: number): void {
    this.cells.noteMiss();
    this.services.hotLevels.learnCell(key, cell, units);
  }

  /**
   * Makes for other cells after contention, or for the cells of a level that was taken for a plain one: at the begin
   * of a drop nobody has met it yet, and a read tells what the write did not come to. False when there is nowhere
   * else to make for.
   */
  async evade(contended: readonly ChangeLabel[]): Promise<boolean> {
    let evaded = false;
    for (const label of contended) {
      if (label.kind !== "stock") {
        continue;
      }
      const { key } = label.effect;
      if (key.cell !== null) {
        this.services.hotLevels.leaveHome(key, key.cell);
        evaded = true;
      } else if (!this.picture.isSplit(key)) {
        const hot = await this.cells.lookOnce(key);
        if (hot !== null) {
          this.learnHot(hot);
          evaded = true;
        }
      }
    }
    return evaded;
  }

  learnTaken(parts: readonly LabelledPart<ChangeLabel>[]): void {
    for (const { label } of parts) {
      if (label.kind === "stock" && label.effect.allocated > 0) {
        this.services.hotLevels.learnTaken(label.effect.key, label.effect.key.cell?.index ?? 0, label.effect.allocated);
      }
    }
  }
}

/** What lines of a SKU that grows have of other lines: of one component for each line, which stands for the others. */
function regrouped(
  before: readonly RequestedLine[],
  wished: readonly WishedLine[],
  missing: readonly Demand[],
): readonly Demand[] {
  const ordered = (lines: readonly RequestedLine[], sku: string): number =>
    lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
  return wished.flatMap((each, line) => {
    const { locationId, quantity } = each;
    const grown = Math.min(quantity, ordered(wished, each.sku) - ordered(before, each.sku));
    const [part] = componentsOf(each);
    return part === undefined || grown <= 0 || missing.some((demand) => demand.line === line)
      ? []
      : [{ line, sku: part.sku, quantity: part.quantity * grown, locationId }];
  });
}

function lineName({ sku, locationId }: RequestedLine): string {
  return `${sku}#${locationId ?? ""}`;
}
