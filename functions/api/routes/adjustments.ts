import type { Adjustment } from "../../domain/adjustment.ts";
import { answerWith } from "../../http/answer-with.ts";
import type { AnswerBody, Call, RouteHandlers } from "../../http/call.ts";
import { problemOf } from "../../http/problem.ts";
import { type AdjustmentResult, adjustStock } from "../../stock/adjust-stock.ts";
import type { StockServices } from "../../stock/services.ts";

type RequestedChange = Call<"adjustStock">["body"]["changes"][number];

function adjustmentOf({ sku, locationId, state, delta, set, expected, force }: RequestedChange): Adjustment {
  return {
    sku,
    locationId,
    state,
    change: delta === undefined ? { kind: "set", quantity: set ?? 0 } : { kind: "delta", delta },
    expected: expected ?? null,
    force,
  };
}

function renderResult(result: AdjustmentResult): AnswerBody<"adjustStock">["results"][number] {
  const { sku, locationId, state } = result.adjustment;
  if (result.kind === "applied") {
    return { sku, locationId, state, status: "applied", delta: result.delta };
  }
  const problem = problemOf({ kind: "refused", refusal: result.refusal });
  switch (problem.code) {
    case "unknown_sku":
    case "unknown_location":
    case "would_oversell":
    case "quantity_conflict":
    case "merge_first":
    case "kit_has_no_stock":
    case "idempotency_key_reused":
      return { sku, locationId, state, status: "refused", error: problem };
    default:
      throw new Error(`A change of stock cannot be refused with ${problem.code}.`);
  }
}

export function adjustmentRoutes(services: StockServices): Pick<RouteHandlers<"back-office">, "adjustStock"> {
  return {
    adjustStock: async (call) => {
      const { body, keyDigest, bodyDigest, caller, budgetEndsAtMs } = call;
      const outcome = await adjustStock(services, {
        reason: body.reason,
        reference: body.reference ?? null,
        atomic: body.atomic,
        changes: body.changes.map(adjustmentOf),
        requestDigest: bodyDigest,
        operationDigest: keyDigest ?? services.runtime.newId(),
        actor: caller.actor,
        budgetEndsAtMs,
      });
      return answerWith(outcome, ({ results }) => ({ status: 200, body: { results: results.map(renderResult) } }));
    },
  };
}
