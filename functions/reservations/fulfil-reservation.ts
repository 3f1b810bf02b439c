import { decideFulfil } from "../domain/life-cycle.ts";
import { done, type Outcome, refused } from "../domain/refusal.ts";
import { changeFor, fulfilled, type Leg, type Reservation } from "../domain/reservation.ts";
import { parseLevel, unitsAreReserved, unitsAreThere } from "../storage/levels.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { brokenPromise, endReservation, reservationNotFound } from "./end-reservation.ts";
import type { CommandContext, EndingServices } from "./services.ts";

export interface FulfilCommand extends CommandContext {
  readonly reservationId: string;
  readonly expectedRevision: number | null;
}

/** The order has left the house: its units leave the stock and the promise is kept, once. */
export async function fulfilReservation(
  services: EndingServices,
  command: FulfilCommand,
): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  return await endReservation<Reservation>(
    services,
    command,
    (reservation) => {
      if (reservation === null) {
        return { kind: "answer", outcome: reservationNotFound };
      }
      const decision = decideFulfil(reservation, command.expectedRevision);
      if (decision.kind === "refused") {
        return { kind: "answer", outcome: decision };
      }
      if (decision.kind === "already-fulfilled") {
        return { kind: "answer", outcome: done(decision.reservation) };
      }
      const from = decision.reservation;
      return {
        kind: "end",
        ending: {
          from,
          to: fulfilled(from, nowMs),
          lastChange: changeFor(from, "fulfilled", { actor: command.actor, atMs: nowMs }),
          change: (leg) => ({
            deltas: { onHand: -leg.quantity, reserved: -leg.quantity },
            conditions: [unitsAreReserved(leg.quantity), unitsAreThere("onHand", leg.quantity)],
          }),
          levelsRefused: (refusals) => shelfIsShort(from, refusals),
        },
      };
    },
    (reservation) => reservation,
  );
}

/** A forced count or adjustment left less on the shelf than is promised: what is not there cannot be shipped. */
function shelfIsShort(reservation: Reservation, refusals: ReadonlyMap<Leg, StoredItem | undefined>): Outcome<never> {
  const changes = [...refusals].map(([leg, image]) => {
    const level = image === undefined ? null : parseLevel(leg, image);
    if (level === null || level.figures.reserved < leg.quantity) {
      throw brokenPromise(reservation, [leg]);
    }
    return {
      sku: leg.sku,
      locationId: leg.locationId,
      state: "onHand" as const,
      delta: -leg.quantity,
      available: level.figures.onHand,
    };
  });
  return refused({ kind: "would-oversell", changes });
}
