/**
 * Plan, try, learn: the one way in which stock is promised. The first try assumes the plain case; a refused
 * write brings the levels back, and the next plan is made from them. Stock is decided inside the write, so a
 * plan that was made from old figures can cost a second try but can never oversell.
 */
import { allocate, type Shortfall } from "../domain/allocation.ts";
import type { LastChange } from "../domain/level.ts";
import { contention, done, type Outcome, refused } from "../domain/refusal.ts";
import { type Leg, legsOf, type RequestedLine, type ReservationLine } from "../domain/reservation.ts";
import { changeOfLevel, parseLevel, readLevelsOfSku, stockIsFree, takesReservations } from "../storage/levels.ts";
import { RetryBudget } from "../storage/retry-budget.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { readSummaries } from "../storage/summaries.ts";
import { type LabelledPart, mostActions, type TransactionPart, transact } from "../storage/transaction.ts";
import { explainShortage } from "./explain-shortage.ts";
import type { ReservationServices } from "./services.ts";
import { StockPicture } from "./stock-picture.ts";

export interface Taking<T> {
  readonly lines: readonly RequestedLine[];
  /** What each level's write says of itself. */
  readonly lastChange: LastChange;
  readonly budgetEndsAtMs: number;
  /** The record that carries the promise, written in the same transaction. */
  record(lines: readonly ReservationLine[]): { readonly write: TransactionPart; readonly result: T };
  /** What it means that the record's own condition failed on this image; nothing was written. */
  recordRefused(image: StoredItem | undefined): Outcome<T>;
}

type Label = "record" | Leg;

/** Promises all lines or none. Refused only when the stock was wanting in the try itself or in a consistent read after it. */
export async function takeStock<T>(services: ReservationServices, taking: Taking<T>): Promise<Outcome<T>> {
  const { client, tables, runtime } = services;
  const budget = new RetryBudget(runtime, taking.budgetEndsAtMs);
  const picture = await firstPicture(services, taking.lines);
  let uncertain = false;

  for (;;) {
    let plan = allocate(taking.lines, picture.known());
    if (plan.kind === "short") {
      const unread = skusToRead(taking.lines, plan.shortfalls, picture, uncertain);
      if (unread.length > 0) {
        await readConsistently(services, picture, unread, taking.lines);
        uncertain = false;
        plan = allocate(taking.lines, picture.known());
      }
    }
    if (plan.kind === "short") {
      return refused(await explainShortage(services, plan.shortfalls));
    }
    const legs = legsOf(plan);
    if (legs.length > mostActions) {
      return refused({ kind: "reservation-too-large", levels: legs.length, most: mostActions });
    }

    const { write, result } = taking.record(plan.lines);
    const parts: LabelledPart<Label>[] = [
      { label: "record", part: write },
      ...legs.map((leg) => ({ label: leg, part: takingOf(tables.inventory, leg, taking.lastChange) })),
    ];
    const token = runtime.newId();
    let written = await transact(client, token, parts);
    while (written.kind === "contended") {
      if (!(await budget.nextTry())) {
        return contention;
      }
      written = await transact(client, token, parts);
    }
    if (written.kind === "written") {
      return done(result);
    }

    if (written.failed.has("record")) {
      return taking.recordRefused(written.failed.get("record"));
    }
    picture.forgetProofs();
    uncertain = written.conflicted;
    for (const [label, image] of written.failed) {
      if (label !== "record") {
        picture.learnRefusal(label, image === undefined ? null : parseLevel(label, image));
      }
    }
    if (!budget.allowsAnotherPlan()) {
      return contention;
    }
  }
}

function takingOf(table: string, leg: Leg, lastChange: LastChange): TransactionPart {
  return changeOfLevel(table, leg, lastChange, { reserved: leg.quantity }, [
    takesReservations,
    stockIsFree(leg.quantity),
  ]);
}

/** Lines that name their location need no reading at all; the others begin with the summaries, in one call. */
async function firstPicture(services: ReservationServices, lines: readonly RequestedLine[]): Promise<StockPicture> {
  const skus = [...new Set(lines.filter(({ locationId }) => locationId === null).map(({ sku }) => sku))];
  const [locations, summaries] = await Promise.all([
    services.locations.current(),
    skus.length === 0 ? new Map() : readSummaries(services.client, services.tables.views, skus),
  ]);
  const picture = new StockPicture(locations);
  if (summaries.size > 0) {
    for (const summary of summaries.values()) {
      picture.learnSummary(summary);
    }
    picture.learnLocations(await services.locations.including(picture.locationIds()));
  }
  for (const { sku, locationId } of lines) {
    if (locationId !== null) {
      picture.learnNamed({ sku, locationId });
    }
  }
  return picture;
}

/** The SKUs whose shortage is not proven yet; all of them when a conflict hid some levels from view. */
function skusToRead(
  lines: readonly RequestedLine[],
  shortfalls: readonly Shortfall[],
  picture: StockPicture,
  uncertain: boolean,
): readonly string[] {
  const doubtful = uncertain
    ? lines
    : shortfalls.map(({ line }) => line).filter(({ sku, locationId }) => !picture.isVerified(sku, locationId));
  return [...new Set(doubtful.map(({ sku }) => sku))];
}

async function readConsistently(
  { client, tables, locations }: ReservationServices,
  picture: StockPicture,
  skus: readonly string[],
  lines: readonly RequestedLine[],
): Promise<void> {
  const levels = await Promise.all(
    skus.map(async (sku) => [sku, await readLevelsOfSku(client, tables.inventory, sku)] as const),
  );
  for (const [sku, found] of levels) {
    const named = lines.flatMap((line) => (line.sku === sku && line.locationId !== null ? [line.locationId] : []));
    picture.learnLevels(sku, found, named);
  }
  const places = levels.flatMap(([, found]) => found.map(({ locationId }) => locationId));
  picture.learnLocations(await locations.including(places));
}
