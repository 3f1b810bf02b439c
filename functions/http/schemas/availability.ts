import * as z from "zod/mini";
import { figure, locationId, sku, time } from "./values.ts";

const mostSkus = 100;

/** API Gateway joins a repeated parameter with commas, which no SKU has. A SKU that is asked for twice is answered once. */
const skus = z
  .pipe(
    z.pipe(
      z.string("must name at least 1 SKU"),
      z.transform((value: string) => value.split(",")),
    ),
    z.array(sku).check(z.maxLength(mostSkus, `must name at most ${mostSkus} SKUs`)),
  )
  .check(
    z.overwrite((value) => [...new Set(value)]),
    z.meta({
      description: `1 to ${mostSkus} SKUs, each as a parameter of its own. A \`+\` in a SKU is sent as \`%2B\`.`,
      override: {
        type: "array",
        items: { $ref: "#/components/schemas/Sku" },
        minItems: 1,
        maxItems: mostSkus,
      },
    }),
  );

export const getAvailabilityQuery = z.strictObject({
  sku: skus,
  locationId: z.optional(locationId),
  exact: z._default(
    z
      .pipe(
        z.enum(["true", "false"], 'must be "true" or "false"'),
        z.transform((value: "true" | "false") => value === "true"),
      )
      .check(
        z.meta({
          description: "Reads the levels consistently instead of the summaries.",
          override: { type: "boolean", enum: undefined, default: false },
        }),
      ),
    false,
  ),
});

const skuAvailability = z.strictObject({
  sku,
  tracked: z.boolean().check(z.meta({ description: "False for a SKU that is not known here." })),
  available: figure("What a new buyer can have, never below 0."),
  inStock: z.boolean(),
  backorderable: figure("What may be promised beyond the stock, over all locations; one line waits at one of them."),
  restockAt: z.nullable(
    time(
      "When new stock is expected: the earliest date of the locations that were asked for; of a kit, when the last of " +
        "its scarcest components is.",
    ),
  ),
  asOf: z.nullable(time("How fresh the figures are; null for a SKU that is not tracked.")),
  locations: z.array(z.strictObject({ locationId, available: figure("What a new buyer can have there.") })),
});

export const availability = z.strictObject({ items: z.array(skuAvailability) }).check(z.meta({ id: "Availability" }));
