/** The backorder queue: stock that comes in goes to the oldest promise first, partly if need be. */
import { isPreorder, type Level } from "./level.ts";
import type { Leg, ReservationLine } from "./line.ts";

/** One place in the queue of a level. */
export interface QueueEntry {
  readonly sku: string;
  readonly locationId: string;
  readonly promisedAtMs: number;
  readonly reservationId: string;
  readonly reservationUid: string;
  readonly quantity: number;
}

/** Whether a level has units that are owed to its queue and may be given out. */
export function owesQueue({ figures, settings }: Level, nowMs: number): boolean {
  return figures.available > 0 && figures.backordered > 0 && !isPreorder(settings, nowMs);
}

/** Gives so many units to what a reservation was promised at this time: an earlier line gets them first. */
export function allocateToLines(
  lines: readonly ReservationLine[],
  { sku, locationId, promisedAtMs }: Pick<QueueEntry, "sku" | "locationId" | "promisedAtMs">,
  quantity: number,
): readonly ReservationLine[] {
  let left = quantity;
  const allocateTo = (leg: Leg): Leg => {
    const place = leg.places.find((candidate) => candidate.promisedAtMs === promisedAtMs);
    if (place === undefined || leg.sku !== sku || leg.locationId !== locationId || leg.cell !== null) {
      return leg;
    }
    const taken = Math.min(place.quantity, left);
    left -= taken;
    return {
      ...leg,
      allocated: leg.allocated + taken,
      backordered: leg.backordered - taken,
      places: leg.places
        .map((each) => (each === place ? { ...each, quantity: each.quantity - taken } : each))
        .filter((each) => each.quantity > 0),
    };
  };
  return lines.map((line) => {
    const legs = line.legs.map(allocateTo);
    return { ...line, legs, restockAt: legs.some(({ backordered }) => backordered > 0) ? line.restockAt : null };
  });
}
