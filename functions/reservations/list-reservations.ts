import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Reservation } from "../domain/reservation.ts";
import { batchGet } from "../storage/batch-get.ts";
import type { Tables } from "../storage/client.ts";
import { inventoryKeys } from "../storage/keys.ts";
import type { Listing, PageRequest } from "../storage/page.ts";
import { parseReservation } from "../storage/reservation-item.ts";
import { pageOfReservations, type ReservationName } from "../storage/reservation-lists.ts";

/** One page of the reservations of a reference or an order, newest first: which there are is seconds old, each one is as it is now. */
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
  const items = page.items.flatMap(({ reservationId, uid }) => {
    const record = records.get(inventoryKeys.reservation(reservationId).pk);
    // An id that is in use again is no longer what was listed.
    return record?.["uid"] === uid ? [parseReservation(reservationId, record)] : [];
  });
  return { kind: "page", items, nextCursor: page.nextCursor };
}
