/** What a new buyer can have of a SKU, by its summary. */
import { earliestOf, isPreorder, lastOf, stillExpectedAt, unlimitedBackorders } from "./level.ts";
import type { SkuSummary } from "./summary.ts";

export interface AvailabilityOf {
  /** What a new buyer can have, never below 0. */
  readonly available: number;
  /** What may be promised beyond the stock, never below 0. */
  readonly backorderable: number;
  readonly restockAt: string | null;
  readonly asOfMs: number;
  readonly locations: readonly { readonly locationId: string; readonly available: number }[];
}

export interface AvailabilityScope {
  /** Null for all locations. */
  readonly locationId: string | null;
  readonly nowMs: number;
  /** A location out of use has nothing for a new buyer. */
  isInUse(locationId: string): boolean;
  /** Where a backorder would make a level. */
  readonly allLocations: readonly string[];
}

/** An archived item has nothing for a new buyer, and a preorder only its headroom. */
export function availabilityOfSku(
  { item, locations: summaries, asOfMs }: SkuSummary,
  { locationId, nowMs, isInUse, allLocations }: AvailabilityScope,
): AvailabilityOf {
  const isForSale = item?.active !== false;
  const hasStock = isForSale && !isPreorder({ availableFrom: item?.availableFrom ?? null }, nowMs);
  const isAsked = (at: string): boolean => (locationId === null || at === locationId) && isInUse(at);
  const asked = summaries.filter((summary) => isAsked(summary.locationId));
  const locations = asked.map((summary) => ({
    locationId: summary.locationId,
    available: hasStock ? Math.max(0, summary.sellable) : 0,
  }));
  const expectedHere = (restockAt: string | null): string | null =>
    stillExpectedAt({ restockAt, availableFrom: item?.availableFrom ?? null }, nowMs);
  const known = new Set(summaries.map((summary) => summary.locationId));
  const unknown = allLocations.filter((at) => isAsked(at) && !known.has(at)).length;
  const headroom =
    asked.reduce((sum, summary) => sum + Math.max(0, summary.headroom), 0) + unknown * (item?.backorderLimit ?? 0);
  return {
    available: locations.reduce((sum, { available }) => sum + available, 0),
    backorderable: isForSale ? Math.min(unlimitedBackorders, headroom) : 0,
    restockAt:
      earliestOf(asked.map(({ restockAt }) => expectedHere(restockAt))) ??
      (item === null ? null : stillExpectedAt(item, nowMs)),
    asOfMs,
    locations,
  };
}

/** As many kits as the scarcest component allows, and more of them when that one is expected; none before the kit's day. */
export function availabilityOfKit(
  { item, asOfMs }: SkuSummary,
  summaries: ReadonlyMap<string, SkuSummary>,
  scope: AvailabilityScope,
): AvailabilityOf {
  const parts = (item?.components ?? []).map(({ sku, quantity }) => {
    const summary = summaries.get(sku);
    return { quantity, of: summary === undefined ? null : availabilityOfSku(summary, scope) };
  });
  const day = item === null || !isPreorder(item, scope.nowMs) ? null : item.availableFrom;
  const isForSale = item?.active !== false && day === null;
  const kitsOf = ({ quantity, of }: (typeof parts)[number], units: (part: AvailabilityOf) => number): number =>
    of === null ? 0 : Math.floor(units(of) / quantity);
  const least = (units: (part: AvailabilityOf) => number): number =>
    isForSale ? Math.min(...parts.map((part) => kitsOf(part, units))) : 0;
  const places = new Set(parts.flatMap(({ of }) => of?.locations.map(({ locationId }) => locationId) ?? []));
  const available = least((part) => part.available);
  const inStock = parts.map((part) => kitsOf(part, (of) => of.available));
  const scarcest = parts.filter((_part, index) => inStock[index] === Math.min(...inStock));
  return {
    available,
    backorderable: least((part) => part.available + part.backorderable) - available,
    restockAt: day ?? lastOf(scarcest.map(({ of }) => of?.restockAt ?? null)),
    asOfMs: Math.min(asOfMs, ...parts.flatMap(({ of }) => (of === null ? [] : [of.asOfMs]))),
    locations: [...places].sort().map((locationId) => ({
      locationId,
      available: least((part) => part.locations.find((at) => at.locationId === locationId)?.available ?? 0),
    })),
  };
}
