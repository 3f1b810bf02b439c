import type { ItemDescription } from "../../functions/domain/catalogue.ts";

/** An item that is sold from stock and is nothing special in any way. */
export const plainItem: ItemDescription = {
  name: "Thing",
  backorder: { policy: "deny", limit: null },
  restockAt: null,
  availableFrom: null,
  lowStockThreshold: null,
  purchaseLimit: null,
  components: [],
  externalSku: null,
  barcode: null,
  active: true,
};
