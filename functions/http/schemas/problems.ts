/** The answers of RFC 9457, `application/problem+json`: one shape for each code. */
import * as z from "zod/mini";
import { stockStates } from "../../domain/level.ts";
import { type ProblemCode, problemCodes } from "../problem-codes.ts";
import { figure, locationId, sku, time } from "./values.ts";

type Members = Record<string, z.ZodMiniType>;

function problemOfCode<C extends ProblemCode, M extends Members>(code: C, members: M) {
  const { status, title } = problemCodes[code];
  const id = `${code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;
  return z
    .strictObject({
      type: z.string(),
      title: z.string(),
      status: z.literal(status),
      detail: z.string(),
      code: z.literal(code),
      ...members,
    })
    .check(z.meta({ id, description: `${title}.` }));
}

const reservationStatus = z.enum(["held", "committed", "fulfilled", "released", "expired"]);

const shortLines = z.array(
  z.strictObject({
    sku,
    locationId: z.nullable(locationId),
    requested: figure("Units asked for."),
    available: figure("What a new buyer can have there, never below 0."),
    backorderable: figure(
      "What may be promised beyond the stock, never below 0; over all locations where the line names none, though one " +
        "line waits at one of them.",
    ),
    restockAt: z.nullable(time("When new stock is expected.")),
  }),
);

export const problemSchemas = {
  validation_failed: problemOfCode("validation_failed", {
    errors: z.array(
      z.strictObject({
        path: z
          .string()
          .check(z.meta({ description: "Where: `body.lines[0].quantity`, `query.limit`, `headers.if-match`." })),
        message: z.string(),
      }),
    ),
  }),
  not_found: problemOfCode("not_found", {}),
  unknown_sku: problemOfCode("unknown_sku", { errors: z.array(z.strictObject({ sku })) }),
  unknown_location: problemOfCode("unknown_location", { errors: z.array(z.strictObject({ locationId })) }),
  insufficient_stock: problemOfCode("insufficient_stock", { errors: shortLines }),
  purchase_limit_exceeded: problemOfCode("purchase_limit_exceeded", {
    errors: z.array(
      z.strictObject({
        sku,
        limit: figure("Units that one customer may have, in a window if the limit has one."),
        alreadyTaken: figure("Units that the customer has."),
        requested: figure("Units asked for."),
      }),
    ),
  }),
  hold_limit_exceeded: problemOfCode("hold_limit_exceeded", {}),
  merge_first: problemOfCode("merge_first", { sku, locationId }),
  kit_has_no_stock: problemOfCode("kit_has_no_stock", { sku, locationId }),
  cells_and_backorders: problemOfCode("cells_and_backorders", { sku, locationId }),
  invalid_transition: problemOfCode("invalid_transition", { reservationStatus }),
  would_oversell: problemOfCode("would_oversell", {
    errors: z.array(
      z.strictObject({
        sku,
        locationId,
        state: z.enum(stockStates),
        delta: figure("The change that was asked for."),
        available: figure("What may be taken away at most."),
      }),
    ),
  }),
  reservation_exists: problemOfCode("reservation_exists", {}),
  reservation_ended: problemOfCode("reservation_ended", { reservationStatus }),
  reservation_expired: problemOfCode("reservation_expired", { errors: shortLines }),
  version_conflict: problemOfCode("version_conflict", {
    revision: figure("The present revision; 0 where there is none."),
  }),
  quantity_conflict: problemOfCode("quantity_conflict", {
    errors: z.array(
      z.strictObject({
        sku,
        locationId,
        state: z.enum(stockStates),
        expected: figure("The quantity that the caller expected."),
        actual: figure("The quantity that is there."),
      }),
    ),
  }),
  payload_too_large: problemOfCode("payload_too_large", {}),
  unsupported_media_type: problemOfCode("unsupported_media_type", {}),
  idempotency_key_reused: problemOfCode("idempotency_key_reused", {}),
  reservation_too_large: problemOfCode("reservation_too_large", {}),
  internal_error: problemOfCode("internal_error", {
    requestId: z.string().check(z.meta({ description: "Names the request in the service's log." })),
  }),
  contention: problemOfCode("contention", {}),
} satisfies Record<ProblemCode, z.ZodMiniType>;

/** Any problem. */
export type ProblemBody = { [C in ProblemCode]: z.output<(typeof problemSchemas)[C]> }[ProblemCode];

/** Why one change of several was refused. */
export const refusedChange = z.discriminatedUnion("code", [
  problemSchemas.unknown_sku,
  problemSchemas.unknown_location,
  problemSchemas.would_oversell,
  problemSchemas.quantity_conflict,
  problemSchemas.merge_first,
  problemSchemas.kit_has_no_stock,
  problemSchemas.idempotency_key_reused,
]);
