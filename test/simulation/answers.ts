/** Judges what clients are told by what has happened: an answer is a promise, too. */
import type { Refusal } from "../../functions/domain/refusal.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import type { Reserved } from "../../functions/reservations/reserve-stock.ts";
import type { Adjusted } from "../../functions/stock/adjust-stock.ts";
import type { Attempt } from "./clients.ts";
import type { Ledger, Life } from "./ledger.ts";
import { WantOfStock } from "./want-of-stock.ts";
import type { World } from "./world/world.ts";

export class Answers {
  readonly paths: Record<string, number> = {};
  private readonly world: World;
  private readonly ledger: Ledger;
  private readonly wantOfStock: WantOfStock;

  constructor(world: World, ledger: Ledger) {
    this.world = world;
    this.ledger = ledger;
    this.wantOfStock = new WantOfStock(world, ledger);
  }

  judge(attempt: Attempt): void {
    const { operation, outcome } = attempt;
    const { command } = operation;
    if (outcome.kind === "refused") {
      this.reach(`${command.kind} refused: ${outcome.refusal.kind}`);
      this.judgeRefusal(attempt, outcome.refusal);
      return;
    }
    if (outcome.kind !== "done") {
      return;
    }
    this.reach(`${command.kind} done`);
    switch (command.kind) {
      case "reserve":
        this.lifeOf((outcome.value as Reserved).reservation);
        return;
      case "rearrange":
      case "extend":
      case "return":
        this.lifeOf(outcome.value as Reservation);
        return;
      case "commit": {
        const reservation = outcome.value as Reservation;
        if (this.lifeOf(reservation)?.orderIds.has(command.orderId) !== true) {
          this.fail(attempt, `${reservation.reservationId} was never committed for ${command.orderId}`);
        }
        if ("reacquired" in reservation && reservation.reacquired) {
          this.reach("a late commit took its stock again");
        }
        return;
      }
      case "release":
        this.needs(attempt, outcome.value as Reservation, "released", "fulfilled");
        return;
      case "fulfil":
        this.needs(attempt, outcome.value as Reservation, "committed");
        return;
      case "adjust":
        this.judgeAdjustment(attempt, outcome.value as Adjusted);
    }
  }

  /** At rest nothing may have been adjusted twice, and every reservation is where it stays. */
  judgeAtRest(): void {
    for (const [reference, times] of this.ledger.references) {
      const most = reference.startsWith("adjust-") ? 3 : 1;
      if (times > most) {
        this.world.fail("a change is made once", `${reference}: ${times} times`);
      }
    }
    for (const { statuses } of this.ledger.lives.values()) {
      this.reach(`reservation: ${[...statuses].join(" → ")}`);
    }
    const { givenBack, putBack } = this.ledger.deleted;
    this.reach("a deleted hold was given back", givenBack);
    this.reach("a deleted hold was put back", putBack);
    for (const { after } of this.ledger.levelChanges) {
      this.reach(`movement: ${after.lastChange.type}`);
    }
  }

  private judgeRefusal(attempt: Attempt, refusal: Refusal): void {
    const { command } = attempt.operation;
    if (command.kind === "reserve" && refusal.kind === "insufficient-stock") {
      this.wantOfStock.judge(attempt, command);
    }
  }

  private judgeAdjustment(attempt: Attempt, { results }: Adjusted): void {
    const { number } = attempt.operation;
    for (const result of results) {
      if (result.kind === "applied") {
        const { sku, locationId } = result.adjustment;
        if ((this.ledger.references.get(`adjust-${number} ${sku}#${locationId}`) ?? 0) === 0) {
          this.fail(attempt, `${sku} at ${locationId} was never adjusted`);
        }
      }
    }
  }

  private needs(attempt: Attempt, reservation: Reservation, ...statuses: Reservation["status"][]): void {
    const life = this.lifeOf(reservation);
    if (life !== null && !statuses.some((status) => life.statuses.has(status))) {
      this.fail(attempt, `${reservation.reservationId} was never ${statuses.join(" or ")}`);
    }
  }

  private lifeOf(reservation: Reservation): Life | null {
    const life = this.ledger.lives.get(reservation.uid) ?? null;
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
