import type { Shop, ShopServices } from "./shop.ts";

/**
 * Prepares what the operation needs, and gives the operation itself, which throws when it does not do what the
 * budget is about. What is prepared is not metered.
 */
export type Scenario = (shop: Shop, lines: number) => Promise<(metered: ShopServices) => Promise<void>>;
