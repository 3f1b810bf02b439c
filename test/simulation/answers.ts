/** Judges what clients are told by what has happened: an answer is a promise, too. */
import type { Adjustment } from "../../functions/domain/adjustment.ts";
import { isSameRequest } from "../../functions/domain/line.ts";
import type { Refusal } from "../../functions/domain/refusal.ts";
import { endOf, isOpen, orderOf, type Reservation } from "../../functions/domain/reservation.ts";
import type { Reserved } from "../../functions/reservations/reserve-stock.ts";
import type { Adjusted } from "../../functions/stock/adjust-stock.ts";
import type { Attempt } from "./clients.ts";
import { actorOf, requestDigestOf } from "./commands.ts";
import type { Ledger, StockWrite } from "./ledger.ts";
import type { Life } from "./lives.ts";
import type { LocationsInUse } from "./locations-in-use.ts";
import type { Command, Operation } from "./operation.ts";
import type { WantOfStock } from "./want-of-stock.ts";
import { longestSkewMs } from "./world/process.ts";
import type { World } from "./world/world.ts";

/** The longest wait between two tries: what is left of a budget may be less. */
const longestWaitMs = 250;

/** Commands that write each level or cell once at most, however often they are sent. */
const writesOnce: ReadonlySet<Command["kind"]> = new Set(["reserve", "commit", "release", "fulfil", "return"]);

export class Answers {
  readonly paths: Record<string, number> = {};
  private readonly world: World;
  private readonly ledger: Ledger;
  private readonly wantOfStock: WantOfStock;
  private readonly locations: LocationsInUse;

  constructor(world: World, ledger: Ledger, wantOfStock: WantOfStock, locations: LocationsInUse) {
    this.world = world;
    this.ledger = ledger;
    this.wantOfStock = wantOfStock;
    this.locations = locations;
  }

  judge(attempt: Attempt): void {
    const { operation, outcome, tookMs, budgetMs } = attempt;
    const { kind } = operation.command;
    switch (outcome.kind) {
      case "contention":
        if (!this.mayGiveUpEarly(operation.command) && tookMs < budgetMs - longestWaitMs) {
          this.fail(attempt, `contention was waited for only ${tookMs} ms`);
        }
        return;
      case "refused":
        this.reach(`${kind} refused: ${outcome.refusal.kind}`);
        this.judgeRefusal(attempt, outcome.refusal);
        return;
      case "done":
        this.reach(`${kind} done`);
        this.judgeDone(attempt, outcome.value);
    }
  }

  /** A cart that is changed too often, or an expired one whose late commits race, may be given up before the time. */
  private mayGiveUpEarly(command: Command): boolean {
    return (
      command.kind === "rearrange" || (command.kind === "commit" && this.ledger.lives.hasExpired(command.reservationId))
    );
  }

  private judgeDone(attempt: Attempt, value: unknown): void {
    const { operation, expectedRevision, begunMs } = attempt;
    const { command } = operation;
    switch (command.kind) {
      case "reserve": {
        const { reservation, created } = value as Reserved;
        if (this.lifeOf(reservation)?.latest.requestDigest !== requestDigestOf(operation)) {
          this.fail(attempt, `${reservation.reservationId} is another request's`);
        }
        if (created) {
          this.locations.judge(reservation, begunMs);
          this.wantOfStock.judgePromise(attempt, command, reservation);
        }
        return;
      }
      case "rearrange": {
        const { linesRevision } = value as Reservation;
        this.judgeInTime(attempt, this.lifeOf(value as Reservation));
        if (expectedRevision !== null && linesRevision !== expectedRevision && linesRevision !== expectedRevision + 1) {
          this.fail(attempt, `revision ${linesRevision} came of ${expectedRevision}`);
        }
        return;
      }
      case "extend":
        this.judgeInTime(attempt, this.lifeOf(value as Reservation));
        return;
      case "return":
        this.lifeOf(value as Reservation);
        return;
      case "commit": {
        const reservation = value as Reservation;
        if (this.lifeOf(reservation)?.orders.has(command.orderId) !== true) {
          this.fail(attempt, `${reservation.reservationId} was never committed for ${command.orderId}`);
        }
        if ("reacquired" in reservation && reservation.reacquired) {
          this.reach("a late commit took its stock again");
        }
        if (expectedRevision !== null && reservation.linesRevision !== expectedRevision) {
          this.fail(attempt, `revision ${reservation.linesRevision} was committed instead of ${expectedRevision}`);
        }
        return;
      }
      case "release":
        this.needs(attempt, value as Reservation, "released", "fulfilled");
        return;
      case "fulfil":
        this.needs(attempt, value as Reservation, "committed");
        return;
      case "adjust":
        this.judgeAdjustment(attempt, value as Adjusted);
    }
  }

