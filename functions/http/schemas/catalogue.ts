import * as z from "zod/mini";
import {
  countryCode,
  degrees,
  figure,
  integer,
  largestQuantity,
  locationId,
  page,
  pageParameters,
  sku,
  text,
  time,
  timeUtc,
} from "./values.ts";

const lowStockThreshold = integer(0, largestQuantity, "At or below this quantity `low_stock` is raised at a location.");
const externalSku = text(128, "The merchant's own number, in any characters.");
const barcode = text(128, "GTIN, EAN, UPC or the like.");
const active = z.boolean().check(z.meta({ description: "False: takes no new reservations and keeps its promises." }));

export const itemPath = z.strictObject({ sku });

/** A `PUT` gives the whole description: what is left out is taken away. */
export const putItemBody = z.strictObject({
  name: text(200, "What people call it."),
  restockAt: z.optional(z.nullable(timeUtc("When new stock is expected."))),
  lowStockThreshold: z.optional(z.nullable(lowStockThreshold)),
  externalSku: z.optional(z.nullable(externalSku)),
  barcode: z.optional(z.nullable(barcode)),
  active: z._default(active, true),
});

export const listItemsQuery = z.strictObject({
  q: z.optional(text(200, "Words to look for in SKU, name, external SKU and barcode.")),
  ...pageParameters,
});

export const item = z
  .strictObject({
    sku,
    name: z.string(),
    restockAt: z.nullable(time("When new stock is expected.")),
    lowStockThreshold: z.nullable(lowStockThreshold),
    externalSku: z.nullable(z.string()),
    barcode: z.nullable(z.string()),
    active,
    revision: figure("Grows by 1 with every change; the ETag."),
    updatedAt: time("When it was changed last."),
  })
  .check(z.meta({ id: "Item" }));

export const items = page(item);

export const locationPath = z.strictObject({ locationId });

export const putLocationBody = z
  .strictObject({
    name: text(200, "What people call it."),
    priority: integer(0, 1_000_000, "Smaller is served first."),
    active,
    country: z.optional(z.nullable(countryCode)),
    latitude: z.optional(z.nullable(degrees(90, "Degrees north."))),
    longitude: z.optional(z.nullable(degrees(180, "Degrees east."))),
  })
  .check(
    z.refine(({ latitude, longitude }) => ((latitude ?? null) === null) === ((longitude ?? null) === null), {
      error: "must have both latitude and longitude, or neither",
    }),
  );

export const listLocationsQuery = z.strictObject(pageParameters);

export const location = z
  .strictObject({
    locationId,
    name: z.string(),
    priority: figure("Smaller is served first; equal ones in order of their ids."),
    active,
    country: z.nullable(countryCode),
    latitude: z.nullable(degrees(90, "Degrees north.")),
    longitude: z.nullable(degrees(180, "Degrees east.")),
    revision: figure("Grows by 1 with every change; the ETag."),
    updatedAt: time("When it was changed last."),
  })
  .check(z.meta({ id: "Location" }));

export const locations = page(location);
