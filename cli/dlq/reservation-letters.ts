/** Letters about reservations. */
import { stockName } from "../../functions/domain/level.ts";
import { decideExpire } from "../../functions/domain/life-cycle.ts";
import { legsOf } from "../../functions/domain/line.ts";
import type { DeadlineMessage, ExpiredMessage } from "../../functions/messaging/messages.ts";
import { readReservation, wasReleased } from "../../functions/storage/reservations.ts";
import { changesNothing, type Request, timeText } from "./explanation.ts";

export function deadlineRequest({ reservationId, uid }: DeadlineMessage): Request {
  return {
    asks: `end the hold ${reservationId} if its deadline has passed`,
    look: async ({ client, tables, nowMs }) => {
      const reservation = await readReservation(client, tables.inventory, reservationId);
      const now =
        reservation === null
          ? "it has no record any more"
          : reservation.uid !== uid
            ? "its id is in use by another reservation"
            : `it is ${reservation.status}, with its deadline at ${timeText(reservation.expiresAtMs)}`;
      const decision = decideExpire(reservation, uid, nowMs);
      switch (decision.kind) {
        case "expire":
          return { now, sendingBack: "ends it and gives its units back" };
        case "wait":
          return { now, sendingBack: "waits for the deadline" };
        case "nothing-to-do":
          return { now, sendingBack: changesNothing };
      }
    },
  };
}

export function expiredRequest({ reservation, ttlSeconds }: ExpiredMessage): Request {
  const { reservationId, uid, status } = reservation;
  const units = legsOf(reservation).map((leg) => `${leg.allocated} of ${stockName(leg)}`);
  const ttl = ttlSeconds === null ? "none" : timeText(ttlSeconds * 1000);
  return {
    asks: `end ${reservationId}, whose record was deleted while it was ${status} (time to live: ${ttl}): it has ${units.join(", ")}`,
    look: async ({ client, tables }) => {
      const record = await readReservation(client, tables.inventory, reservationId);
      if (record?.uid === uid) {
        return { now: `its record is there and ${record.status}`, sendingBack: changesNothing };
      }
      if (await wasReleased(client, tables.inventory, reservation)) {
        return { now: "its units were given back", sendingBack: changesNothing };
      }
      return {
        now:
          record === null ? "nobody has given its units back" : "its id is in use again, its units are not given back",
        sendingBack: "gives its units back, or puts the record back where it was deleted too early",
      };
    },
  };
}