  /** Who comes after the deadline, by any clock, changes a hold no more. */
  private judgeInTime(attempt: Attempt, life: Life | null): void {
    const { counts } = this.world.faults;
    const found = life?.shapes.findLast(({ atMs }) => atMs < attempt.begunMs);
    const made = life?.shapes.filter(({ atMs }) => atMs >= attempt.begunMs) ?? [];
    // What was sent in time may be written long after; and of several changes it is not known whose they are.
    const isOwn = made.length === 1 && counts.stall === 0 && counts["applied-late"] === 0;
    if (found !== undefined && isOwn && found.expiresAtMs < attempt.begunMs - 2 * longestSkewMs) {
      this.fail(attempt, `${life?.reservationId} was changed, and its deadline was ${found.expiresAtMs}`);
    }
  }

  /** At rest nothing may have been done twice, and every reservation is where it stays. */
  judgeAtRest(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { command, number } = operation;
      for (const [name, times] of countOf(this.writesOf(operation))) {
        // A record that the table has deleted knows nothing of a request that comes again.
        const again = "reservationId" in command ? this.ledger.lives.timesOrphaned(command.reservationId) : 0;
        if (times > mostWrites(command, name) + again) {
          this.world.fail("a change is made once", `operation ${number} wrote ${name} ${times} times`);
        }
      }
      for (const write of this.writesOf(operation)) {
        if (command.kind === "adjust" && !mayBeWritten(write, command)) {
          this.world.fail("what is promised or in cells is not taken", `operation ${number}: ${JSON.stringify(write)}`);
        }
      }
    }
    for (const { statuses } of this.ledger.lives.all()) {
      this.reach(`reservation: ${[...statuses].join(" → ")}`);
    }
    const { givenBack, putBack } = this.ledger.deleted;
    this.reach("a deleted hold was given back", givenBack);
    this.reach("a deleted record was put back", putBack);
    for (const { after } of this.ledger.levelChanges) {
      this.reach(`movement: ${after.lastChange.type}`);
    }
  }

  private judgeRefusal(attempt: Attempt, refusal: Refusal): void {
    const { operation, begunMs } = attempt;
    const { command } = operation;
    switch (command.kind) {
      case "reserve":
        if (refusal.kind === "insufficient-stock") {
          this.wantOfStock.judge(attempt, command);
        }
        if (refusal.kind === "hold-limit-exceeded" && this.holdsSince(command.customerId, begunMs) < refusal.most) {
          this.fail(attempt, `${command.customerId} has fewer open holds than ${refusal.most}`);
        }
        for (const { latest } of this.ledger.lives.kept()) {
          if (latest.requestDigest === requestDigestOf(operation) && isOpen(latest)) {
            this.fail(attempt, `${refusal.kind}, but ${latest.reservationId} is open`);
          }
        }
        return;
      case "rearrange": {
        const now = this.ledger.lives.openReservation(command.reservationId);
        if (refusal.kind === "insufficient-stock" && now !== null && isSameRequest(now.lines, command.lines)) {
          this.fail(attempt, `${refusal.kind}, but ${now.reservationId} has these lines`);
        }
        return;
      }
      case "commit":
        if (
          refusal.kind === "reservation-expired" &&
          this.ledger.lives.isCommitted(command.reservationId, command.orderId)
        ) {
          this.fail(attempt, `${refusal.kind}, but ${command.reservationId} is committed for ${command.orderId}`);
        }
        return;
      case "adjust":
        if (this.writesOf(operation).length > 0) {
          this.fail(attempt, `${refusal.kind}, but it was made`);
        }
    }
  }

  /** What was applied was written, and does what was asked for. */
  private judgeAdjustment(attempt: Attempt, { results }: Adjusted): void {
    const writes = this.writesOf(attempt.operation);
    for (const result of results) {
      if (result.kind !== "applied") {
        continue;
      }
      const { sku, locationId } = result.adjustment;
      const ofLevel = writes.filter(({ name }) => name === `${sku}#${locationId}`);
      const isAlone = results.filter(({ adjustment }) => isOfLevel(adjustment, sku, locationId)).length === 1;
      const [write] = ofLevel;
      if (write === undefined) {
        this.fail(attempt, `${sku} at ${locationId} was never adjusted`);
      } else if (isAlone && !isWhatWasAsked(result.adjustment, write)) {
        this.fail(attempt, `${JSON.stringify(result.adjustment)} made ${JSON.stringify(write)}`);
      }
    }
  }

  /** How many holds a customer has had open since then, by clocks that may differ. */
  private holdsSince(customerId: string | null, sinceMs: number): number {
    return this.ledger.lives.all().filter(({ latest }) => {
      const heldUntilMs = orderOf(latest)?.committedAtMs ?? endOf(latest) ?? Number.POSITIVE_INFINITY;
      return latest.customerId === customerId && heldUntilMs >= sinceMs - longestSkewMs;
    }).length;
  }

  private writesOf(operation: Operation): readonly StockWrite[] {
    return this.ledger.writes.get(actorOf(operation)) ?? [];
  }

  private needs(attempt: Attempt, reservation: Reservation, ...statuses: Reservation["status"][]): void {
    const life = this.lifeOf(reservation);
    if (life !== null && !statuses.some((status) => life.statuses.has(status))) {
      this.fail(attempt, `${reservation.reservationId} was never ${statuses.join(" or ")}`);
    }
  }

  private lifeOf(reservation: Reservation): Life | null {
    const life = this.ledger.lives.of(reservation.uid) ?? null;
    if (life === null) {
      this.world.fail("answers are true", `${reservation.reservationId} (${reservation.uid}) was never written`);
    }
    return life;
  }

  private fail({ operation }: Attempt, detail: string): void {
    this.world.fail("answers are true", `operation ${operation.number} ${operation.command.kind}: ${detail}`);
  }

  private reach(path: string, times = 1): void {
    this.paths[path] = (this.paths[path] ?? 0) + times;
  }
}

