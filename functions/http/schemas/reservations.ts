import * as z from "zod/mini";
import { reservationTimes } from "../../contract/settings.ts";
import { allocationStrategies } from "../../domain/allocation.ts";
import { dispositions } from "../../domain/fulfilment.ts";
import {
  countryCode,
  degrees,
  figure,
  integer,
  locationId,
  page,
  pageParameters,
  quantity,
  reservationId,
  shortText,
  sku,
  text,
  time,
} from "./values.ts";

const { usualHoldSeconds, longestHoldSeconds } = reservationTimes;
const mostLines = 90;

const ttlSeconds = integer(
  1,
  longestHoldSeconds.most,
  "Seconds from now until the hold expires, as far as its longest life goes.",
);
const orderId = text(128, "The merchant's own number of the order.");
const referenceId = shortText(128, "The caller's own reference, such as a cart; it appears in the audit trail.");
const customerId = text(128, "Who the stock is held for.");

const requestedLine = z.strictObject({
  sku,
  quantity,
  locationId: z.optional(locationId),
});

/** The same SKU may be wanted from several places, but not twice from one: that is what a quantity is for. */
const lines = z.array(requestedLine, "must be a list of lines").check(
  z.minLength(1, "must have at least 1 line"),
  z.maxLength(mostLines, { error: `must have at most ${mostLines} lines`, abort: true }),
  z.check((context) => {
    const seen = new Map<string, number>();
    for (const [index, line] of context.value.entries()) {
      const place = `${line.sku}#${line.locationId ?? ""}`;
      const earlier = seen.get(place);
      if (earlier === undefined) {
        seen.set(place, index);
      } else {
        context.issues.push({
          code: "custom",
          path: [index],
          message: `repeats the SKU and location of line ${earlier}; give one line with the whole quantity`,
          input: line,
        });
      }
    }
  }),
);

export const reservationPath = z.strictObject({ reservationId });

const allocation = z
  .enum(allocationStrategies, `must be one of ${allocationStrategies.join(", ")}`)
  .check(z.meta({ description: "How stock is chosen for lines without a location." }));

const shipTo = z
  .strictObject({
    country: z.optional(countryCode),
    latitude: z.optional(degrees(90, "Degrees north.")),
    longitude: z.optional(degrees(180, "Degrees east.")),
  })
  .check(
    z.refine(({ latitude, longitude }) => (latitude === undefined) === (longitude === undefined), {
      error: "must have both latitude and longitude, or neither",
    }),
    z.meta({ description: "Where the goods go; `nearest` needs its latitude and longitude." }),
  );

export const createReservationBody = z
  .strictObject({
    reservationId: z.optional(reservationId),
    referenceId: z.optional(referenceId),
    customerId: z.optional(customerId),
    ttlSeconds: z.optional(ttlSeconds).check(
      z.meta({
        description:
          "Seconds from now until the hold expires, as far as its longest life goes. " +
          `Without it, what the deployment sets: ${usualHoldSeconds.usual} unless it says otherwise.`,
      }),
    ),
    backorder: z._default(
      z
        .enum(["allow", "deny"], 'must be "allow" or "deny"')
        .check(z.meta({ description: "`deny` refuses what is not in stock, even where a backorder is allowed." })),
      "allow",
    ),
    allocation: z.optional(allocation),
    shipTo: z.optional(shipTo),
    lines,
  })
  .check(
    z.refine((body) => body.allocation !== "nearest" || body.shipTo?.latitude !== undefined, {
      error: "must have latitude and longitude for the allocation nearest",
      path: ["shipTo"],
    }),
  );

export const rearrangeReservationBody = z.strictObject({ lines, ttlSeconds: z.optional(ttlSeconds) });

export const listReservationsQuery = z
  .strictObject({ referenceId: z.optional(referenceId), orderId: z.optional(orderId), ...pageParameters })
  .check(
    z.refine((query) => (query.referenceId === undefined) !== (query.orderId === undefined), {
      error: "must have either referenceId or orderId, and not both",
    }),
  );

export const extendReservationBody = z.strictObject({ ttlSeconds });

export const commitReservationBody = z.strictObject({ orderId });

/** A code rather than a text: it stands on every level of the reservation. */
export const releaseReservationBody = z.strictObject({
  reason: z.optional(shortText(32, "Why, as a short code of the caller's; it appears in the audit trail.")),
});

const mostUnits = 90;

/** Without lines all of it is shipped. */
export const fulfillReservationBody = z.strictObject({
  lines: z.optional(
    z
      .array(z.strictObject({ sku, quantity, locationId: z.optional(locationId) }), "must be a list of lines")
      .check(
        z.minLength(1, "must have at least 1 line"),
        z.maxLength(mostUnits, { error: `must have at most ${mostUnits} lines`, abort: true }),
      ),
  ),
});

export const returnUnitsBody = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        sku,
        locationId,
        quantity,
        disposition: z
          .enum(dispositions, `must be one of ${dispositions.join(", ")}`)
          .check(z.meta({ description: "To be sold again, damaged, or to be inspected." })),
      }),
      "must be a list of lines",
    )
    .check(
      z.minLength(1, "must have at least 1 line"),
      z.maxLength(mostUnits, { error: `must have at most ${mostUnits} lines`, abort: true }),
    ),
});

const reservedLine = z.strictObject({
  sku,
  quantity: figure("Units asked for."),
  locationId: z.nullable(locationId).check(z.meta({ description: "As submitted; null when the service chose." })),
  allocated: figure("Units of stock reserved now; 0 once the reservation has ended."),
  backordered: figure("Units promised beyond the stock."),
  fulfilled: figure("Units shipped."),
  released: figure("Units given back."),
  returned: figure("Units that came back after shipping."),
  restockAt: z.nullable(time("When missing units are expected.")),
  allocations: z
    .array(z.strictObject({ sku, locationId, quantity: figure("Units.") }))
    .check(z.meta({ description: "Where the units are taken from; empty once they are given back." })),
});

const reservationShape = {
  reservationId,
  status: z
    .enum(["held", "committed", "fulfilled", "released", "expired"])
    .check(z.meta({ description: "`held` → `committed` → `fulfilled`, or `released` / `expired`." })),
  revision: figure("Changes only when a caller changes the lines; the ETag."),
  referenceId: z.nullable(z.string()),
  customerId: z.nullable(z.string()),
  orderId: z.nullable(z.string()),
  createdAt: time("When the stock was taken."),
  expiresAt: z.nullable(time("The deadline; null once committed.")),
  committedAt: z.nullable(time("When the order was placed.")),
  endedAt: z.nullable(time("When it was fulfilled, released or expired.")),
  lines: z.array(reservedLine),
};

export const reservation = z.strictObject(reservationShape).check(z.meta({ id: "Reservation" }));

export const reservations = page(reservation);

export const committedReservation = z
  .strictObject({
    ...reservationShape,
    reacquired: z
      .boolean()
      .check(z.meta({ description: "True when the hold had expired and the stock was taken again." })),
  })
  .check(z.meta({ id: "CommittedReservation" }));
