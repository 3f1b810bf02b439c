import { listAlerts } from "../../alerts/list-alerts.ts";
import { type AuditTrail, listMovements, type MovementsOf } from "../../audit/list-movements.ts";
import { type BackorderListing, listBackorders } from "../../backorders/list-backorders.ts";
import type { Call, RouteHandlers } from "../../http/call.ts";
import { answerWithPage } from "../../http/listing.ts";
import { renderAlert, renderBackorder, renderMovement } from "../../http/render/audit.ts";
import type { Tables } from "../../storage/client.ts";

type AuditRoutes = Pick<RouteHandlers<"back-office">, "listMovements" | "listAlerts" | "listBackorders">;

/** The schema has seen to it that one of the two is there. */
function subjectOf({ sku, locationId, reservationId }: Call<"listMovements">["query"]): MovementsOf {
  return reservationId === undefined
    ? { reservationId: null, sku: sku ?? "", locationId: locationId ?? null }
    : { reservationId, sku: sku ?? null, locationId: locationId ?? null };
}

export function auditRoutes(services: AuditTrail & BackorderListing & { readonly tables: Tables }): AuditRoutes {
  return {
    listMovements: async ({ query }) => {
      const { from, to, limit, cursor = null } = query;
      const listing = await listMovements(services, {
        of: subjectOf(query),
        fromMs: from ?? null,
        toMs: to ?? null,
        limit,
        cursor,
      });
      return answerWithPage(listing, renderMovement);
    },
    listBackorders: async ({ query: { sku, locationId = null, limit, cursor = null } }) =>
      answerWithPage(await listBackorders(services, { sku, locationId, limit, cursor }), renderBackorder),
    listAlerts: async ({ query: { status = null, limit, cursor = null } }) =>
      answerWithPage(await listAlerts(services, { status, limit, cursor }), renderAlert),
  };
}
