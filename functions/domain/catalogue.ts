/** Items (what is sold) and locations (where stock is kept), as merchants describe them. */
import { type LevelSettings, type PurchaseLimit, unlimitedBackorders } from "./level.ts";

export interface BackorderPolicy {
  readonly policy: "deny" | "allow";
  /** Units at each location; null for as many as are wanted. Means nothing under `deny`. */
  readonly limit: number | null;
}

/** So many units of a SKU in one unit of a kit. */
export interface Component {
  readonly sku: string;
  readonly quantity: number;
}

/** What a merchant writes about an item. */
export interface ItemDescription {
  readonly name: string;
  readonly backorder: BackorderPolicy;
  readonly restockAt: string | null;
  readonly availableFrom: string | null;
  readonly lowStockThreshold: number | null;
  readonly purchaseLimit: PurchaseLimit | null;
  /** A kit: it has no stock of its own, its components have. Empty for everything else. */
  readonly components: readonly Component[];
  readonly externalSku: string | null;
  readonly barcode: string | null;
  /** False: archived, takes no new reservations. */
  readonly active: boolean;
}

export interface Item extends ItemDescription {
  readonly sku: string;
  /** +1 with every change: the item's ETag. */
  readonly revision: number;
  /** +1 when a setting that levels copy changes. */
  readonly settingsRevision: number;
  readonly updatedAtMs: number;
  /** The token's subject of the latest change. */
  readonly actor: string;
}

export interface LocationDescription {
  readonly name: string;
  /** Smaller is served first; equal ones in order of their ids. */
  readonly priority: number;
  /** False: takes no new reservations and keeps its promises. */
  readonly active: boolean;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface Location extends LocationDescription {
  readonly locationId: string;
  /** +1 with every change: the location's ETag. */
  readonly revision: number;
  readonly updatedAtMs: number;
  /** The token's subject of the latest change. */
  readonly actor: string;
}

export function backorderLimitOf({ policy, limit }: BackorderPolicy): number {
  return policy === "deny" ? 0 : (limit ?? unlimitedBackorders);
}

/** The policy that a limit stands for. */
export function backorderPolicyOf(backorderLimit: number): BackorderPolicy {
  return backorderLimit <= 0
    ? { policy: "deny", limit: null }
    : { policy: "allow", limit: backorderLimit === unlimitedBackorders ? null : backorderLimit };
}

export function isKit({ components }: Pick<ItemDescription, "components">): boolean {
  return components.length > 0;
}

/** The part of an item that is copied to each of its levels. */
export function levelSettingsOf(item: ItemDescription): LevelSettings {
  return {
    active: item.active,
    lowStockThreshold: item.lowStockThreshold,
    backorderLimit: backorderLimitOf(item.backorder),
    restockAt: item.restockAt,
    availableFrom: item.availableFrom,
    purchaseLimit: item.purchaseLimit,
    isKit: isKit(item),
  };
}
