/** How stock is chosen for lines that name no location: the names, as settings and requests have them. */
export const allocationStrategies = ["priority", "fewest-splits", "nearest", "balance"] as const;
export type AllocationStrategy = (typeof allocationStrategies)[number];
