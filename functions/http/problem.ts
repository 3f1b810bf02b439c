/** The one place in which a refusal, contention, a bad request or an unexpected failure becomes an HTTP answer. */
import type { Refusal } from "../domain/refusal.ts";
import type { FieldError } from "./call.ts";
import { type ProblemCode, problemCodes, problemType } from "./problem-codes.ts";
import type { ProblemBody } from "./schemas/problems.ts";

/** Everything that can be answered with a problem. */
export type Failure =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "contention" }
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] }
  | { readonly kind: "no-such-route" }
  | { readonly kind: "too-large"; readonly mostBytes: number }
  | { readonly kind: "not-json" }
  /** A defect or an outage; what it was stands in the log under the request's id, and never in the answer. */
  | { readonly kind: "unexpected"; readonly requestId: string };

type Members<C extends ProblemCode> = Omit<
  Extract<ProblemBody, { code: C }>,
  "type" | "title" | "status" | "detail" | "code"
>;

function problem<C extends ProblemCode>(code: C, detail: string, members: Members<C>): ProblemBody {
  const { status, title } = problemCodes[code];
  // The compiler cannot see that the common fields and the members of one code make up that code's problem.
  return { type: problemType(code), title, status, detail, code, ...members } as unknown as ProblemBody;
}

export function problemOf(failure: Failure): ProblemBody {
  switch (failure.kind) {
    case "refused":
      return problemOfRefusal(failure.refusal);
    case "contention":
      return problem(
        "contention",
        "It could not be finished, and a part may be done. Send it again after a moment with the same Idempotency-Key; if it had none, read first what was done.",
        {},
      );
    case "invalid":
      return problem("validation_failed", "The request was refused as a whole; nothing has changed.", {
        errors: [...failure.errors],
      });
    case "no-such-route":
      return problem("not_found", "There is nothing under this method and path.", {});
    case "too-large":
      return problem("payload_too_large", `A body has at most ${failure.mostBytes} bytes.`, {});
    case "not-json":
      return problem("unsupported_media_type", "Send the body as JSON, with content-type application/json.", {});
    case "unexpected":
      return problem("internal_error", "The request failed. It may be sent again; if it fails again, tell the id.", {
        requestId: failure.requestId,
      });
  }
}

function problemOfRefusal(refusal: Refusal): ProblemBody {
  switch (refusal.kind) {
    case "not-found":
      return problem("not_found", `There is no such ${refusal.resource}.`, {});
    case "unknown-sku":
      return problem("unknown_sku", "Create the item first.", { errors: refusal.skus.map((sku) => ({ sku })) });
    case "unknown-location":
      return problem("unknown_location", "Create the location first.", {
        errors: refusal.locationIds.map((locationId) => ({ locationId })),
      });
    case "insufficient-stock":
      return problem("insufficient_stock", "Nothing was reserved. All lines that are short are listed.", {
        errors: refusal.lines.map((line) => ({ ...line })),
      });
    case "reservation-expired":
      return problem(
        "reservation_expired",
        "Its stock could not be taken again. The lines that are short are listed.",
        {
          errors: refusal.lines.map((line) => ({ ...line })),
        },
      );
    case "reservation-exists":
      return problem("reservation_exists", "Another request made a reservation with this id.", {});
    case "reservation-ended":
      return problem("reservation_ended", `It is ${refusal.status}. Use a new id for a new cart.`, {
        reservationStatus: refusal.status,
      });
    case "reservation-too-large":
      return problem(
        "reservation_too_large",
        `It would take ${refusal.writes} levels, counters and queue entries; one transaction holds ${refusal.most}.`,
        {},
      );
    case "record-too-large":
      return problem(
        "reservation_too_large",
        `Its record would take ${refusal.bytes} bytes; it may have ${refusal.most}.`,
        {},
      );
    case "purchase-limit-exceeded":
      return problem("purchase_limit_exceeded", "Nothing was reserved. All limits that it exceeds are listed.", {
        errors: refusal.limits.map((limit) => ({ ...limit })),
      });
    case "customer-needed":
      return problemOf({ kind: "invalid", errors: [customerNeeded(refusal)] });
    case "hold-limit-exceeded":
      return problem("hold_limit_exceeded", `A customer may have ${refusal.most} holds open at a time.`, {});
    case "merge-first":
      return problem("merge_first", "The units may be in its cells. Merge it first: one cell makes it whole.", {
        sku: refusal.level.sku,
        locationId: refusal.level.locationId,
      });
    case "kit-has-no-stock":
      return problem("kit_has_no_stock", "A kit has no stock of its own. Receive its components.", {
        sku: refusal.level.sku,
        locationId: refusal.level.locationId,
      });
    case "cells-and-backorders":
      return problem("cells_and_backorders", "Deny backorders before it is split; merge it before they are allowed.", {
        sku: refusal.level.sku,
        locationId: refusal.level.locationId,
      });
    case "bad-components":
      return problemOf({
        kind: "invalid",
        errors: refusal.faults.map(({ sku, message }) => ({ path: "body.components", message: `${sku} ${message}` })),
      });
    case "invalid-transition":
      return problem("invalid_transition", refusal.detail, { reservationStatus: refusal.status });
    case "would-oversell":
      return problem("would_oversell", "The changes that take too much are listed, with what may be taken.", {
        errors: refusal.changes.map((change) => ({ ...change })),
      });
    case "quantity-conflict":
      return problem("quantity_conflict", "The quantities that differ from the expected ones are listed.", {
        errors: refusal.changes.map((change) => ({ ...change })),
      });
    case "version-conflict":
      return problem("version_conflict", "If-Match does not name the present revision. Read it again.", {
        revision: refusal.revision,
      });
    case "idempotency-key-reused":
      return problem("idempotency_key_reused", "Use a new key for a new request.", {});
  }
}

/** A reservation that was made without a customer can not be given one: a new one has to be made. */
function customerNeeded({ skus, missingIn }: Extract<Refusal, { kind: "customer-needed" }>): FieldError {
  const limited = `${skus.join(", ")} has a purchase limit`;
  return missingIn === "request"
    ? { path: "body.customerId", message: `is needed: ${limited}` }
    : { path: "path.reservationId", message: `is a reservation without a customerId, which is needed: ${limited}` };
}

/** Contention passes quickly: a second is longer than most of it lasts. */
const retryAfterSeconds = "1";

/** The headers that a problem brings along. */
export function problemHeaders({ code }: Pick<ProblemBody, "code">): Record<string, string> {
  return {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(code === "contention" ? { "retry-after": retryAfterSeconds } : {}),
  };
}
