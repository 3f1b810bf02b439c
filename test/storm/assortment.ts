/** What the shop of a storm sells. */
export const locations = ["north", "south"] as const;

/** Sold most, and split into cells for the middle of the storm. */
export const hotShelf = { sku: "DROP", locationId: "north" } as const;

export interface StormItem {
  readonly name: string;
  readonly backorder?: { readonly policy: "allow"; readonly limit: number };
  readonly purchaseLimit?: { readonly quantity: number };
  readonly components?: readonly { readonly sku: string; readonly quantity: number }[];
  readonly lowStockThreshold?: number;
}

export const items: Readonly<Record<string, StormItem>> = {
  DROP: { name: "Sneaker" },
  MUG: { name: "Mug", lowStockThreshold: 20 },
  POT: { name: "Teapot", lowStockThreshold: 20 },
  "TEA-SET": {
    name: "Teapot with two mugs",
    components: [
      { sku: "MUG", quantity: 2 },
      { sku: "POT", quantity: 1 },
    ],
  },
  CHAIR: { name: "Chair, made to order", backorder: { policy: "allow", limit: 500 } },
  GAME: { name: "Game, three for each customer", purchaseLimit: { quantity: 3 } },
  LAMP: { name: "Lamp" },
};

export const stockedSkus = Object.keys(items).filter((sku) => items[sku]?.components === undefined);

/** Units of it that a unit of the SKU is made of. */
export function componentsOf(sku: string): readonly { readonly sku: string; readonly quantity: number }[] {
  return items[sku]?.components ?? [{ sku, quantity: 1 }];
}
