/** Examples of requests and answers; a test reads each with the schema that it is an example of. */
import type { OperationId } from "../../functions/contract/routes.ts";

export interface OperationExamples {
  readonly request?: unknown;
  readonly answer: unknown;
}

const heldReservation = {
  reservationId: "r-5f2c",
  status: "held",
  revision: 1,
  referenceId: "cart-81",
  customerId: "c-9",
  orderId: null,
  createdAt: "2027-01-31T12:00:00.000Z",
  expiresAt: "2027-01-31T12:30:00.000Z",
  committedAt: null,
  endedAt: null,
  lines: [
    {
      sku: "A",
      quantity: 2,
      locationId: null,
      allocated: 2,
      backordered: 0,
      fulfilled: 0,
      released: 0,
      returned: 0,
      restockAt: null,
      allocations: [{ sku: "A", locationId: "L1", quantity: 2 }],
    },
  ],
};

const committedReservation = {
  ...heldReservation,
  status: "committed",
  orderId: "1001",
  expiresAt: null,
  committedAt: "2027-01-31T12:10:00.000Z",
};

const level = {
  sku: "A",
  locationId: "L1",
  onHand: 10,
  reserved: 3,
  available: 7,
  damaged: 0,
  qualityControl: 0,
  safetyStock: 0,
  incoming: 0,
  backordered: 0,
  sellable: 7,
  backorderable: 0,
  cells: 1,
  lowStockThreshold: 2,
  restockAt: null,
  availableFrom: null,
  overrides: { lowStockThreshold: 2 },
  version: 12,
  settingsRevision: 2,
  updatedAt: "2027-01-31T12:00:00.000Z",
};

const item = {
  sku: "A",
  name: "Enamel mug, blue",
  backorder: { policy: "allow", limit: 20 },
  restockAt: "2027-02-14T00:00:00.000Z",
  availableFrom: null,
  lowStockThreshold: 5,
  purchaseLimit: { quantity: 4, windowDays: 30 },
  components: [],
  externalSku: "MUG/BLUE 300",
  barcode: "4006381333931",
  active: true,
  revision: 1,
  updatedAt: "2027-01-31T12:00:00.000Z",
};

const location = {
  locationId: "L1",
  name: "Warehouse north",
  priority: 10,
  active: true,
  country: "DE",
  latitude: 52.5,
  longitude: 13.4,
  revision: 1,
  updatedAt: "2027-01-31T12:00:00.000Z",
};

