/** What the API's document says of each operation beyond its schemas. */
import type { OperationId } from "../../functions/contract/routes.ts";
import type { ProblemCode } from "../../functions/http/problem-codes.ts";

export type Tag = "Storefront" | "Stock" | "Catalogue" | "Audit" | "Service";

export const tags: Readonly<Record<Tag, string>> = {
  Storefront: "Availability, and the life of a reservation.",
  Stock: "Levels and what changes them.",
  Catalogue: "Items and locations.",
  Audit: "Movements, alerts, and who waits for stock.",
  Service: "The service itself.",
};

export interface OperationText {
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  /** Problems of this operation alone; those that all share are added. */
  readonly problems: readonly ProblemCode[];
}

export const operationTexts: Readonly<Record<OperationId, OperationText>> = {
  getHealth: {
    tag: "Service",
    summary: "Whether the service answers",
    description: "Needs no token and reads no table.",
    problems: [],
  },
  getOpenApi: {
    tag: "Service",
    summary: "This document",
    description: "Carries an `ETag`; with `If-None-Match` the answer is 304 while the document is the same.",
    problems: [],
  },
  getAvailability: {
    tag: "Storefront",
    summary: "What a new buyer can have",
    description:
      "Answers from summaries that are seconds behind, or from the levels themselves with `exact=true`. An unknown SKU " +
      "is an item that is not `tracked`, and no error: a listing page must not break over one product.",
    problems: [],
  },
  createReservation: {
    tag: "Storefront",
    summary: "Hold stock for a cart",
    description:
      "All lines or none. A line without a location is served as `allocation` says: `fewest-splits` takes a single " +
      "location for the whole order if one can, else the smallest number; `priority`, `nearest` and `balance` choose " +
      "for each line. Where an item allows it, what is not in stock is backordered, and each line says how much of it " +
      "and when stock is expected; an item that is not on sale yet is sold against its headroom only. A kit takes the " +
      "stock of its components. 201 with the new reservation; the same id and body again is 200 with the reservation " +
      "as it is now. An id names one reservation for as long as its record is kept.",
    problems: [
      "unknown_sku",
      "unknown_location",
      "insufficient_stock",
      "purchase_limit_exceeded",
      "hold_limit_exceeded",
      "reservation_exists",
      "reservation_ended",
      "reservation_too_large",
    ],
  },
  getReservation: {
    tag: "Storefront",
    summary: "A reservation as it is now",
    description: "Read consistently.",
    problems: ["not_found"],
  },
  listReservations: {
    tag: "Storefront",
    summary: "The reservations of a reference or an order",
    description:
      "For support, and for a storefront that lost the answer. Newest first; which there are is seconds behind, and " +
      "each one is read consistently.",
    problems: [],
  },
  rearrangeReservation: {
    tag: "Storefront",
    summary: "The cart changed",
    description:
      "Gives all lines of a hold anew. The difference is written in one transaction or not at all; what stays keeps its " +
      "stock and its place in the queue. Without `ttlSeconds` the deadline stays. The identical request again is 200, " +
      "even with the former `If-Match`.",
    problems: [
      "not_found",
      "unknown_sku",
      "unknown_location",
      "insufficient_stock",
      "purchase_limit_exceeded",
      "invalid_transition",
      "version_conflict",
      "reservation_too_large",
    ],
  },
  extendReservation: {
    tag: "Storefront",
    summary: "Give a hold more time",
    description:
      "The new deadline counts from now. It is refused once the deadline has passed; a hold lives at most 24 hours from " +
      "its creation, or what the deployment sets, and a later deadline is brought back to that.",
    problems: ["not_found", "invalid_transition", "version_conflict"],
  },
  commitReservation: {
    tag: "Storefront",
    summary: "The order is placed",
    description:
      "The hold has no deadline any more. The same `orderId` again is 200, even after fulfilment; another one is 409. " +
      "From `expired` the stock is taken again and `reacquired` is true, or the answer is 410.",
    problems: [
      "not_found",
      "invalid_transition",
      "reservation_expired",
      "purchase_limit_exceeded",
      "version_conflict",
      "reservation_too_large",
    ],
  },
  releaseReservation: {
    tag: "Storefront",
    summary: "Give the stock back",
    description:
      "The cart is abandoned or the order cancelled. What was shipped stays shipped, and the reservation then ends as " +
      "`fulfilled`. Releasing a released reservation again is 200.",
    problems: ["not_found", "invalid_transition", "version_conflict"],
  },
  fulfillReservation: {
    tag: "Stock",
    summary: "The order is shipped",
    description:
      "Only a committed reservation; without `lines` as a whole, else a part of it. A line without a location is taken " +
      "in the order of allocation; a kit is shipped whole or by component. Send an `Idempotency-Key` with a part: " +
      "nothing else tells it from the next one. 409 `would_oversell` where a forced decrease left too little on hand.",
    problems: ["not_found", "invalid_transition", "would_oversell", "version_conflict"],
  },
  returnUnits: {
    tag: "Stock",
    summary: "Goods came back",
    description:
      "Never more than was shipped, to any location, to be sold again (`restock`), `damaged`, or to be inspected " +
      "(`qualityControl`). Send an `Idempotency-Key`: nothing else tells a return from the next one.",
    problems: ["not_found", "unknown_location", "invalid_transition", "version_conflict", "reservation_too_large"],
  },
  putLocation: {
    tag: "Catalogue",
    summary: "Create or describe a location",
    description:
      "Gives the whole description: what is left out is taken away. An inactive location takes no new reservations and " +
      "keeps its promises.",
    problems: ["version_conflict"],
  },
  getLocation: { tag: "Catalogue", summary: "A location", description: "Read consistently.", problems: ["not_found"] },
  listLocations: {
    tag: "Catalogue",
    summary: "All locations",
    description: "In order of their ids, read consistently.",
    problems: [],
  },
  putItem: {
    tag: "Catalogue",
    summary: "Create or describe an item",
    description:
      "Gives the whole description: what is left out is taken away. An inactive item is archived and takes no new " +
      "reservations. `components` make a kit; its components must be there and be no kits.",
    problems: ["version_conflict", "cells_and_backorders"],
  },
  getItem: { tag: "Catalogue", summary: "An item", description: "Read consistently.", problems: ["not_found"] },
  listItems: {
    tag: "Catalogue",
    summary: "Items",
    description: "In order of their SKUs, seconds behind.",
    problems: [],
  },
  listLevels: {
    tag: "Stock",
    summary: "The levels of a SKU or of a location",
    description:
      "By `sku` read consistently. By `locationId` which SKUs are there is seconds behind, and the figures of each are " +
      "read consistently.",
    problems: [],
  },
  getLevel: {
    tag: "Stock",
    summary: "The stock of one SKU at one location",
    description:
      "Read consistently. With `asOf` it is answered from the audit trail: the figures after the last change that was " +
      "made until then, or 503 for the seconds in which the trail lacks what the answer depends on.",
    problems: ["not_found"],
  },
  patchLevel: {
    tag: "Stock",
    summary: "Override an item's settings for one location",
    description:
      'A setting that is not named stays as it is. `null` means that there is none here, and `"item"` takes ' +
      "the override back, so that the item's own setting holds again.",
    problems: ["not_found", "version_conflict", "cells_and_backorders"],
  },
  splitLevel: {
    tag: "Stock",
    summary: "Split a hot level into cells, or make it whole",
    description:
      "Before a drop: each cell is written on its own, so that many buyers do not meet. Everything else sees the sum. " +
      "`1` makes the level whole again. Both go in steps while buyers go on; after 503 the same request goes on.",
    problems: ["not_found", "merge_first", "cells_and_backorders"],
  },
  adjustStock: {
    tag: "Stock",
    summary: "Receive, correct or move stock",
    description:
      "Each change is made once for its idempotency key, and creates the level when it is missing. Results come per " +
      "change, in the order of the request; a problem answer means that none was made. With `atomic` all are made or none. " +
      "A decrease below what is promised to buyers needs `force`; no quantity falls below 0.",
    problems: [
      "unknown_sku",
      "unknown_location",
      "would_oversell",
      "quantity_conflict",
      "merge_first",
      "kit_has_no_stock",
    ],
  },
  listMovements: {
    tag: "Audit",
    summary: "The audit trail",
    description:
      "Every change of a level, latest first, seconds behind. Of a `sku`: one level after the other, and after each " +
      "the cells that it was ever split into.",
    problems: [],
  },
  listBackorders: {
    tag: "Audit",
    summary: "Who waits for stock",
    description:
      "The queue of each level as it is now, oldest promise first; one location after the other unless one is named.",
    problems: [],
  },
  listAlerts: {
    tag: "Audit",
    summary: "Open and past alerts",
    description: "Latest first, seconds behind. Without `status` the open ones, and then the past ones.",
    problems: [],
  },
};
