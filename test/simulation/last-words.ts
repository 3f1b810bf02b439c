/**
 * Nothing is stuck: when nothing goes wrong any more, everybody comes once more, and everything that is open can be
 * ended, what has expired is paid late or is told to be gone, and goods can come back anywhere. Carts are changed once
 * more while they are held still.
 */
import type { Outcome } from "../../functions/domain/refusal.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { rearrangeReservation } from "../../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { returnUnits } from "../../functions/reservations/return-units.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import { locationIds } from "./catalogue.ts";
import { environmentOf } from "./clients.ts";
import type { Ledger } from "./ledger.ts";
import { type SimulatedService, textOf } from "./service.ts";
import type { Process } from "./world/process.ts";

/** The latest of each sort speak for the others. */
const mostOfEach = 4;

/** Carts that are held for longer than this are changed and released before the run comes to rest. */
const leastHoldMs = 60_000;

/** Asks for more of those who are left. */
class Asking {
  readonly services: ReservationServices;
  private readonly simulated: SimulatedService;
  private readonly process: Process;

  constructor(simulated: SimulatedService, name: string) {
    this.simulated = simulated;
    const { process, services } = environmentOf(simulated, name);
    this.process = process;
    this.services = services;
  }

  context() {
    return { actor: "last", budgetEndsAtMs: this.services.runtime.now() + 8_000, expectedRevision: null };
  }

  answered(what: string, { reservationId }: Reservation, outcome: Outcome<unknown>, mayRefuse: boolean): void {
    if (outcome.kind === "contention" || (outcome.kind === "refused" && !mayRefuse)) {
      this.fail(`${what} of ${reservationId}: ${JSON.stringify(outcome).slice(0, 300)}`);
    }
  }

  start(speak: () => Promise<void>, ended: () => void = () => undefined): void {
    this.process.start(speak, (error) => {
      if (error !== null) {
        this.fail(textOf(error));
      }
      ended();
    });
  }

  private fail(detail: string): void {
    this.simulated.world.fail("nothing is stuck", detail);
  }
}

/** The latest reservations of a status, the newest first. */
function latestOf(ledger: Ledger, status: Reservation["status"]): readonly Reservation[] {
  const latest = ledger.lives.kept().map((life) => life.latest);
  return latest.filter((each) => each.status === status).reverse();
}

/** Changes and releases carts that are held still, while nothing else goes wrong. */
export function changeCarts(simulated: SimulatedService, ledger: Ledger): void {
  const { world } = simulated;
  const asking = new Asking(simulated, "late");
  const { services } = asking;
  const isLasting = ({ expiresAtMs }: Reservation): boolean => expiresAtMs > world.nowMs + leastHoldMs;
  const speak = async (): Promise<void> => {
    for (const cart of latestOf(ledger, "held").filter(isLasting).slice(0, mostOfEach)) {
      const lines = cart.lines.map(({ sku, locationId }) => ({ sku, locationId, quantity: 1 }));
      const command = { ...asking.context(), reservationId: cart.reservationId, lines, ttlSeconds: null };
      asking.answered("the change", cart, await rearrangeReservation(services, command), true);
      asking.answered("the release", cart, await releaseReservation(services, { ...command, reason: null }), false);
    }
  };
  world.faults.areHeldBack = true;
  asking.start(speak, () => {
    world.faults.areHeldBack = false;
  });
}

export function sayLastWords(simulated: SimulatedService, ledger: Ledger): void {
  const asking = new Asking(simulated, "last");
  const { services } = asking;
  const speak = async (): Promise<void> => {
    const of = (status: Reservation["status"]) => latestOf(ledger, status).slice(0, mostOfEach);
    for (const shipped of of("fulfilled")) {
      const leg = shipped.lines.flatMap(({ legs }) => legs).find(({ fulfilled, returned }) => fulfilled > returned);
      for (const locationId of leg === undefined ? [] : locationIds.slice(-1)) {
        const units = [{ sku: leg?.sku ?? "", quantity: 1, locationId, disposition: "restock" as const }];
        const command = { ...asking.context(), reservationId: shipped.reservationId, units, change: null };
        asking.answered("the return", shipped, await returnUnits(services, command), true);
      }
    }
    for (const late of of("expired")) {
      const command = { ...asking.context(), reservationId: late.reservationId, orderId: "late" };
      asking.answered("the late payment", late, await commitReservation(services, command), true);
    }
    for (const order of of("committed")) {
      const command = { ...asking.context(), reservationId: order.reservationId, reason: null };
      asking.answered("the release", order, await releaseReservation(services, command), false);
    }
  };
  asking.start(speak);
}
