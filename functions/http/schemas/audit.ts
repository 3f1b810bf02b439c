import * as z from "zod/mini";
import { alertTypes } from "../../domain/alert.ts";
import { type Figure, figureNames, movementTypes } from "../../domain/level.ts";
import { figure, locationId, page, pageParameters, reservationId, sku, time, timeMs } from "./values.ts";

export const listMovementsQuery = z
  .strictObject({
    sku: z.optional(sku),
    locationId: z.optional(locationId),
    reservationId: z.optional(reservationId),
    from: z.optional(timeMs("Not before this time.")),
    to: z.optional(timeMs("Before this time.")),
    ...pageParameters,
  })
  .check(
    z.refine((query) => query.sku !== undefined || query.reservationId !== undefined, {
      error: "must have sku or reservationId",
    }),
    z.refine((query) => query.locationId === undefined || query.sku !== undefined, {
      error: "narrows a sku and needs one",
      path: ["locationId"],
    }),
  );

type FigureShape<T> = Record<Figure, T>;

const figures = Object.fromEntries(figureNames.map((name) => [name, figure("Units.")])) as FigureShape<z.ZodMiniInt>;
const changes = Object.fromEntries(figureNames.map((name) => [name, z.optional(figure("Units."))])) as FigureShape<
  z.ZodMiniOptional<z.ZodMiniInt>
>;

const movement = z
  .strictObject({
    sku,
    locationId,
    cell: figure("The part of a split level; 0 for the level itself."),
    generation: figure("Which split of the level the cell is of; 0 for the level itself."),
    version: figure("The level's version after the change; versions have no gaps."),
    type: z.enum(movementTypes),
    at: time("When the change was made."),
    actor: z.string().check(z.meta({ description: "The token's subject, shortened when longer than 64 bytes." })),
    reason: z.nullable(z.string()),
    reference: z.nullable(z.string()),
    reservationId: z.nullable(reservationId),
    changes: z.strictObject(changes).check(z.meta({ description: "What was added to each figure that changed." })),
    after: z.strictObject(figures).check(z.meta({ description: "Every figure after the change." })),
  })
  .check(z.meta({ id: "Movement" }));

export const movements = page(movement);

export const listAlertsQuery = z.strictObject({
  status: z.optional(z.enum(["open", "resolved"], 'must be "open" or "resolved"')),
  ...pageParameters,
});

const alert = z
  .strictObject({
    alertId: z.string(),
    type: z.enum(alertTypes),
    sku,
    locationId,
    status: z.enum(["open", "resolved"]),
    available: figure("What a new buyer could have after the crossing; below 0 where units are owed."),
    threshold: z.nullable(figure("The threshold that was crossed; null for the types that have none.")),
    raisedAt: time("When the crossing happened."),
    resolvedAt: z.nullable(time("When it went back.")),
  })
  .check(z.meta({ id: "Alert" }));

export const alerts = page(alert);

export const listBackordersQuery = z.strictObject({
  sku,
  locationId: z.optional(locationId),
  ...pageParameters,
});

const queueEntry = z
  .strictObject({
    sku,
    locationId,
    reservationId,
    quantity: figure("Units that wait."),
    promisedAt: time("When they were promised: the oldest promise is served first."),
    restockAt: z.nullable(time("When new stock is expected now.")),
  })
  .check(z.meta({ id: "QueueEntry" }));

export const backorders = page(queueEntry);
