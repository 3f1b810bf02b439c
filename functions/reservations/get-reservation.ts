import { done, type Outcome, refused } from "../domain/refusal.ts";
import type { Reservation } from "../domain/reservation.ts";
import { readReservation } from "../storage/reservations.ts";
import type { EndingServices } from "./services.ts";

/** The reservation as it is now. */
export async function getReservation(
  { client, tables }: Pick<EndingServices, "client" | "tables">,
  reservationId: string,
): Promise<Outcome<Reservation>> {
  const reservation = await readReservation(client, tables.inventory, reservationId);
  return reservation === null ? refused({ kind: "not-found", resource: "reservation" }) : done(reservation);
}
