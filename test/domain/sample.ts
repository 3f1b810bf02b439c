/** Reservations, lines and levels as tests of the rules need them: plain, with what matters changed. */
import { usualTerms } from "../../functions/domain/allocation.ts";
import {
  type Figures,
  initialFigures,
  type Level,
  type LevelSettings,
  plainChange,
} from "../../functions/domain/level.ts";
import type { Leg, QueuePlace, ReservationLine } from "../../functions/domain/line.ts";
import type { CommittedReservation, HeldReservation } from "../../functions/domain/reservation.ts";

export const plainSettings: LevelSettings = {
  active: true,
  lowStockThreshold: null,
  backorderLimit: 0,
  restockAt: null,
  availableFrom: null,
  purchaseLimit: null,
  isKit: false,
};

export function aLevel(figures: Partial<Figures>, changes: Partial<Level> = {}): Level {
  return {
    sku: "A",
    locationId: "L1",
    cell: null,
    figures: { ...initialFigures({}), ...figures },
    version: 1,
    settingsRevision: 1,
    itemSettingsRevision: 1,
    settings: plainSettings,
    overrides: [],
    generation: 0,
    cells: 0,
    lastChange: plainChange("received", "tester", 1_000),
    ...changes,
  };
}

/** Units of a SKU at a location: in hand, and promised by places in the queue. */
export function aLeg(sku: string, locationId: string, allocated: number, ...places: readonly QueuePlace[]): Leg {
  const backordered = places.reduce((sum, { quantity }) => sum + quantity, 0);
  return { sku, locationId, cell: null, allocated, backordered, fulfilled: 0, returned: 0, places };
}

export function aLine(
  sku: string,
  quantity: number,
  locationId: string | null,
  legs: readonly Leg[],
  changes: Partial<ReservationLine> = {},
): ReservationLine {
  return { sku, quantity, locationId, components: null, legs, counted: [], restockAt: null, ...changes };
}

export const aHold: HeldReservation = {
  status: "held",
  reservationId: "r-1",
  uid: "u-1",
  version: 1,
  linesRevision: 1,
  requestDigest: "d",
  remembered: [],
  referenceId: "cart-1",
  customerId: null,
  terms: usualTerms,
  createdAtMs: 1_000_000,
  expiresAtMs: 1_060_000,
  lines: [aLine("A", 2, null, [aLeg("A", "L1", 2)]), aLine("A", 1, "L1", [aLeg("A", "L1", 1)])],
};

export const anOrder: CommittedReservation = {
  ...aHold,
  status: "committed",
  version: 2,
  orderId: "o-1",
  committedAtMs: 1_010_000,
  reacquired: false,
};
