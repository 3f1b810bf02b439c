import type { Shortfall } from "../domain/allocation.ts";
import type { WishedLine } from "../domain/cart.ts";
import { lastOf } from "../domain/level.ts";
import { componentsOf } from "../domain/line.ts";
import type { ShortLine } from "../domain/refusal.ts";
import type { StockPicture } from "./stock-picture.ts";

/**
 * What a short line can have: what was left for it beside what it has already, and what may be promised beyond; of a
 * kit, as many as the scarcest component allows, and when the last of those that are short is expected.
 */
export function shortLine(picture: StockPicture, line: WishedLine, shortfalls: readonly Shortfall[]): ShortLine {
  const parts = componentsOf(line);
  const least = (units: (shortfall: Shortfall, wanted: number) => number): number =>
    Math.min(
      ...shortfalls.map((shortfall) => {
        const part = parts.find(({ sku }) => sku === shortfall.demand.sku) ?? { quantity: 1 };
        return Math.floor(units(shortfall, part.quantity * line.quantity) / part.quantity);
      }),
    );
  return {
    sku: line.sku,
    locationId: line.locationId,
    requested: line.quantity,
    available: least(({ available, demand }, wanted) => wanted - demand.quantity + available),
    backorderable: least(({ backorderable }) => backorderable),
    restockAt:
      picture.dayOfKit(line.sku) ??
      lastOf(shortfalls.map(({ demand }) => picture.expectedAt(demand.sku, line.locationId))),
  };
}
