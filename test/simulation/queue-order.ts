/** Invariant 7: the oldest promise is served first. */
import { legsOf, type QueuePlace, type ReservationLine } from "../../functions/domain/line.ts";
import { isOpen, type Reservation } from "../../functions/domain/reservation.ts";
import type { World } from "./world/world.ts";

/**
 * A promise may be made while another one is being served, by a clock that is behind: only who has waited for longer
 * than any request takes has been passed over.
 */
const longestServiceMs = 60_000;

interface Waiting {
  readonly uid: string;
  readonly promisedAtMs: number;
  readonly sinceMs: number;
}

export class QueueOrder {
  private readonly world: World;
  /** Who waits at a level, by reservation and time of the promise. */
  private readonly queues = new Map<string, Map<string, Waiting>>();

  constructor(world: World) {
    this.world = world;
  }

  /** Sees a record as it was and as it is; null where there is none. */
  see(was: Reservation | null, is: Reservation | null): void {
    const [before, after] = [placesOf(was), placesOf(is)];
    // What a caller changes of his lines is no allocation.
    const mayServe = is !== null && isOpen(is) && is.linesRevision === was?.linesRevision;
    if (was !== null && is !== null && isOpen(is) && !mayServe) {
      this.judgeChange(was, is);
    }
    for (const [name, { level, place, uid }] of before) {
      const left = after.get(name)?.place.quantity ?? 0;
      if (mayServe && left < place.quantity && allocatedAt(is, level) > allocatedAt(was, level)) {
        this.judge(level, uid, place);
      }
      if (left === 0) {
        this.queues.get(level)?.delete(name);
      }
    }
    for (const [name, { level, place, uid }] of after) {
      const queue = this.queues.get(level) ?? new Map<string, Waiting>();
      this.queues.set(level, queue);
      if (!queue.has(name)) {
        queue.set(name, { uid, promisedAtMs: place.promisedAtMs, sinceMs: this.world.nowMs });
      }
    }
  }

  /** A line that wants less gives back its newest promise: what was promised before keeps its place. */
  private judgeChange(was: Reservation, is: Reservation): void {
    for (const line of is.lines) {
      const earlier = was.lines.find(({ sku, locationId }) => sku === line.sku && locationId === line.locationId);
      const [before, after] = [placesOfLine(earlier), placesOfLine(line)];
      for (const { level, place } of before) {
        const left = after.find((kept) => kept.level === level && kept.place.promisedAtMs === place.promisedAtMs);
        const newer = after.find((kept) => kept.level === level && kept.place.promisedAtMs > place.promisedAtMs);
        const isKept = before.some((known) => known.place.promisedAtMs === newer?.place.promisedAtMs);
        if ((left?.place.quantity ?? 0) < place.quantity && newer !== undefined && isKept) {
          const detail = `${level}: ${is.reservationId} keeps ${newer.place.promisedAtMs}, not ${place.promisedAtMs}`;
          this.world.fail("who wants less gives back the newest promise", detail);
        }
      }
    }
  }

  private judge(level: string, uid: string, served: QueuePlace): void {
    const { counts } = this.world.faults;
    if (counts.stall > 0 || counts["applied-late"] > 0) {
      // Whoever was asleep serves the one who was first when he fell asleep.
      return;
    }
    for (const waiting of this.queues.get(level)?.values() ?? []) {
      if (
        waiting.promisedAtMs < served.promisedAtMs &&
        waiting.uid !== uid &&
        waiting.sinceMs < this.world.nowMs - longestServiceMs
      ) {
        this.world.fail("the oldest promise is served first", `${level}: ${uid} before ${waiting.uid}`);
      }
    }
  }
}

interface Place {
  readonly level: string;
  readonly place: QueuePlace;
  readonly uid: string;
}

function placesOf(reservation: Reservation | null): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  if (reservation !== null && isOpen(reservation)) {
    const { uid } = reservation;
    for (const { sku, locationId, places: ofLeg } of legsOf(reservation)) {
      const level = `${sku}#${locationId}`;
      for (const place of ofLeg) {
        places.set(`${uid} ${level} ${place.promisedAtMs}`, { level, place, uid });
      }
    }
  }
  return places;
}

function placesOfLine(line: ReservationLine | undefined): readonly Omit<Place, "uid">[] {
  const legs = line?.legs ?? [];
  return legs.flatMap(({ sku, locationId, places }) =>
    places.map((place) => ({ level: `${sku}#${locationId}`, place })),
  );
}

function allocatedAt(reservation: Reservation | null, level: string): number {
  return reservation === null
    ? 0
    : legsOf(reservation).reduce((sum, leg) => sum + (`${leg.sku}#${leg.locationId}` === level ? leg.allocated : 0), 0);
}
