/**
 * What each operation answers with when it succeeds, by HTTP status. The code that answers is checked against
 * these by the compiler, and the answers themselves in tests; at run time only the types are used.
 */
import type * as z from "zod/mini";
import type { OperationId } from "../../contract/routes.ts";
import { adjustmentResults } from "./adjustments.ts";
import { alerts, backorders, movements } from "./audit.ts";
import { availability } from "./availability.ts";
import { item, items, location, locations } from "./catalogue.ts";
import { health, openApiDocument } from "./documents.ts";
import { level, levels } from "./levels.ts";
import { committedReservation, reservation, reservations } from "./reservations.ts";

export type SuccessStatus = 200 | 201;

export const answerSchemas = {
  getHealth: { 200: health },
  getOpenApi: { 200: openApiDocument },
  getAvailability: { 200: availability },
  createReservation: { 200: reservation, 201: reservation },
  getReservation: { 200: reservation },
  listReservations: { 200: reservations },
  rearrangeReservation: { 200: reservation },
  extendReservation: { 200: reservation },
  commitReservation: { 200: committedReservation },
  releaseReservation: { 200: reservation },
  fulfillReservation: { 200: reservation },
  returnUnits: { 200: reservation },
  putLocation: { 200: location, 201: location },
  getLocation: { 200: location },
  listLocations: { 200: locations },
  putItem: { 200: item, 201: item },
  getItem: { 200: item },
  listItems: { 200: items },
  listLevels: { 200: levels },
  getLevel: { 200: level },
  patchLevel: { 200: level },
  splitLevel: { 200: level },
  adjustStock: { 200: adjustmentResults },
  listMovements: { 200: movements },
  listBackorders: { 200: backorders },
  listAlerts: { 200: alerts },
} as const satisfies Record<OperationId, Partial<Record<SuccessStatus, z.ZodMiniType>>>;
