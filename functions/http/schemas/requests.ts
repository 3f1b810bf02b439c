/** What each operation takes. A part that is missing here is not read; every unknown field is refused. */
import type * as z from "zod/mini";
import type { OperationId } from "../../contract/routes.ts";
import { adjustStockBody } from "./adjustments.ts";
import { listAlertsQuery, listBackordersQuery, listMovementsQuery } from "./audit.ts";
import { getAvailabilityQuery } from "./availability.ts";
import {
  itemPath,
  listItemsQuery,
  listLocationsQuery,
  locationPath,
  putItemBody,
  putLocationBody,
} from "./catalogue.ts";
import { getLevelQuery, levelPath, listLevelsQuery, patchLevelBody, splitLevelBody } from "./levels.ts";
import {
  commitReservationBody,
  createReservationBody,
  extendReservationBody,
  fulfillReservationBody,
  listReservationsQuery,
  rearrangeReservationBody,
  releaseReservationBody,
  reservationPath,
  returnUnitsBody,
} from "./reservations.ts";

export interface RequestSchemas {
  readonly path?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  /** No body at all is taken for `{}`. */
  readonly bodyMayBeAbsent?: true;
  /** The operation changes something that has an ETag, and takes `If-Match`. */
  readonly takesIfMatch?: true;
}

export const requestSchemas = {
  getHealth: {},
  getOpenApi: {},
  getAvailability: { query: getAvailabilityQuery },
  createReservation: { body: createReservationBody },
  getReservation: { path: reservationPath },
  listReservations: { query: listReservationsQuery },
  rearrangeReservation: { path: reservationPath, body: rearrangeReservationBody, takesIfMatch: true },
  extendReservation: { path: reservationPath, body: extendReservationBody, takesIfMatch: true },
  commitReservation: { path: reservationPath, body: commitReservationBody, takesIfMatch: true },
  releaseReservation: {
    path: reservationPath,
    body: releaseReservationBody,
    bodyMayBeAbsent: true,
    takesIfMatch: true,
  },
  fulfillReservation: {
    path: reservationPath,
    body: fulfillReservationBody,
    bodyMayBeAbsent: true,
    takesIfMatch: true,
  },
  returnUnits: { path: reservationPath, body: returnUnitsBody, takesIfMatch: true },
  putLocation: { path: locationPath, body: putLocationBody, takesIfMatch: true },
  getLocation: { path: locationPath },
  listLocations: { query: listLocationsQuery },
  putItem: { path: itemPath, body: putItemBody, takesIfMatch: true },
  getItem: { path: itemPath },
  listItems: { query: listItemsQuery },
  listLevels: { query: listLevelsQuery },
  getLevel: { path: levelPath, query: getLevelQuery },
  patchLevel: { path: levelPath, body: patchLevelBody, takesIfMatch: true },
  splitLevel: { path: levelPath, body: splitLevelBody },
  adjustStock: { body: adjustStockBody },
  listMovements: { query: listMovementsQuery },
  listBackorders: { query: listBackordersQuery },
  listAlerts: { query: listAlertsQuery },
} as const satisfies Record<OperationId, RequestSchemas>;
