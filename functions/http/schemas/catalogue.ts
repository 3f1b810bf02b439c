import * as z from "zod/mini";
import {
  availableFrom,
  countryCode,
  degrees,
  figure,
  integer,
  largestQuantity,
  locationId,
  page,
  pageParameters,
  restockAt,
  sku,
  text,
  time,
} from "./values.ts";

const lowStockThreshold = integer(
  0,
  largestQuantity,
  "When the units for sale at a location come down to this, `low_stock` is raised there.",
);
const externalSku = text(128, "The merchant's own number, in any characters.");
const barcode = text(128, "GTIN, EAN, UPC or the like.");
const active = z.boolean().check(z.meta({ description: "False: takes no new reservations and keeps its promises." }));

export const itemPath = z.strictObject({ sku });

/** What may be promised beyond the stock, at each location. */
export const backorder = z
  .strictObject({
    policy: z.enum(["deny", "allow"], 'must be "deny" or "allow"'),
    limit: z.optional(z.nullable(integer(1, largestQuantity, "Units at each location; without it any number."))),
  })
  .check(z.meta({ id: "Backorder", description: "What may be promised beyond the stock." }));

const purchaseLimit = z.strictObject({
  quantity: integer(1, largestQuantity, "Units that one customer may have."),
  windowDays: z.optional(
    z.nullable(integer(1, 3_650, "The limit counts anew in each window of so many days, in UTC; without it for ever.")),
  ),
});

/** One transaction writes a kit with the proof of its components: two actions for each, and three more. */
const mostComponents = 30;

const components = z
  .array(
    z.strictObject({ sku, quantity: integer(1, 1_000_000, "Units of it in one kit.") }),
    "must be a list of components",
  )
  .check(
    z.maxLength(mostComponents, { error: `must have at most ${mostComponents} components`, abort: true }),
    z.check((context) => {
      const seen = new Set<string>();
      for (const [index, component] of context.value.entries()) {
        if (seen.has(component.sku)) {
          context.issues.push({ code: "custom", path: [index], message: "repeats a SKU", input: component });
        }
        seen.add(component.sku);
      }
    }),
    z.meta({
      description:
        "Makes the item a kit: it has no stock of its own, and takes that of its components. It is backordered and " +
        "expected as they are: a `backorder`, `restockAt` and `lowStockThreshold` of its own have no effect. Before its " +
        "`availableFrom` it is not sold.",
    }),
  );

/** A `PUT` gives the whole description: what is left out is taken away. */
export const putItemBody = z.strictObject({
  name: text(200, "What people call it."),
  backorder: z._default(backorder, { policy: "deny" }),
  restockAt: z.optional(z.nullable(restockAt)),
  availableFrom: z.optional(z.nullable(availableFrom)),
  purchaseLimit: z.optional(z.nullable(purchaseLimit)),
  components: z._default(components, []),
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
    backorder: z.strictObject({
      policy: z.enum(["deny", "allow"]),
      limit: z.nullable(figure("Units at each location.")),
    }),
    restockAt: z.nullable(time("When new stock is expected.")),
    availableFrom: z.nullable(time("Before this time it is a preorder.")),
    purchaseLimit: z.nullable(
      z.strictObject({ quantity: figure("Units."), windowDays: z.nullable(figure("Days; null for ever.")) }),
    ),
    components: z.array(z.strictObject({ sku, quantity: figure("Units of it in one kit.") })),
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
