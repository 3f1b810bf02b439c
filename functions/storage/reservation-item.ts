/** The stored form of a reservation. */
import { inventoryTable } from "../contract/tables.ts";
import { type AllocationTerms, allocationStrategies, usualTerms } from "../domain/allocation.ts";
import { type CountedPurchase, emptyLeg, type Leg, type ReservationLine } from "../domain/line.ts";
import {
  endOf,
  type Ordered,
  orderOf,
  type RememberedChange,
  type Reservation,
  type ReservationStatus,
} from "../domain/reservation.ts";
import { type ReservationTimes, timeToLiveOf } from "../domain/reservation-times.ts";
import { parseComponents } from "./items.ts";
import { inventoryKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  CorruptItemError,
  partOf,
  readBoolean,
  readList,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";

const statuses: readonly ReservationStatus[] = ["held", "committed", "fulfilled", "released", "expired"];

/** A line as it is stored. */
function storedLine(line: ReservationLine): Record<string, unknown> {
  return withoutNulls({
    sku: line.sku,
    quantity: line.quantity,
    locationId: line.locationId,
    legs: line.legs.map((leg) => storedLeg(leg, line.sku)),
    components: line.components?.map(({ sku, quantity }) => [sku, quantity]),
    counted: orNothing(line.counted.map(({ windowDays, window, quantity }) => [windowDays ?? 0, window, quantity])),
    restockAt: line.restockAt,
  });
}

function orNothing<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/**
 * `[location, allocated]`, or with what was fulfilled and returned behind, where that says it all: so a record stays
 * small. A map otherwise, without zeros.
 */
function storedLeg(leg: Leg, lineSku: string): unknown {
  const { sku, locationId, cell, allocated, fulfilled, returned, places } = leg;
  if (sku === lineSku && cell === null && places.length === 0) {
    const shipped = returned > 0 ? [fulfilled, returned] : fulfilled > 0 ? [fulfilled] : [];
    return [locationId, allocated, ...shipped];
  }
  return withoutNulls({
    locationId,
    allocated: allocated || null,
    fulfilled: fulfilled || null,
    returned: returned || null,
    places: orNothing(places.map(({ promisedAtMs, quantity }) => [promisedAtMs, quantity])),
    sku: sku === lineSku ? null : sku,
    cell: cell === null ? null : [cell.generation, cell.index],
  });
}

/** What most reservations say is not stored. */
function storedTerms({ strategy, shipTo, mayBackorder }: AllocationTerms): Record<string, unknown> | null {
  const terms = withoutNulls({
    strategy: strategy === usualTerms.strategy ? null : strategy,
    shipTo: shipTo === null ? null : [shipTo.latitude, shipTo.longitude],
    backorder: mayBackorder ? null : false,
  });
  return Object.keys(terms).length === 0 ? null : terms;
}

function storedOrder(order: Ordered | null): Record<string, unknown> {
  return order === null
    ? {}
    : {
        orderId: order.orderId,
        committedAt: order.committedAtMs,
        ...(order.reacquired ? { reacquired: true } : {}),
      };
}

export function storedReservation(reservation: Reservation, times: ReservationTimes): Record<string, unknown> {
  return {
    ...inventoryKeys.reservation(reservation.reservationId),
    uid: reservation.uid,
    status: reservation.status,
    version: reservation.version,
    linesRevision: reservation.linesRevision,
    requestDigest: reservation.requestDigest,
    createdAt: reservation.createdAtMs,
    expiresAt: reservation.expiresAtMs,
    lines: reservation.lines.map(storedLine),
    ...storedOrder(orderOf(reservation)),
    ...withoutNulls({
      terms: storedTerms(reservation.terms),
      remembered: orNothing(reservation.remembered.map(({ keyDigest, requestDigest }) => [keyDigest, requestDigest])),
      referenceId: reservation.referenceId,
      customerId: reservation.customerId,
      endedAt: endOf(reservation),
      [inventoryTable.timeToLive]: timeToLiveOf(times, reservation),
    }),
  };
}

function parseLeg(item: StoredItem, lineSku: string, stored: unknown): Leg {
  if (Array.isArray(stored)) {
    const [locationId, allocated, fulfilled = 0, returned = 0] = stored as unknown[];
    if (
      typeof locationId !== "string" ||
      typeof allocated !== "number" ||
      typeof fulfilled !== "number" ||
      typeof returned !== "number"
    ) {
      throw new CorruptItemError(item, "lines.legs", "location and quantities");
    }
    return { ...emptyLeg({ sku: lineSku, locationId, cell: null }), allocated, fulfilled, returned };
  }
  const leg = partOf(item, "lines.legs", stored);
  const places = readPairs(leg, "places").map(([promisedAtMs, quantity]) => ({ promisedAtMs, quantity }));
  const [cell] = leg["cell"] === undefined ? [] : readPairs({ ...leg, cell: [leg["cell"]] }, "cell");
  return {
    sku: readOptionalString(leg, "sku") ?? lineSku,
    locationId: readString(leg, "locationId"),
    cell: cell === undefined ? null : { generation: cell[0], index: cell[1] },
    allocated: readOptionalNumber(leg, "allocated") ?? 0,
    backordered: places.reduce((sum, { quantity }) => sum + quantity, 0),
    fulfilled: readOptionalNumber(leg, "fulfilled") ?? 0,
    returned: readOptionalNumber(leg, "returned") ?? 0,
    places,
  };
}

/** A list of pairs of numbers; none where there is no such attribute. */
function readPairs(item: StoredItem, attribute: string): readonly (readonly [number, number])[] {
  const stored = item[attribute] === undefined ? [] : readList(item, attribute);
  return stored.map((pair) => {
    const [first, second] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof first !== "number" || typeof second !== "number") {
      throw new CorruptItemError(item, attribute, "pairs of numbers");
    }
    return [first, second];
  });
}

