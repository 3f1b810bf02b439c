import { digestOf } from "../../digest.ts";
import type { AllocationTerms } from "../../domain/allocation.ts";
import { type Outcome, refused } from "../../domain/refusal.ts";
import { answerWith } from "../../http/answer-with.ts";
import type { Answer, Call, RouteHandlers } from "../../http/call.ts";
import { answerWithPage } from "../../http/listing.ts";
import { renderCommitted, renderReservation } from "../../http/render/reservation.ts";
import { addToLogContext } from "../../log-context.ts";
import { commitReservation } from "../../reservations/commit-reservation.ts";
import { extendReservation } from "../../reservations/extend-reservation.ts";
import { fulfilReservation } from "../../reservations/fulfil-reservation.ts";
import { getReservation } from "../../reservations/get-reservation.ts";
import { listReservations } from "../../reservations/list-reservations.ts";
import { rearrangeReservation } from "../../reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../reservations/release-reservation.ts";
import { type Reserved, reserveStock } from "../../reservations/reserve-stock.ts";
import { returnUnits } from "../../reservations/return-units.ts";
import type { EndingServices, ReservationServices } from "../../reservations/services.ts";
import type { ReservationName } from "../../storage/reservation-lists.ts";

type ReservationRoutes = Omit<RouteHandlers<"storefront">, "getAvailability">;

/** What every change of a reservation carries. */
function changeOf(call: Pick<Call<"commitReservation">, "path" | "precondition" | "caller" | "budgetEndsAtMs">): {
  reservationId: string;
  expectedRevision: number | null;
  actor: string;
  budgetEndsAtMs: number;
} {
  return {
    reservationId: call.path.reservationId,
    expectedRevision: call.precondition.expectedRevision,
    actor: call.caller.actor,
    budgetEndsAtMs: call.budgetEndsAtMs,
  };
}

/** The ETag stands for the lines, not for the whole: a payment provider carries it while other things change. */
function withRevision<B extends { readonly revision: number }>(body: B) {
  return { status: 200 as const, body, revision: body.revision };
}

export function reservationRoutes(services: ReservationServices): ReservationRoutes {
  return {
    createReservation: async (call) => answerWith(await reserve(services, call), renderReserved),
    getReservation: async ({ path }) =>
      answerWith(await getReservation(services, path.reservationId), (found) => withRevision(renderReservation(found))),
    listReservations: async ({ query: { referenceId, orderId, limit, cursor = null } }) => {
      const name: ReservationName =
        referenceId === undefined ? { kind: "order", id: orderId ?? "" } : { kind: "reference", id: referenceId };
      return answerWithPage(await listReservations(services, { name, limit, cursor }), renderReservation);
    },
    rearrangeReservation: async (call) =>
      answerWith(
        await rearrangeReservation(services, {
          ...changeOf(call),
          lines: call.body.lines.map(requestedLine),
          ttlSeconds: call.body.ttlSeconds ?? null,
        }),
        (rearranged) => withRevision(renderReservation(rearranged)),
      ),
    extendReservation: async (call) =>
      answerWith(
        await extendReservation(services, { ...changeOf(call), ttlSeconds: call.body.ttlSeconds }),
        (extended) => withRevision(renderReservation(extended)),
      ),
    commitReservation: async (call) =>
      answerWith(await commitReservation(services, { ...changeOf(call), orderId: call.body.orderId }), (committed) =>
        withRevision(renderCommitted(committed)),
      ),
    releaseReservation: async (call) =>
      answerWith(
        await releaseReservation(services, { ...changeOf(call), reason: call.body.reason ?? null }),
        (released) => withRevision(renderReservation(released)),
      ),
  };
}

