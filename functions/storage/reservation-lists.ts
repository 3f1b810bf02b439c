/** By what reservations are found, in the views table: a caller's reference, or an order. Seconds behind the truth. */
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Key, viewKeys } from "./keys.ts";
import { encodeCursor, type Listing, type PageRequest, queryPage } from "./page.ts";
import { readString } from "./stored-item.ts";

export type ReservationName =
  | { readonly kind: "reference"; readonly id: string }
  | { readonly kind: "order"; readonly id: string };

export interface ListedReservation {
  readonly reservationId: string;
  readonly uid: string;
}

interface Named extends ListedReservation {
  readonly createdAtMs: number;
  readonly referenceId: string | null;
  readonly orderId: string | null;
}

function keysOf({ reservationId, createdAtMs, referenceId, orderId }: Named): readonly Key[] {
  return [
    ...(referenceId === null ? [] : [viewKeys.listedReservation("reference", referenceId, createdAtMs, reservationId)]),
    ...(orderId === null ? [] : [viewKeys.listedReservation("order", orderId, createdAtMs, reservationId)]),
  ];
}

/** Lists a reservation under every name that it has. */
export async function listReservation(client: DynamoDBDocumentClient, table: string, named: Named): Promise<void> {
  const { reservationId, uid } = named;
  for (const key of keysOf(named)) {
    await client.send(new PutCommand({ TableName: table, Item: { ...key, reservationId, uid } }));
  }
}

/** Takes a reservation from the lists whose record is gone. */
export async function unlistReservation(client: DynamoDBDocumentClient, table: string, named: Named): Promise<void> {
  for (const key of keysOf(named)) {
    await client.send(new DeleteCommand({ TableName: table, Key: key }));
  }
}

/** A reservation in a list, and the cursor of the page that begins behind it. */
export interface ListedWithCursor extends ListedReservation {
  readonly cursorBehind: string;
}

/** One page of the reservations of a name, newest first. */
export async function pageOfReservations(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly name: ReservationName },
): Promise<Listing<ListedWithCursor>> {
  const { name, limit, cursor } = request;
  const pk = viewKeys.reservationsPartition(name.kind, name.id);
  return await queryPage(client, {
    limit,
    cursor,
    list: pk,
    query: {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ScanIndexForward: false,
    },
    fixedKey: { pk },
    cursorKey: { sk: { type: "string" } },
    parse: (item) => ({
      reservationId: readString(item, "reservationId"),
      uid: readString(item, "uid"),
      cursorBehind: encodeCursor(pk, [readString(item, "sk")]),
    }),
  });
}
