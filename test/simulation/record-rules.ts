/** What must hold in every write of a reservation's record: invariant 4, and that nobody loses his units too early. */
import type { Reservation, ReservationStatus } from "../../functions/domain/reservation.ts";
import { endOf } from "../../functions/domain/reservation.ts";
import { times } from "./service.ts";
import { longestSkewMs } from "./world/process.ts";
import type { World } from "./world/world.ts";

/** Into which states a reservation may go from each; into the same one it always may. */
const ways: Readonly<Record<ReservationStatus, readonly ReservationStatus[]>> = {
  held: ["committed", "released", "expired"],
  committed: ["fulfilled", "released"],
  expired: ["committed"],
  fulfilled: [],
  released: [],
};

/** Records of what has ended are kept for a month. */
const leastRetentionSeconds = 30 * 86_400;

/**
 * `was` is what the write found, null for nothing, and `known` the latest that was known of this incarnation, which
 * the table may have deleted since. `ttl` is the time to live that is stored.
 */
export function judgeRecord(
  world: World,
  was: Reservation | null,
  is: Reservation,
  known: Reservation | null,
  ttl: unknown,
): void {
  const { reservationId, uid, status } = is;
  if (was !== null && was.uid !== uid) {
    world.fail("a reservation ends once", `${reservationId}: ${was.uid} was written over by ${uid}`);
  }
  if (was !== null && is.version !== was.version + 1) {
    world.fail("versions are dense", `${reservationId} goes from ${was.version} to ${is.version}`);
  }
  if (known !== null && known.status !== status) {
    if (!ways[known.status].includes(status)) {
      world.fail("a reservation ends once", `${reservationId} (${uid}) goes from ${known.status} to ${status}`);
    }
    if (status === "expired") {
      judgeEnd(world, known);
    }
  }
  const longestMs = Math.max(is.createdAtMs + times.longestHoldSeconds * 1000, was?.expiresAtMs ?? 0);
  if (is.expiresAtMs > longestMs) {
    world.fail("a hold has a longest life", `${reservationId} (${uid}) until ${is.expiresAtMs}, not ${longestMs}`);
  }
  const least = leastTimeToLive(is);
  if (least === null ? ttl !== undefined : !(typeof ttl === "number" && ttl >= least)) {
    world.fail("the table deletes no record too early", `${reservationId} (${status}) at ${ttl} instead of ${least}`);
  }
}

/** A hold is ended by the clock, and may keep its units until its deadline. */
export function judgeEnd(world: World, { reservationId, uid, status, expiresAtMs }: Reservation): void {
  if (status === "committed" || (status === "held" && expiresAtMs > world.nowMs + longestSkewMs)) {
    world.fail("a hold keeps its units until its deadline", `${reservationId} (${uid}), ${status}`);
  }
}

/** In seconds since the epoch; null for never. */
function leastTimeToLive(reservation: Reservation): number | null {
  switch (reservation.status) {
    case "held":
      return reservation.expiresAtMs / 1000 + times.expiryGraceSeconds;
    case "committed":
      return null;
    default:
      return (endOf(reservation) ?? 0) / 1000 + leastRetentionSeconds;
  }
}
