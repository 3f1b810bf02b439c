/** The one SKU of the drop: its stock before the first buyer comes, and what a buyer asks for. */
import { type AllocationTerms, usualTerms } from "../../functions/domain/allocation.ts";
import { type Item, type Location, levelSettingsOf } from "../../functions/domain/catalogue.ts";
import { type LevelKey, plainChange } from "../../functions/domain/level.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import type { ReserveCommand } from "../../functions/reservations/reserve-stock.ts";
import type { StockServices } from "../../functions/stock/services.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { storedItemFields } from "../../functions/storage/items.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { newLevel } from "../../functions/storage/level-writes.ts";
import { storedLevel } from "../../functions/storage/levels.ts";
import { PlainLevel } from "../plain-reserve.ts";
import { retryBudgetMs } from "./assumptions.ts";
import type { DynamoDbModel } from "./dynamodb-model.ts";

export const tables = { inventory: "inventory", movements: "movements", views: "views" } as const;
export const dropKey: LevelKey = { sku: "sneaker-drop-42", locationId: "warehouse-01" };
export const plainName = "sneaker-drop-42";
const actor = "storefront";
const holdSeconds = 600;

const item: Item = {
  sku: dropKey.sku,
  name: "Sneaker, limited",
  backorder: { policy: "deny", limit: null },
  restockAt: null,
  availableFrom: null,
  lowStockThreshold: null,
  purchaseLimit: null,
  components: [],
  externalSku: null,
  barcode: null,
  active: true,
  revision: 1,
  settingsRevision: 1,
  updatedAtMs: 0,
  actor,
};

const warehouse: Location = {
  locationId: dropKey.locationId,
  name: "Warehouse north",
  priority: 1,
  active: true,
  country: null,
  latitude: null,
  longitude: null,
  revision: 1,
  updatedAtMs: 0,
  actor,
};

export const locations: ReadonlyMap<string, Location> = new Map([[warehouse.locationId, warehouse]]);

/** Puts the units in one level, and splits it with the production code when there are to be cells. */
export async function stockUp(
  model: DynamoDbModel,
  services: StockServices,
  { units, cells }: { readonly units: number; readonly cells: number },
): Promise<void> {
  const level = newLevel(dropKey, { onHand: units }, levelSettingsOf(item), 1, plainChange("received", actor, 0));
  model.store.put(tables.inventory, { ...inventoryKeys.item(item.sku), ...storedItemFields(item) });
  model.store.put(tables.inventory, storedLevel(level));
  if (cells > 1) {
    const budgetEndsAtMs = services.runtime.now() + 60_000;
    const outcome = await splitLevel(services, { ...dropKey, cells, actor, budgetEndsAtMs });
    if (outcome.kind !== "done") {
      throw new Error(`The level could not be split: ${JSON.stringify(outcome)}`);
    }
  }
}

/** The stock of the plain way, which knows no levels. */
export async function stockUpPlainly({ client, runtime }: StockServices, units: number): Promise<void> {
  await new PlainLevel(tables, plainName, runtime).put(client, units);
}

const terms: AllocationTerms = usualTerms;

/** A buyer wants one unit and names the location, as the only one that has it. */
export function newCommand(runtime: Runtime): ReserveCommand {
  return {
    actor,
    budgetEndsAtMs: runtime.now() + retryBudgetMs,
    reservationId: `r-${runtime.newId()}`,
    // As for a cart that brings no id of its own; one that does costs a loser one more read, of its record.
    isIdMadeUp: true,
    lines: [{ ...dropKey, quantity: 1 }],
    terms,
    referenceId: null,
    customerId: null,
    ttlSeconds: holdSeconds,
    requestDigest: runtime.newId(),
  };
}
