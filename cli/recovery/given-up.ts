/** What the table that is given up has and the restored one has not, or has otherwise: what is to be done again. */
import { isDeepStrictEqual } from "node:util";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { orderOf, type Reservation } from "../../functions/domain/reservation.ts";
import { batchGet } from "../../functions/storage/batch-get.ts";
import { entityOf, type Key } from "../../functions/storage/keys.ts";
import { parseReservation } from "../../functions/storage/reservation-item.ts";
import { readString, type StoredItem } from "../../functions/storage/stored-item.ts";
import { pagesOf } from "../../functions/storage/walk.ts";
import { legible } from "./legible.ts";

export type GivenUp =
  | {
      readonly kind: "reservation";
      readonly reservationId: string;
      readonly orderId: string | null;
      readonly referenceId: string | null;
      /** As it was when it was given up, and as it is again; null where it is not there. */
      readonly status: Reservation["status"];
      readonly restoredStatus: Reservation["status"] | null;
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
    }
  | { readonly kind: "item"; readonly sku: string; readonly isNew: boolean }
  | { readonly kind: "location"; readonly locationId: string; readonly isNew: boolean }
  /** Something of which no more can be read than where it stands. */
  | { readonly kind: "illegible"; readonly pk: string; readonly sk: string };

/** Levels are not among them: the trail tells what became of each, version by version. */
export async function* givenUpBy(
  client: DynamoDBDocumentClient,
  tables: { readonly restored: string; readonly givenUp: string },
): AsyncGenerator<GivenUp> {
  for await (const items of pagesOf(client, tables.givenUp)) {
    const told = items.filter((item) => isTold(keyOf(item)));
    const restored = await batchGet(client, tables.restored, told.map(keyOf), { consistent: true });
    const byName = new Map(restored.map((item) => [nameOf(keyOf(item)), item]));
    for (const item of told) {
      const earlier = byName.get(nameOf(keyOf(item))) ?? null;
      if (!isDeepStrictEqual(item, earlier)) {
        yield legible(() => described(item, earlier)) ?? { kind: "illegible", ...keyOf(item) };
      }
    }
  }
}

function keyOf(item: StoredItem): Key {
  return { pk: readString(item, "pk"), sk: readString(item, "sk") };
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}

function isTold(key: Key): boolean {
  const { kind } = entityOf(key);
  return kind === "item" || kind === "reservation" || kind === "location";
}

function described(item: StoredItem, earlier: StoredItem | null): GivenUp {
  const entity = entityOf(keyOf(item));
  switch (entity.kind) {
    case "item":
      return { kind: "item", sku: entity.sku, isNew: earlier === null };
    case "location":
      return { kind: "location", locationId: entity.locationId, isNew: earlier === null };
    case "reservation": {
      const { reservationId } = entity;
      const reservation = parseReservation(reservationId, item);
      return {
        kind: "reservation",
        reservationId,
        orderId: orderOf(reservation)?.orderId ?? null,
        referenceId: reservation.referenceId,
        status: reservation.status,
        restoredStatus: earlier === null ? null : parseReservation(reservationId, earlier).status,
        lines: reservation.lines.map(({ sku, quantity }) => ({ sku, quantity })),
      };
    }
    default:
      throw new Error(`Nothing is told of ${String(item["pk"])}.`);
  }
}