/** Fulfilment belongs to the warehouse, and so to another function than the rest of a reservation's life. */
export function fulfilmentRoutes(
  services: EndingServices,
): Pick<RouteHandlers<"back-office">, "fulfillReservation" | "returnUnits"> {
  return {
    fulfillReservation: async (call) => {
      const units = call.body.lines?.map(requestedLine) ?? null;
      const outcome = await fulfilReservation(services, { ...changeOf(call), units, change: rememberedChange(call) });
      return answerWith(outcome, (fulfilled) => withRevision(renderReservation(fulfilled)));
    },
    returnUnits: async (call) => {
      const units = call.body.lines;
      const outcome = await returnUnits(services, { ...changeOf(call), units, change: rememberedChange(call) });
      return answerWith(outcome, (returned) => withRevision(renderReservation(returned)));
    },
  };
}

function requestedLine({
  sku,
  quantity,
  locationId,
}: {
  sku: string;
  quantity: number;
  locationId?: string | undefined;
}) {
  return { sku, quantity, locationId: locationId ?? null };
}

/** A part that is shipped or comes back has no guard but the key that it is asked for with. */
function rememberedChange({ keyDigest, bodyDigest }: Pick<Call<"returnUnits">, "keyDigest" | "bodyDigest">) {
  return keyDigest === null ? null : { keyDigest, requestDigest: bodyDigest };
}

/** How the request, or else the configuration, chooses stock. */
function termsOf(
  { allocation, shipTo, backorder }: Call<"createReservation">["body"],
  { defaultAllocation }: ReservationServices,
): AllocationTerms {
  const { latitude, longitude } = shipTo ?? {};
  return {
    strategy: allocation ?? defaultAllocation,
    shipTo: latitude === undefined || longitude === undefined ? null : { latitude, longitude },
    mayBackorder: backorder === "allow",
  };
}

function renderReserved({ reservation, created }: Reserved): Answer<"createReservation"> {
  const answer = withRevision(renderReservation(reservation));
  return created
    ? { ...answer, status: 201, location: `/v1/reservations/${encodeURIComponent(reservation.reservationId)}` }
    : answer;
}

/**
 * Without an id of the caller's, the id is derived from the idempotency key: a retry after a lost answer then
 * meets the reservation that the first try made, even when that answer was never kept.
 */
async function reserve(services: ReservationServices, call: Call<"createReservation">): Promise<Outcome<Reserved>> {
  const { body, keyDigest, bodyDigest } = call;
  const derivedId = keyDigest === null ? null : `r-${digestOf("reservation", keyDigest)}`;
  const reservationId = body.reservationId ?? derivedId ?? `r-${services.runtime.newId()}`;
  addToLogContext({ reservationId });
  const outcome = await reserveStock(services, {
    reservationId,
    isIdMadeUp: body.reservationId === undefined && derivedId === null,
    lines: body.lines.map(requestedLine),
    terms: termsOf(body, services),
    referenceId: body.referenceId ?? null,
    customerId: body.customerId ?? null,
    ttlSeconds: body.ttlSeconds ?? null,
    requestDigest: bodyDigest,
    actor: call.caller.actor,
    budgetEndsAtMs: call.budgetEndsAtMs,
  });
  return body.reservationId === undefined && derivedId !== null
    ? await asReuseOfKey(services, outcome, derivedId, bodyDigest)
    : outcome;
}

/** A derived id that is taken by another request means that the key is, and the caller knows only the key. */
async function asReuseOfKey(
  services: ReservationServices,
  outcome: Outcome<Reserved>,
  derivedId: string,
  bodyDigest: string,
): Promise<Outcome<Reserved>> {
  if (outcome.kind !== "refused") {
    return outcome;
  }
  switch (outcome.refusal.kind) {
    case "reservation-exists":
      return refused({ kind: "idempotency-key-reused" });
    case "reservation-ended": {
      const ended = await getReservation(services, derivedId);
      return ended.kind === "done" && ended.value.requestDigest !== bodyDigest
        ? refused({ kind: "idempotency-key-reused" })
        : outcome;
    }
    default:
      return outcome;
  }
}
