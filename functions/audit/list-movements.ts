import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Level, StockKey } from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { cellKeys, readSplits } from "../storage/cells.ts";
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

/** One page of the audit trail, newest first (of a SKU: one level or cell after the other), seconds behind the truth. */
export async function listMovements(
  { client, tables }: AuditTrail,
  request: PageRequest & Period & { readonly of: MovementsOf },
): Promise<Listing<Movement>> {
  const { of, limit, cursor, fromMs, toMs } = request;
  const period = { fromMs, toMs };
  if (of.reservationId !== null) {
    return await pageOfReservationMovements(client, tables.movements, { ...of, period, limit, cursor });
  }
  const levels = (await readLevelsOfSku(client, tables.inventory, of.sku)).filter(
    ({ locationId }) => of.locationId === null || of.locationId === locationId,
  );
  const keys = (
    await Promise.all(levels.map(async (level) => await stockKeysOf(client, tables.inventory, level)))
  ).flat();
  return await pageOfMovements(client, tables.movements, { sku: of.sku, keys, period, limit, cursor });
}

/** A level and, if it was ever split, the cells of all its splits, the latest first. */
async function stockKeysOf(client: DynamoDBDocumentClient, table: string, level: Level): Promise<readonly StockKey[]> {
  const { sku, locationId, generation } = level;
  const splits = generation === 0 ? [] : await readSplits(client, table, level);
  return [
    { sku, locationId, cell: null },
    ...splits.flatMap((split) => cellKeys(level, split.generation, split.cells)),
  ];
}
