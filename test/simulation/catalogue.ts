/** What the simulated merchant sells, and where: one item of each sort that has rules of its own. */
import type { ItemDescription, LocationDescription } from "../../functions/domain/catalogue.ts";
import { plainItem } from "../support/plain-item.ts";
import { startMs } from "./world/world.ts";

export const locationIds = ["north", "south", "west"] as const;

export interface Article {
  readonly description: ItemDescription;
  /** Where it has stock in the beginning, and how much. */
  readonly homes: readonly string[];
  readonly quantity: number;
}

const inMinutes = (minutes: number): string => new Date(startMs + minutes * 60_000).toISOString();

/** The level that is split and merged. */
export const splitSku = "drop";
export const kitSkus = ["kit"] as const;

export const catalogue: Readonly<Record<string, Article>> = {
  scarce: { description: { ...plainItem, lowStockThreshold: 2 }, homes: ["north", "south"], quantity: 4 },
  plenty: { description: { ...plainItem, lowStockThreshold: 8 }, homes: ["north", "south", "west"], quantity: 15 },
  limited: {
    description: { ...plainItem, backorder: { policy: "allow", limit: 4 }, restockAt: inMinutes(60) },
    homes: ["north", "west"],
    quantity: 2,
  },
  endless: {
    description: { ...plainItem, backorder: { policy: "allow", limit: null } },
    homes: ["south"],
    quantity: 3,
  },
  preorder: {
    description: { ...plainItem, backorder: { policy: "allow", limit: 12 }, availableFrom: inMinutes(6) },
    homes: ["north"],
    quantity: 5,
  },
  rationed: {
    description: { ...plainItem, purchaseLimit: { quantity: 4, windowDays: 1 } },
    homes: ["south", "west"],
    quantity: 9,
  },
  drop: { description: { ...plainItem, lowStockThreshold: 3 }, homes: ["north"], quantity: 18 },
  kit: {
    description: {
      ...plainItem,
      components: [
        { sku: "plenty", quantity: 2 },
        { sku: "scarce", quantity: 1 },
      ],
    },
    homes: [],
    quantity: 0,
  },
};

export function describedLocation(locationId: string, active: boolean): LocationDescription {
  const priority = (locationIds as readonly string[]).indexOf(locationId);
  return { name: locationId, priority, active, country: null, latitude: null, longitude: null };
}

/** SKUs with stock of their own. */
export const plainSkus = Object.keys(catalogue).filter((sku) => (catalogue[sku]?.homes.length ?? 0) > 0);

/** How a merchant describes an item anew: with another threshold, another limit, archived, or as it was. */
export function describedAnew(sku: string, variant: number): ItemDescription {
  const { description } = catalogue[sku] ?? { description: plainItem };
  switch (variant) {
    case 1:
      return { ...description, lowStockThreshold: (description.lowStockThreshold ?? 0) + 2 };
    case 2:
      return description.backorder.policy === "allow"
        ? { ...description, backorder: { policy: "allow", limit: 2 }, restockAt: inMinutes(120) }
        : { ...description, name: "Thing, new" };
    case 3:
      return { ...description, active: false };
    case 4:
      return otherwise(sku, description);
    default:
      return description;
  }
}

/** Sold by another rule than before. */
function otherwise(sku: string, description: ItemDescription): ItemDescription {
  switch (sku) {
    case "preorder":
      return { ...description, availableFrom: null };
    case "limited":
      return { ...description, availableFrom: inMinutes(15) };
    case "rationed":
      return { ...description, purchaseLimit: { quantity: 6, windowDays: 2 } };
    case "scarce":
      return { ...description, purchaseLimit: { quantity: 2, windowDays: null } };
    case "drop":
      return { ...description, backorder: { policy: "allow", limit: 2 } };
    default:
      return { ...description, name: "Thing, otherwise" };
  }
}
