/** What became of each incarnation of a reservation, by its uid. */
import { isOpen, orderOf, type Reservation, type ReservationStatus } from "../../functions/domain/reservation.ts";

/** What is known of one incarnation. */
export interface Life {
  readonly reservationId: string;
  readonly statuses: Set<ReservationStatus>;
  /** Which lines were committed for an order: their revision. */
  readonly orders: Map<string, number>;
  /** What callers made of its lines and its deadline, and when. */
  readonly shapes: { readonly atMs: number; readonly linesRevision: number; readonly expiresAtMs: number }[];
  latest: Reservation;
  /** Orphaned: the table has deleted it while it was open, and its units are still to be given back. */
  record: "kept" | "orphaned" | "gone";
  /** Whether it has been so at any time: then its id was free for another one. */
  wasOrphaned: boolean;
  /** When the record was put back after that, the last time. */
  putBackAtMs: number | null;
}

export class Lives {
  private readonly byUid = new Map<string, Life>();

  of(uid: string): Life | undefined {
    return this.byUid.get(uid);
  }

  all(): readonly Life[] {
    return [...this.byUid.values()];
  }

  /** Those whose record is in the table. */
  kept(): readonly Life[] {
    return this.all().filter(({ record }) => record === "kept");
  }

  /** A record was written. */
  noteWritten(is: Reservation, atMs: number): void {
    const { uid, reservationId, status, linesRevision, expiresAtMs } = is;
    const life: Life = this.byUid.get(uid) ?? {
      reservationId,
      statuses: new Set(),
      orders: new Map(),
      shapes: [],
      latest: is,
      record: "kept",
      wasOrphaned: false,
      putBackAtMs: null,
    };
    life.statuses.add(status);
    const order = orderOf(is);
    if (order !== null && !life.orders.has(order.orderId)) {
      life.orders.set(order.orderId, linesRevision);
    }
    const shape = life.shapes.at(-1);
    if (shape?.linesRevision !== linesRevision || shape.expiresAtMs !== expiresAtMs) {
      life.shapes.push({ atMs, linesRevision, expiresAtMs });
    }
    if (life.record !== "kept") {
      life.putBackAtMs = atMs;
    }
    life.latest = is;
    life.record = "kept";
    this.byUid.set(uid, life);
  }

  /** The table deleted a record. */
  noteDeleted(was: Reservation): void {
    const life = this.byUid.get(was.uid);
    if (life !== undefined) {
      life.record = isOpen(was) ? "orphaned" : "gone";
      life.wasOrphaned ||= isOpen(was);
    }
  }

  /** The open reservation of an id, or null. */
  openReservation(reservationId: string): Reservation | null {
    const open = this.kept().find(({ latest }) => latest.reservationId === reservationId && isOpen(latest));
    return open?.latest ?? null;
  }

  hasExpired(reservationId: string): boolean {
    return this.all().some(({ latest, statuses }) => latest.reservationId === reservationId && statuses.has("expired"));
  }

  isCommitted(reservationId: string, orderId: string): boolean {
    const now = this.openReservation(reservationId);
    return now !== null && orderOf(now)?.orderId === orderId;
  }

  /** How often the table deleted an open reservation of this id. */
  timesOrphaned(reservationId: string): number {
    return this.all().filter((life) => life.reservationId === reservationId && life.wasOrphaned).length;
  }
}
