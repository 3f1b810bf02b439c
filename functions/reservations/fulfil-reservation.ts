import type { StockEffect } from "../domain/effects.ts";
import type { ShippedUnits } from "../domain/fulfilment.ts";
import { decideFulfil } from "../domain/life-cycle.ts";
import { done, type Outcome, refused } from "../domain/refusal.ts";
import { changeFor, type RememberedChange, type Reservation } from "../domain/reservation.ts";
import { parseCell } from "../storage/cells.ts";
import { parseLevel } from "../storage/levels.ts";
import type { StoredItem } from "../storage/stored-item.ts";
import { brokenPromise, changeReservation, reservationNotFound } from "./change-reservation.ts";
import type { CommandContext, EndingServices } from "./services.ts";

export interface FulfilCommand extends CommandContext {
  readonly reservationId: string;
  readonly expectedRevision: number | null;
  /** Null: all of it. */
  readonly units: readonly ShippedUnits[] | null;
  /** The caller's key, so that the same shipment is not counted twice; null when none was sent. */
  readonly change: RememberedChange | null;
}

/** The order, or a part of it, has left the house: its units leave the stock and the promise is kept, once. */
export async function fulfilReservation(
  services: EndingServices,
  command: FulfilCommand,
): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  return await changeReservation<Reservation>(
    services,
    command,
    (reservation) => {
      if (reservation === null) {
        return { kind: "answer", outcome: reservationNotFound };
      }
      const decision = decideFulfil(reservation, command, nowMs);
      if (decision.kind === "refused") {
        return { kind: "answer", outcome: decision };
      }
      if (decision.kind === "already-fulfilled") {
        return { kind: "answer", outcome: done(decision.reservation) };
      }
      return {
        kind: "change",
        change: {
          from: reservation,
          to: decision.next,
          lastChange: changeFor(reservation, "fulfilled", { actor: command.actor, atMs: nowMs }),
          levelsRefused: (refusals) => shelfIsShort(reservation, refusals),
        },
      };
    },
    (reservation) => reservation,
  );
}

/** A forced count or adjustment left less on the shelf than is promised: what is not there cannot be shipped. */
function shelfIsShort(
  reservation: Reservation,
  refusals: ReadonlyMap<StockEffect, StoredItem | undefined>,
): Outcome<never> {
  const changes = [...refusals].map(([{ key, fulfilled }, image]) => {
    const { cell } = key;
    const figures =
      image === undefined
        ? null
        : (cell === null ? parseLevel(key, image) : parseCell({ ...key, cell }, image)).figures;
    if (figures === null || figures.reserved < fulfilled) {
      throw brokenPromise(reservation, [key]);
    }
    const { sku, locationId } = key;
    return { sku, locationId, state: "onHand" as const, delta: -fulfilled, available: figures.onHand };
  });
  return refused({ kind: "would-oversell", changes });
}
