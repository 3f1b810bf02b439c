import type { AnswerBody } from "../call.ts";
import { isoTime } from "./time.ts";

type AvailabilityBody = AnswerBody<"getAvailability">["items"][number];

/** What is known of one SKU, as the capability gives it. */
export interface KnownAvailability {
  readonly available: number;
  readonly backorderable: number;
  readonly restockAt: string | null;
  readonly asOfMs: number;
  readonly locations: readonly { readonly locationId: string; readonly available: number }[];
}

/** An unknown SKU is an item that is not tracked: a listing page must not break over one product. */
export function renderAvailability(sku: string, known: KnownAvailability | null): AvailabilityBody {
  return known === null
    ? {
        sku,
        tracked: false,
        available: 0,
        inStock: false,
        backorderable: 0,
        restockAt: null,
        asOf: null,
        locations: [],
      }
    : {
        sku,
        tracked: true,
        available: known.available,
        inStock: known.available > 0,
        backorderable: known.backorderable,
        restockAt: known.restockAt,
        asOf: isoTime(known.asOfMs),
        locations: known.locations.map((location) => ({ ...location })),
      };
}
