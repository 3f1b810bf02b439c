import * as z from "zod/mini";
import { backorder } from "./catalogue.ts";
import {
  figure,
  integer,
  largestQuantity,
  locationId,
  page,
  pageParameters,
  restockAt,
  sku,
  time,
  timeMs,
} from "./values.ts";

export const levelPath = z.strictObject({ sku, locationId });

export const getLevelQuery = z.strictObject({
  asOf: z.optional(timeMs("Answers from the audit trail: the level after the last change made until then.")),
});

export const listLevelsQuery = z
  .strictObject({ sku: z.optional(sku), locationId: z.optional(locationId), ...pageParameters })
  .check(
    z.refine((query) => (query.sku === undefined) !== (query.locationId === undefined), {
      error: "must have either sku or locationId, and not both",
    }),
  );

const threshold = integer(
  0,
  largestQuantity,
  "When the units for sale come down to this, the alert `low_stock` is raised.",
);

/** `"item"` takes an override back: the item's own threshold holds again. */
export const patchLevelBody = z
  .strictObject({
    lowStockThreshold: z.optional(
      z.union([z.nullable(threshold), z.literal("item")], {
        error: `must be a whole number from 0 to ${largestQuantity}, null for no threshold here, or "item" for the item's`,
      }),
    ),
    backorder: z.optional(
      z.union([backorder, z.literal("item")], {
        error: 'must be a policy with or without a limit, or "item" for the item\'s',
      }),
    ),
    restockAt: z.optional(
      z.union([z.nullable(restockAt), z.literal("item")], {
        error: 'must be an ISO 8601 time with a zone, null for none, or "item" for the item\'s',
      }),
    ),
  })
  .check(
    z.refine((patch) => Object.keys(patch).length > 0, { error: "must name at least one setting to change" }),
    z.meta({ override: { minProperties: 1 } }),
  );

/** A level is one item of the table, and each cell another. */
const mostCells = 1_024;

export const splitLevelBody = z.strictObject({
  cells: integer(1, mostCells, "Into how many parts the level is split; 1 makes it whole again."),
});

export const level = z
  .strictObject({
    sku,
    locationId,
    onHand: figure("Physical units."),
    reserved: figure("Units of `onHand` promised to open reservations."),
    available: figure("`onHand` less what is reserved or may not be sold; below 0 only after a forced decrease."),
    damaged: figure("Units of `onHand` that are damaged."),
    qualityControl: figure("Units of `onHand` that are being inspected."),
    safetyStock: figure("Units of `onHand` that are kept back."),
    incoming: figure("Units on their way here."),
    backordered: figure("Units promised beyond the stock."),
    sellable: figure("What a new buyer may have from stock: `available` less `backordered`."),
    backorderable: figure("How many more units may be promised beyond the stock."),
    cells: figure("Parts that the level is split into."),
    lowStockThreshold: z.nullable(threshold).check(z.meta({ description: "The threshold in force here, or null." })),
    restockAt: z.nullable(time("When new stock is expected here.")),
    availableFrom: z.nullable(time("Before this time the item is sold against its headroom only.")),
    overrides: z
      .strictObject({
        lowStockThreshold: z.optional(z.nullable(threshold)),
        backorder: z.optional(
          z.strictObject({ policy: z.enum(["deny", "allow"]), limit: z.nullable(figure("Units at this location.")) }),
        ),
        restockAt: z.optional(z.nullable(time("When new stock is expected here."))),
      })
      .check(z.meta({ description: "What was set for this location alone; it wins over the item's setting." })),
    version: figure("Grows by 1 with every change of the level."),
    settingsRevision: figure("Grows by 1 when a setting changes; the ETag."),
    updatedAt: time("When the level was changed last."),
  })
  .check(z.meta({ id: "Level" }));

export const levels = page(level);
