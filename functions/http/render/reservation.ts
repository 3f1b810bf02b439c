import { endOf, orderOf, type Reservation, type ReservationLine } from "../../domain/reservation.ts";
import type { AnswerBody } from "../call.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";

export type ReservationBody = AnswerBody<"getReservation">;

function renderLine(line: ReservationLine, { status }: Reservation): ReservationBody["lines"][number] {
  const { sku, quantity, locationId, legs } = line;
  const open = status === "held" || status === "committed";
  const fulfilled = status === "fulfilled";
  return {
    sku,
    quantity,
    locationId,
    allocated: open ? quantity : 0,
    backordered: 0,
    fulfilled: fulfilled ? quantity : 0,
    released: open || fulfilled ? 0 : quantity,
    returned: 0,
    restockAt: null,
    allocations: open || fulfilled ? legs.map((leg) => ({ ...leg })) : [],
  };
}

export function renderReservation(reservation: Reservation): ReservationBody {
  const order = orderOf(reservation);
  const hasDeadline = reservation.status === "held" || reservation.status === "expired";
  return {
    reservationId: reservation.reservationId,
    status: reservation.status,
    revision: reservation.linesRevision,
    referenceId: reservation.referenceId,
    customerId: reservation.customerId,
    orderId: order?.orderId ?? null,
    createdAt: isoTime(reservation.createdAtMs),
    expiresAt: hasDeadline ? isoTime(reservation.expiresAtMs) : null,
    committedAt: isoTimeOrNull(order?.committedAtMs ?? null),
    endedAt: isoTimeOrNull(endOf(reservation)),
    lines: reservation.lines.map((line) => renderLine(line, reservation)),
  };
}

export function renderCommitted(reservation: Reservation): AnswerBody<"commitReservation"> {
  return { ...renderReservation(reservation), reacquired: orderOf(reservation)?.reacquired ?? false };
}
