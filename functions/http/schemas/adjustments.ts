import * as z from "zod/mini";
import { adjustmentReasons, stockStates } from "../../domain/level.ts";
import { refusedChange } from "./problems.ts";
import { figure, integer, largestQuantity, locationId, shortText, sku } from "./values.ts";

const mostChanges = 100;
/** One transaction holds 98 levels and markers; 90 leaves room and is the same as a reservation's lines. */
const mostAtomicChanges = 90;

const state = z
  .enum(stockStates)
  .check(z.meta({ description: "Units on hand, or the units of them that may not be sold." }));

const change = z
  .strictObject({
    sku,
    locationId,
    state: z._default(state, "onHand"),
    delta: z.optional(
      integer(-largestQuantity, largestQuantity, "Units to add, or to take away when below 0.").check(
        z.refine((value) => value !== 0, { error: "must not be 0" }),
        z.meta({ override: { not: { const: 0 } } }),
      ),
    ),
    set: z.optional(integer(0, largestQuantity, "The quantity that there is now.")),
    expected: z.optional(
      integer(0, largestQuantity, "The quantity that must have been there before; else 412 `quantity_conflict`."),
    ),
    force: z._default(
      z.boolean().check(z.meta({ description: "Allows a decrease below what is promised to buyers." })),
      false,
    ),
  })
  .check(
    z.refine((value) => (value.delta === undefined) !== (value.set === undefined), {
      error: "must have either delta or set, and not both",
    }),
    z.meta({ override: { oneOf: [{ required: ["delta"] }, { required: ["set"] }] } }),
  );

export const adjustStockBody = z
  .strictObject({
    reason: z.enum(adjustmentReasons),
    reference: z.optional(shortText(128, "The caller's own reference; it appears in the audit trail.")),
    atomic: z._default(
      z.boolean().check(z.meta({ description: `All changes or none; then at most ${mostAtomicChanges}.` })),
      false,
    ),
    changes: z.array(change, "must be a list of changes").check(
      z.minLength(1, "must have at least 1 change"),
      z.maxLength(mostChanges, { error: `must have at most ${mostChanges} changes`, abort: true }),
      z.check((context) => {
        const seen = new Map<string, number>();
        for (const [index, { sku, locationId, state }] of context.value.entries()) {
          const place = `${sku}#${locationId}#${state}`;
          const earlier = seen.get(place);
          if (earlier === undefined) {
            seen.set(place, index);
          } else {
            context.issues.push({
              code: "custom",
              path: [index],
              message: `repeats the SKU, location and state of change ${earlier}`,
              input: context.value[index],
            });
          }
        }
      }),
    ),
  })
  .check(
    z.refine((value) => !value.atomic || value.changes.length <= mostAtomicChanges, {
      error: `must have at most ${mostAtomicChanges} changes when atomic`,
      path: ["changes"],
    }),
  );

const changed = { sku, locationId, state };

/** What was done to each change, in the order of the request. */
export const adjustmentResults = z
  .strictObject({
    results: z.array(
      z.discriminatedUnion("status", [
        z.strictObject({ ...changed, status: z.literal("applied"), delta: figure("The change that was made.") }),
        z.strictObject({ ...changed, status: z.literal("refused"), error: refusedChange }),
      ]),
    ),
  })
  .check(z.meta({ id: "AdjustmentResults" }));