function countOf(writes: readonly StockWrite[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of writes) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** How often a command may write a level or a cell, however often it is sent. */
function mostWrites(command: Command, name: string): number {
  if (command.kind !== "adjust") {
    return writesOnce.has(command.kind) ? 1 : Number.POSITIVE_INFINITY;
  }
  const changes = command.changes.filter(({ sku, locationId }) => `${sku}#${locationId}` === name);
  return command.atomic ? 1 : changes.length;
}

/** Without force nothing is taken that is promised; nor from a split level what is in cells, and nothing is set there. */
function mayBeWritten(
  { name, before, after, isSplit }: StockWrite,
  { changes }: Extract<Command, { kind: "adjust" }>,
): boolean {
  const ofLevel = changes.filter(({ sku, locationId }) => `${sku}#${locationId}` === name);
  const isWorse = after.sellable < Math.min(0, before?.sellable ?? 0);
  const isForced = ofLevel.some(({ force }) => force) && !isSplit;
  // Of several that are not atomic, each may have been made without the others.
  const meetsWhole = ofLevel.every(({ set, expected }) => set !== null || expected !== null);
  return (!isWorse || isForced) && !(isSplit && meetsWhole);
}

function isOfLevel(adjustment: Adjustment, sku: string, locationId: string): boolean {
  return adjustment.sku === sku && adjustment.locationId === locationId;
}

function isWhatWasAsked({ state, change, expected }: Adjustment, { before, after }: StockWrite): boolean {
  const was = before?.[state] ?? 0;
  const isSum = change.kind === "set" ? after[state] === change.quantity : after[state] === was + change.delta;
  return isSum && (expected === null || expected === was);
}
