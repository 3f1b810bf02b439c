import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Movement } from "../domain/movement.ts";
import type { Tables } from "../storage/client.ts";
import { readLevelsOfSku } from "../storage/levels.ts";
import { type Period, pageOfMovements, pageOfReservationMovements } from "../storage/movements.ts";
import type { Listing, PageRequest } from "../storage/page.ts";

export interface AuditTrail {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "movements">;
}

/** Whose movements are asked for; a location narrows a SKU down. */
export type MovementsOf =
  | { readonly reservationId: string; readonly sku: string | null; readonly locationId: string | null }
  | { readonly reservationId: null; readonly sku: string; readonly locationId: string | null };

/** One page of the audit trail, newest first (of a SKU: one location after the other), seconds behind the truth. */
export async function listMovements(
  { client, tables }: AuditTrail,
  request: PageRequest & Period & { readonly of: MovementsOf },
): Promise<Listing<Movement>> {
  const { of, limit, cursor, fromMs, toMs } = request;
  const period = { fromMs, toMs };
  if (of.reservationId !== null) {
    return await pageOfReservationMovements(client, tables.movements, { ...of, period, limit, cursor });
  }
  const locationIds =
    of.locationId === null
      ? (await readLevelsOfSku(client, tables.inventory, of.sku)).map(({ locationId }) => locationId)
      : [of.locationId];
  return await pageOfMovements(client, tables.movements, { sku: of.sku, locationIds, period, limit, cursor });
}
