import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Reservation } from "../domain/reservation.ts";
import { batchGet } from "../storage/batch-get.ts";
import type { Tables } from "../storage/client.ts";
import { inventoryKeys } from "../storage/keys.ts";
import type { Listing, PageRequest } from "../storage/page.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { pageOfReservations, type ReservationName } from "../storage/reservation-lists.ts";

/**
 * A function answers with 6 MB at most. Of what is read here less becomes an answer, and one reservation more than this
 * is far from being too much.
 */
const mostBytes = 4_000_000;

/**
 * One page of the reservations of a reference or an order, newest first: which there are is seconds old, each one is as it
 * is now. Of large ones there are fewer on a page.
 */
export async function listReservations(
  { client, tables }: { readonly client: DynamoDBDocumentClient; readonly tables: Pick<Tables, "inventory" | "views"> },
  request: PageRequest & { readonly name: ReservationName },
): Promise<Listing<Reservation>> {
  const page = await pageOfReservations(client, tables.views, request);
  if (page.kind === "bad-cursor") {
    return page;
  }
  const keys = page.items.map(({ reservationId }) => inventoryKeys.reservation(reservationId));
  const records = new Map(
    (await batchGet(client, tables.inventory, keys, { consistent: true })).map((item) => [item["pk"], item]),
  );
  const items: Reservation[] = [];
  let bytes = 0;
  for (const { reservationId, uid, cursorBehind } of page.items) {
    const record = records.get(inventoryKeys.reservation(reservationId).pk);
    // An id that is in use again is no longer what was listed.
    if (record?.["uid"] !== uid) {
      continue;
    }
    const reservation = parseReservation(reservationId, record);
    items.push(reservation);
    bytes += Buffer.byteLength(JSON.stringify(reservation));
    if (bytes > mostBytes) {
      return { kind: "page", items, nextCursor: cursorBehind };
    }
  }
  return { kind: "page", items, nextCursor: page.nextCursor };
}
