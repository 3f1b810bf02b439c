import { figuresOfLine, type ReservationLine } from "../../domain/line.ts";
import { endOf, isOpen, orderOf, type Reservation } from "../../domain/reservation.ts";
import type { AnswerBody } from "../call.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";

export type ReservationBody = AnswerBody<"getReservation">;

type LineBody = ReservationBody["lines"][number];

/** Where units are taken from, shipped ones among them; the cells of a level are nobody's business. */
function renderAllocations({ legs }: ReservationLine): LineBody["allocations"] {
  const places = new Map<string, LineBody["allocations"][number]>();
  for (const { sku, locationId, allocated, fulfilled } of legs) {
    const name = `${sku}#${locationId}`;
    const quantity = (places.get(name)?.quantity ?? 0) + allocated + fulfilled;
    places.set(name, { sku, locationId, quantity });
  }
  return [...places.values()].filter(({ quantity }) => quantity > 0);
}

function renderLine(line: ReservationLine, reservation: Reservation): LineBody {
  const { sku, quantity, locationId, restockAt } = line;
  return {
    sku,
    quantity,
    locationId,
    ...figuresOfLine(line, isOpen(reservation)),
    restockAt: isOpen(reservation) ? restockAt : null,
    allocations: renderAllocations(line),
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