function parseLine(item: StoredItem, stored: unknown): ReservationLine {
  const line = partOf(item, "lines", stored);
  const sku = readString(line, "sku");
  return {
    sku,
    quantity: readNumber(line, "quantity"),
    locationId: readOptionalString(line, "locationId"),
    components: line["components"] === undefined ? null : parseComponents(line, "components"),
    legs: readList(line, "legs").map((leg) => parseLeg(item, sku, leg)),
    counted: parseCounted(line),
    restockAt: readOptionalString(line, "restockAt"),
  };
}

function parseCounted(line: StoredItem): readonly CountedPurchase[] {
  const stored = line["counted"] === undefined ? [] : readList(line, "counted");
  return stored.map((purchase) => {
    const [windowDays, window, quantity] = Array.isArray(purchase) ? (purchase as unknown[]) : [];
    if (typeof windowDays !== "number" || typeof window !== "number" || typeof quantity !== "number") {
      throw new CorruptItemError(line, "counted", "days, window and quantity");
    }
    return { windowDays: windowDays === 0 ? null : windowDays, window, quantity };
  });
}

function parseTerms(item: StoredItem): AllocationTerms {
  if (item["terms"] === undefined) {
    return usualTerms;
  }
  const terms = readMap(item, "terms");
  const [shipTo] = terms["shipTo"] === undefined ? [] : readPairs({ ...terms, shipTo: [terms["shipTo"]] }, "shipTo");
  return {
    strategy:
      terms["strategy"] === undefined ? usualTerms.strategy : readOneOf(terms, "strategy", allocationStrategies),
    shipTo: shipTo === undefined ? null : { latitude: shipTo[0], longitude: shipTo[1] },
    mayBackorder: terms["backorder"] === undefined ? true : readBoolean(terms, "backorder"),
  };
}

function parseRemembered(item: StoredItem): readonly RememberedChange[] {
  const stored = item["remembered"] === undefined ? [] : readList(item, "remembered");
  return stored.map((pair) => {
    const [keyDigest, requestDigest] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof keyDigest !== "string" || typeof requestDigest !== "string") {
      throw new CorruptItemError(item, "remembered", "digests");
    }
    return { keyDigest, requestDigest };
  });
}

function parseOrder(item: StoredItem): Ordered {
  return {
    orderId: readString(item, "orderId"),
    committedAtMs: readNumber(item, "committedAt"),
    reacquired: item["reacquired"] === undefined ? false : readBoolean(item, "reacquired"),
  };
}

/** Throws a `CorruptItemError` when the item is no reservation. */
export function parseReservation(reservationId: string, stored: StoredItem): Reservation {
  const item = upgraded(schemas.reservation, stored);
  const base = {
    reservationId,
    uid: readString(item, "uid"),
    version: readNumber(item, "version"),
    linesRevision: readNumber(item, "linesRevision"),
    requestDigest: readString(item, "requestDigest"),
    remembered: parseRemembered(item),
    terms: parseTerms(item),
    referenceId: readOptionalString(item, "referenceId"),
    customerId: readOptionalString(item, "customerId"),
    createdAtMs: readNumber(item, "createdAt"),
    expiresAtMs: readNumber(item, "expiresAt"),
    lines: readList(item, "lines").map((line) => parseLine(item, line)),
  };
  const status = readOneOf(item, "status", statuses);
  switch (status) {
    case "held":
      return { ...base, status };
    case "committed":
      return { ...base, status, ...parseOrder(item) };
    case "fulfilled":
      return { ...base, status, ...parseOrder(item), endedAtMs: readNumber(item, "endedAt") };
    case "released":
      return {
        ...base,
        status,
        order: item["orderId"] === undefined ? null : parseOrder(item),
        endedAtMs: readNumber(item, "endedAt"),
      };
    case "expired":
      return { ...base, status, endedAtMs: readNumber(item, "endedAt") };
  }
}

/** The time to live of a stored record in seconds since the epoch, or null. */
export function timeToLiveIn(item: StoredItem): number | null {
  return readOptionalNumber(item, inventoryTable.timeToLive);
}
