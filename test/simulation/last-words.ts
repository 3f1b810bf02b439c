/**
 * Nothing is stuck: when nothing goes wrong any more, everybody comes once more, and everything that is open can be
 * ended, what has expired is paid late or is told to be gone, and goods can come back anywhere.
 */
import type { Outcome } from "../../functions/domain/refusal.ts";
import type { Reservation } from "../../functions/domain/reservation.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { rearrangeReservation } from "../../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { returnUnits } from "../../functions/reservations/return-units.ts";
import { locationIds } from "./catalogue.ts";
import { environmentOf } from "./clients.ts";
import type { Ledger } from "./ledger.ts";
import { type SimulatedService, textOf } from "./service.ts";

/** The latest of each sort speak for the others. */
const mostOfEach = 4;

export async function sayLastWords(simulated: SimulatedService, ledger: Ledger): Promise<void> {
  const { world } = simulated;
  const { process, services } = environmentOf(simulated, "last");
  const context = () => ({ actor: "last", budgetEndsAtMs: services.runtime.now() + 8_000, expectedRevision: null });
  const answered = (what: string, { reservationId }: Reservation, outcome: Outcome<unknown>, mayRefuse: boolean) => {
    if (outcome.kind === "contention" || (outcome.kind === "refused" && !mayRefuse)) {
      world.fail("nothing is stuck", `${what} of ${reservationId}: ${JSON.stringify(outcome).slice(0, 300)}`);
    }
  };
  const speak = async (): Promise<void> => {
    const latest = ledger.lives
      .kept()
      .map((life) => life.latest)
      .reverse();
    const of = (status: Reservation["status"]) => latest.filter((each) => each.status === status).slice(0, mostOfEach);
    for (const shipped of of("fulfilled")) {
      const leg = shipped.lines.flatMap(({ legs }) => legs).find(({ fulfilled, returned }) => fulfilled > returned);
      for (const locationId of leg === undefined ? [] : locationIds.slice(-1)) {
        const units = [{ sku: leg?.sku ?? "", quantity: 1, locationId, disposition: "restock" as const }];
        const command = { ...context(), reservationId: shipped.reservationId, units, change: null };
        answered("the return", shipped, await returnUnits(services, command), true);
      }
    }
    for (const late of of("expired")) {
      const command = { ...context(), reservationId: late.reservationId, orderId: "late" };
      answered("the late payment", late, await commitReservation(services, command), true);
    }
    for (const cart of of("held")) {
      const lines = cart.lines.map(({ sku, locationId }) => ({ sku, locationId, quantity: 1 }));
      const command = { ...context(), reservationId: cart.reservationId, lines, ttlSeconds: null };
      answered("the change", cart, await rearrangeReservation(services, command), true);
      answered("the release", cart, await releaseReservation(services, { ...command, reason: null }), false);
    }
    for (const order of of("committed")) {
      const command = { ...context(), reservationId: order.reservationId, reason: null };
      answered("the release", order, await releaseReservation(services, command), false);
    }
  };
  process.start(speak, (error) => {
    if (error !== null) {
      world.fail("nothing is stuck", textOf(error));
    }
  });
}