export const operationExamples: Readonly<Record<Exclude<OperationId, "getOpenApi">, OperationExamples>> = {
  getHealth: { answer: { status: "ok", version: "1.0.0" } },
  getAvailability: {
    answer: {
      items: [
        {
          sku: "A",
          tracked: true,
          available: 12,
          inStock: true,
          backorderable: 0,
          restockAt: null,
          asOf: "2027-01-31T12:00:00.000Z",
          locations: [{ locationId: "L1", available: 12 }],
        },
      ],
    },
  },
  createReservation: {
    request: {
      reservationId: "r-5f2c",
      referenceId: "cart-81",
      customerId: "c-9",
      ttlSeconds: 1800,
      backorder: "allow",
      allocation: "fewest-splits",
      shipTo: { country: "DE", latitude: 52.5, longitude: 13.4 },
      lines: [{ sku: "A", quantity: 2 }],
    },
    answer: heldReservation,
  },
  getReservation: { answer: heldReservation },
  listReservations: { answer: { items: [heldReservation], nextCursor: null } },
  rearrangeReservation: {
    request: { lines: [{ sku: "A", quantity: 3 }], ttlSeconds: 1800 },
    answer: {
      ...heldReservation,
      revision: 2,
      lines: heldReservation.lines.map((line) => ({
        ...line,
        quantity: 3,
        allocated: 2,
        backordered: 1,
        restockAt: "2027-02-14T00:00:00.000Z",
      })),
    },
  },
  extendReservation: {
    request: { ttlSeconds: 3600 },
    answer: { ...heldReservation, expiresAt: "2027-01-31T13:10:00.000Z" },
  },
  commitReservation: { request: { orderId: "1001" }, answer: { ...committedReservation, reacquired: false } },
  releaseReservation: {
    request: { reason: "cart-abandoned" },
    answer: {
      ...heldReservation,
      status: "released",
      expiresAt: null,
      endedAt: "2027-01-31T12:10:00.000Z",
      lines: heldReservation.lines.map((line) => ({ ...line, allocated: 0, released: 2, allocations: [] })),
    },
  },
  returnUnits: {
    request: { lines: [{ sku: "A", locationId: "L1", quantity: 1, disposition: "restock" }] },
    answer: {
      ...committedReservation,
      status: "fulfilled",
      endedAt: "2027-01-31T15:00:00.000Z",
      lines: heldReservation.lines.map((line) => ({ ...line, allocated: 0, fulfilled: 2, returned: 1 })),
    },
  },
  fulfillReservation: {
    request: { lines: [{ sku: "A", quantity: 2, locationId: "L1" }] },
    answer: {
      ...committedReservation,
      status: "fulfilled",
      endedAt: "2027-01-31T15:00:00.000Z",
      lines: heldReservation.lines.map((line) => ({ ...line, allocated: 0, fulfilled: 2 })),
    },
  },
  putLocation: {
    request: { name: "Warehouse north", priority: 10, active: true, country: "DE", latitude: 52.5, longitude: 13.4 },
    answer: location,
  },
  getLocation: { answer: location },
  listLocations: { answer: { items: [location], nextCursor: null } },
  putItem: {
    request: {
      name: "Enamel mug, blue",
      backorder: { policy: "allow", limit: 20 },
      restockAt: "2027-02-14T00:00:00Z",
      lowStockThreshold: 5,
      purchaseLimit: { quantity: 4, windowDays: 30 },
      externalSku: "MUG/BLUE 300",
      barcode: "4006381333931",
    },
    answer: item,
  },
  getItem: { answer: item },
  listItems: { answer: { items: [item], nextCursor: null } },
  listLevels: { answer: { items: [level], nextCursor: null } },
  getLevel: { answer: level },
  patchLevel: { request: { lowStockThreshold: 2 }, answer: level },
  splitLevel: { request: { cells: 64 }, answer: { ...level, cells: 64 } },
  adjustStock: {
    request: {
      reason: "received",
      reference: "delivery-77",
      changes: [
        { sku: "A", locationId: "L1", delta: 10 },
        { sku: "B", locationId: "L1", set: 3, expected: 4 },
      ],
    },
    answer: {
      results: [
        { sku: "A", locationId: "L1", state: "onHand", status: "applied", delta: 10 },
        {
          sku: "B",
          locationId: "L1",
          state: "onHand",
          status: "refused",
          error: {
            type: "urn:inventory:problem:quantity_conflict",
            title: "The quantity is not the expected one",
            status: 412,
            detail: "The quantities that differ from the expected ones are listed.",
            code: "quantity_conflict",
            errors: [{ sku: "B", locationId: "L1", state: "onHand", expected: 4, actual: 5 }],
          },
        },
      ],
    },
  },
  listMovements: {
    answer: {
      items: [
        {
          sku: "A",
          locationId: "L1",
          cell: 0,
          generation: 0,
          version: 12,
          type: "reserved",
          at: "2027-01-31T12:00:00.000Z",
          actor: "storefront",
          reason: null,
          reference: "cart-81",
          reservationId: "r-5f2c",
          changes: { reserved: 3, available: -3, sellable: -3 },
          after: {
            onHand: 10,
            reserved: 3,
            available: 7,
            damaged: 0,
            qualityControl: 0,
            safetyStock: 0,
            incoming: 0,
            backordered: 0,
            sellable: 7,
            headroom: 0,
          },
        },
      ],
      nextCursor: null,
    },
  },
  listBackorders: {
    answer: {
      items: [
        {
          sku: "A",
          locationId: "L1",
          reservationId: "r-5f2c",
          quantity: 2,
          promisedAt: "2027-01-31T12:00:00.000Z",
          restockAt: "2027-02-14T00:00:00.000Z",
        },
      ],
      nextCursor: null,
    },
  },
  listAlerts: {
    answer: {
      items: [
        {
          alertId: "low_stock:A:L1:12",
          type: "low_stock",
          sku: "A",
          locationId: "L1",
          status: "open",
          available: 2,
          threshold: 2,
          raisedAt: "2027-01-31T12:00:00.000Z",
          resolvedAt: null,
        },
      ],
      nextCursor: null,
    },
  },
};
