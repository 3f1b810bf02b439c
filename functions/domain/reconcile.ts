/**
 * Compares a level with its movements and with the reservations that rest on it: invariants 1, 2 and 5 of the
 * stock model. Pure: the caller has read everything for one and the same version of the level.
 */
import { brokenFigures, type Level } from "./level.ts";
import { type Movement, type ReplayFault, replayFault } from "./movement.ts";
import { isOpen, legsOf, type Reservation } from "./reservation.ts";

export type Difference =
  /** Invariant 1: figures that do not add up, or are below 0. */
  | { readonly kind: "figures"; readonly figures: readonly string[] }
  /** Invariant 5: replaying the movements does not give the level. */
  | { readonly kind: "replay"; readonly fault: ReplayFault }
  /** Invariant 2: `reserved` is not the sum of the open legs. */
  | { readonly kind: "reserved"; readonly reserved: number; readonly openLegs: number }
  /** Invariant 2, for one reservation: what the movements promised to it is not what it rests on. */
  | {
      readonly kind: "reservation";
      readonly reservationId: string;
      readonly uid: string;
      readonly status: Reservation["status"] | "missing";
      /** By the movements. */
      readonly promised: number;
      /** By the reservation. */
      readonly allocated: number;
    };

/** What the movements of a level promised to one incarnation of a reservation and have not given back. */
export interface Promised {
  readonly reservationId: string;
  readonly uid: string;
  readonly quantity: number;
}

/** Net reserved units per reservation; those that come to 0 are left out. */
export function promisedBy(movements: readonly Movement[]): readonly Promised[] {
  const net = new Map<string, Promised>();
  for (const { reservationId, reservationUid: uid, changes } of movements) {
    if (reservationId !== null && uid !== null) {
      const quantity = (net.get(uid)?.quantity ?? 0) + (changes.reserved ?? 0);
      net.set(uid, { reservationId, uid, quantity });
    }
  }
  return [...net.values()].filter(({ quantity }) => quantity !== 0);
}

function allocatedAt(level: Level, reservation: Reservation): number {
  return isOpen(reservation)
    ? legsOf(reservation)
        .filter(({ sku, locationId }) => sku === level.sku && locationId === level.locationId)
        .reduce((sum, { quantity }) => sum + quantity, 0)
    : 0;
}

/**
 * Every difference of one level. `reservations` are those that the movements promise something to and those
 * that claim to rest on the level, by id.
 */
export function differencesOf(
  level: Level,
  movements: readonly Movement[],
  reservations: ReadonlyMap<string, Reservation>,
): readonly Difference[] {
  const differences: Difference[] = [];
  const broken = brokenFigures(level.figures);
  if (broken.length > 0) {
    differences.push({ kind: "figures", figures: broken });
  }
  const fault = replayFault(movements, level);
  if (fault !== null) {
    differences.push({ kind: "replay", fault });
  }
  const open = [...reservations.values()].map((reservation) => ({
    reservation,
    allocated: allocatedAt(level, reservation),
  }));
  const openLegs = open.reduce((sum, { allocated }) => sum + allocated, 0);
  if (openLegs !== level.figures.reserved) {
    differences.push({ kind: "reserved", reserved: level.figures.reserved, openLegs });
  }
  const promised = new Map(promisedBy(movements).map((promise) => [promise.uid, promise]));
  for (const { reservation, allocated } of open) {
    const quantity = promised.get(reservation.uid)?.quantity ?? 0;
    promised.delete(reservation.uid);
    if (quantity !== allocated) {
      const { reservationId, uid, status } = reservation;
      differences.push({ kind: "reservation", reservationId, uid, status, promised: quantity, allocated });
    }
  }
  for (const { reservationId, uid, quantity } of promised.values()) {
    differences.push({ kind: "reservation", reservationId, uid, status: "missing", promised: quantity, allocated: 0 });
  }
  return differences;
}
