import { describe, expect, it } from "vitest";
import type { OperationId } from "../../functions/contract/routes.ts";
import type { Call, FieldError } from "../../functions/http/call.ts";
import { parseCall } from "../../functions/http/parse-call.ts";
import { RejectedRequestError } from "../../functions/http/rejected-request.ts";
import { contextWith, eventFor, type RequestParts, startMs } from "./gateway.ts";

function read<Op extends OperationId>(operationId: Op, { body, ...parts }: RequestParts): Call<Op> {
  const { body: _, ...event } = eventFor(operationId, parts);
  return parseCall(operationId, { ...event, body }, contextWith(), startMs);
}

function errorsOf(operationId: OperationId, parts: RequestParts): readonly FieldError[] {
  try {
    read(operationId, parts);
  } catch (error) {
    if (error instanceof RejectedRequestError && error.failure.kind === "invalid") {
      return error.failure.errors;
    }
    throw error;
  }
  throw new Error("The request was taken.");
}

const pathsOf = (operationId: OperationId, parts: RequestParts) => errorsOf(operationId, parts).map(({ path }) => path);

const line = { sku: "A", quantity: 1 };
const reservation = (fields: object) => ({ body: { lines: [line], ...fields } });
const change = { sku: "A", locationId: "L1", delta: 1 };
const adjustment = (...changes: object[]) => ({ body: { reason: "correction", changes } });
const onReservation = { path: { reservationId: "r-1" } };
const onLevel = { path: { sku: "A", locationId: "L1" } };

describe("a SKU", () => {
  it.each(["a", "A-1_b.c:d~e+f", "...", ".a", "x".repeat(128), "__proto__"])("may be %j", (sku) => {
    expect(read("getItem", { path: { sku } }).path.sku).toBe(sku);
  });

  it.each(["", ".", "..", "a/b", "a b", "a#b", "ä", "a\n", "a,b", "x".repeat(129)])("may not be %j", (sku) => {
    const errors = errorsOf("getItem", { path: { sku } });
    expect(errors).toEqual([{ path: "path.sku", message: expect.stringContaining("1 to 128 characters") }]);
  });
});

describe("a reservation's request", () => {
  it("takes no more than it needs; without a time it leaves that to the deployment", () => {
    expect(read("createReservation", reservation({})).body).toEqual({
      backorder: "allow",
      lines: [line],
    });
  });

  it.each([0, -1, 1.5, 2_147_483_648, Number.POSITIVE_INFINITY, "1", null, true, [1]])(
    "refuses the quantity %j",
    (quantity) => {
      const errors = errorsOf("createReservation", { body: { lines: [{ sku: "A", quantity }] } });
      expect(errors).toEqual([
        { path: "body.lines[0].quantity", message: "must be a whole number from 1 to 2147483647" },
      ]);
    },
  );

  it("tells a missing field from a wrong one, and everything at once", () => {
    expect(errorsOf("createReservation", { body: { ttlSeconds: 0, lines: [{ sku: "a/b" }] } })).toEqual([
      { path: "body.ttlSeconds", message: "must be a whole number from 1 to 86400" },
      { path: "body.lines[0].sku", message: expect.any(String) },
      { path: "body.lines[0].quantity", message: "is missing" },
    ]);
    expect(errorsOf("createReservation", {})).toEqual([{ path: "body", message: "is missing" }]);
  });

  it.each([
    [{ backorder: "maybe" }, "body.backorder"],
    [{ allocation: "cheapest" }, "body.allocation"],
    [{ allocation: "nearest" }, "body.shipTo"],
    [{ allocation: "nearest", shipTo: { country: "DE" } }, "body.shipTo"],
    [{ shipTo: "Berlin" }, "body.shipTo"],
    [{ shipTo: { latitude: 1 } }, "body.shipTo"],
    [{ shipTo: { latitude: 91, longitude: 0 } }, "body.shipTo.latitude"],
    [{ shipTo: { city: "Berlin" } }, "body.shipTo.city"],
  ])("refuses %j", (fields, path) => {
    expect(pathsOf("createReservation", reservation(fields))).toEqual([path]);
  });

  it("takes where the goods go with the allocation that needs it", () => {
    const shipTo = { country: "DE", latitude: 52.5, longitude: 13.4 };
    expect(read("createReservation", reservation({ allocation: "nearest", shipTo })).body).toMatchObject({ shipTo });
  });

  it.each(["colour", "constructor"])("does not know the field %s", (field) => {
    expect(errorsOf("createReservation", reservation({ [field]: "x" }))).toEqual([
      { path: `body.${field}`, message: "is not known" },
    ]);
  });

  it("does not know other fields of a line either, and shortens the names that it tells", () => {
    expect(pathsOf("createReservation", { body: { lines: [{ ...line, ["x".repeat(5_000)]: 1 }] } })).toEqual([
      `body.lines[0].${"x".repeat(64)}…`,
    ]);
  });

  it("names at most 50 errors", () => {
    const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, 1]));
    expect(errorsOf("createReservation", reservation(unknown))).toHaveLength(50);
  });

  it("has 1 to 90 lines", () => {
    const lines = (count: number) => ({
      body: { lines: Array.from({ length: count }, (_, index) => ({ ...line, sku: `s-${index}` })) },
    });
    expect(read("createReservation", lines(90)).body.lines).toHaveLength(90);
    expect(errorsOf("createReservation", lines(91))).toEqual([
      { path: "body.lines", message: "must have at most 90 lines" },
    ]);
    expect(errorsOf("createReservation", lines(0))).toEqual([
      { path: "body.lines", message: "must have at least 1 line" },
    ]);
  });

  it("wants a SKU from one place once, and from several places as often as there are places", () => {
    const at = (locationId?: string) => ({ ...line, ...(locationId === undefined ? {} : { locationId }) });
    expect(pathsOf("createReservation", { body: { lines: [at("L1"), at("L2"), at("L1")] } })).toEqual([
      "body.lines[2]",
    ]);
    expect(pathsOf("createReservation", { body: { lines: [at(), at()] } })).toEqual(["body.lines[1]"]);
    expect(read("createReservation", { body: { lines: [at("L1"), at("L2"), at()] } }).body.lines).toHaveLength(3);
  });

  it("keeps texts of the caller's as they are, without what cannot be stored or shown", () => {
    const texts = { referenceId: "#1001 / ä", customerId: "c 9" };
    expect(read("createReservation", reservation(texts)).body).toMatchObject(texts);
    for (const bad of ["", "a\u0000b", "a\nb", "a\u007fb", "\ud800", "x".repeat(129)]) {
      expect(pathsOf("createReservation", reservation({ referenceId: bad }))).toEqual(["body.referenceId"]);
      expect(pathsOf("createReservation", reservation({ customerId: bad }))).toEqual(["body.customerId"]);
      expect(pathsOf("commitReservation", { ...onReservation, body: { orderId: bad } })).toEqual(["body.orderId"]);
    }
  });

  it("counts characters, as its description says, and not the halves that JavaScript makes of some", () => {
    const most = "😀".repeat(128);
    expect(read("createReservation", reservation({ customerId: most })).body.customerId).toBe(most);
    expect(pathsOf("createReservation", reservation({ customerId: `${most}x` }))).toEqual(["body.customerId"]);
  });

  it("takes a place that is almost on the equator for one that is on it: no table holds so small a number", () => {
    const place = { name: "Ship", priority: 1, active: true, latitude: -1e-300, longitude: 13.4 };
    const { body } = read("putLocation", { path: { locationId: "L1" }, body: place });
    expect([body.latitude, body.longitude]).toEqual([0, 13.4]);
  });

  it("counts bytes where a text ends up on a level, and says so", () => {
    expect(read("createReservation", reservation({ customerId: "ä".repeat(128) })).body.customerId).toHaveLength(128);
    expect(read("createReservation", reservation({ referenceId: "ä".repeat(64) })).body.referenceId).toHaveLength(64);
    for (const [operationId, parts] of [
      ["createReservation", reservation({ referenceId: "ä".repeat(65) })],
      ["adjustStock", { body: { reason: "other", reference: "ä".repeat(65), changes: [change] } }],
      ["releaseReservation", { ...onReservation, body: { reason: "ä".repeat(17) } }],
    ] as const) {
      expect(errorsOf(operationId, parts)).toMatchObject([{ message: expect.stringMatching(/bytes in UTF-8/) }]);
    }
  });
});

describe("a change of a reservation", () => {
  it("needs its order, or its time", () => {
    expect(pathsOf("commitReservation", { ...onReservation, body: {} })).toEqual(["body.orderId"]);
    expect(pathsOf("extendReservation", { ...onReservation, body: {} })).toEqual(["body.ttlSeconds"]);
    expect(pathsOf("extendReservation", { ...onReservation, body: { ttlSeconds: 86_401 } })).toEqual([
      "body.ttlSeconds",
    ]);
  });

  it("may have no body where nothing must be said", () => {
    expect(read("releaseReservation", onReservation).body).toEqual({});
    expect(read("fulfillReservation", onReservation).body).toEqual({});
    expect(pathsOf("commitReservation", onReservation)).toEqual(["body"]);
  });

  it("has the lines of a new cart, under the same rules, and a deadline only if it is to move", () => {
    const cart = (body: unknown) => ({ ...onReservation, body });
    expect(read("rearrangeReservation", cart({ lines: [line] })).body).toEqual({ lines: [line] });
    expect(read("rearrangeReservation", cart({ lines: [line], ttlSeconds: 60 })).body).toMatchObject({
      ttlSeconds: 60,
    });
    expect(pathsOf("rearrangeReservation", cart({}))).toEqual(["body.lines"]);
    expect(pathsOf("rearrangeReservation", cart({ lines: [] }))).toEqual(["body.lines"]);
    expect(pathsOf("rearrangeReservation", cart({ lines: [line, line] }))).toEqual(["body.lines[1]"]);
    expect(pathsOf("rearrangeReservation", cart({ lines: [line], ttlSeconds: 0 }))).toEqual(["body.ttlSeconds"]);
    // How stock is chosen was said when the reservation was made.
    for (const field of ["allocation", "shipTo", "backorder", "customerId"]) {
      expect(pathsOf("rearrangeReservation", cart({ lines: [line], [field]: "x" }))).toEqual([`body.${field}`]);
    }
  });
});

describe("a shipment", () => {
  const shipment = (lines: unknown) => ({ ...onReservation, body: { lines } });

  it("is of everything, or of so many units, from a location if one is named", () => {
    const lines = [line, { ...line, locationId: "L1" }, line];
    expect(read("fulfillReservation", { ...onReservation, body: {} }).body).toEqual({});
    expect(read("fulfillReservation", shipment(lines)).body).toEqual({ lines });
  });

  it.each([
    [[], "body.lines"],
    [Array.from({ length: 91 }, () => line), "body.lines"],
    [[{ sku: "A" }], "body.lines[0].quantity"],
    [[{ ...line, quantity: 0 }], "body.lines[0].quantity"],
    [[{ ...line, locationId: "a/b" }], "body.lines[0].locationId"],
    [[{ ...line, disposition: "restock" }], "body.lines[0].disposition"],
    [null, "body.lines"],
  ])("is not %j", (lines, path) => {
    expect(pathsOf("fulfillReservation", shipment(lines))).toEqual([path]);
  });
});

describe("a return", () => {
  const back = { sku: "A", locationId: "L1", quantity: 1, disposition: "restock" };
  const returned = (lines: unknown) => ({ ...onReservation, body: { lines } });

  it("says what came back where, and in which state", () => {
    const lines = ["restock", "damaged", "qualityControl"].map((disposition) => ({ ...back, disposition }));
    expect(read("returnUnits", returned(lines)).body).toEqual({ lines });
  });

  it.each([
    [[], "body.lines"],
    [Array.from({ length: 91 }, () => back), "body.lines"],
    [[{ ...back, locationId: undefined }], "body.lines[0].locationId"],
    [[{ ...back, disposition: undefined }], "body.lines[0].disposition"],
    [[{ ...back, disposition: "lost" }], "body.lines[0].disposition"],
    [[{ ...back, quantity: -1 }], "body.lines[0].quantity"],
    [undefined, "body.lines"],
  ])("is not %j", (lines, path) => {
    expect(pathsOf("returnUnits", returned(lines))).toEqual([path]);
  });
});

describe("a split", () => {
  it("is into 1 to 1024 cells", () => {
    for (const cells of [1, 2, 1_024]) {
      expect(read("splitLevel", { ...onLevel, body: { cells } }).body).toEqual({ cells });
    }
    for (const cells of [0, 1_025, 1.5, "8", null]) {
      expect(pathsOf("splitLevel", { ...onLevel, body: { cells } })).toEqual(["body.cells"]);
    }
    expect(pathsOf("splitLevel", { ...onLevel, body: {} })).toEqual(["body.cells"]);
  });
});

describe("If-Match", () => {
  const precondition = (header: string) =>
    read("releaseReservation", { ...onReservation, headers: { "if-match": header } }).precondition;

  it("is a strong ETag as it was given, or a star", () => {
    expect(precondition('"3"')).toEqual({ expectedRevision: 3, mustExist: true });
    expect(precondition("*")).toEqual({ expectedRevision: null, mustExist: true });
    expect(read("releaseReservation", onReservation).precondition).toEqual({
      expectedRevision: null,
      mustExist: false,
    });
  });

  it.each(["3", 'W/"3"', '"3", "4"', '"abc"', '""', '"03"', '"-1"', ""])("is not %j", (header) => {
    expect(pathsOf("releaseReservation", { ...onReservation, headers: { "if-match": header } })).toEqual([
      "headers.if-match",
    ]);
  });
});

describe("Idempotency-Key", () => {
  const call = (key: string, parts: RequestParts = {}) =>
    read("releaseReservation", { ...onReservation, ...parts, headers: { "idempotency-key": key } });

  it("stands for one caller, operation and path", () => {
    const digest = call("k").keyDigest;
    expect(digest).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(call("k").keyDigest).toBe(digest);
    const others = [
      call("k2"),
      call("k", { path: { reservationId: "r-2" } }),
      call("k", { claims: { sub: "another shop" } }),
      read("fulfillReservation", { ...onReservation, headers: { "idempotency-key": "k" } }),
    ];
    for (const other of others) {
      expect(other.keyDigest).not.toBe(digest);
    }
  });

  it("does not depend on the order of the body's fields", () => {
    const digest = (body: unknown) => read("createReservation", { body }).bodyDigest;
    expect(digest({ lines: [{ sku: "A", quantity: 1 }], ttlSeconds: 60 })).toBe(
      digest({ ttlSeconds: 60, lines: [{ quantity: 1, sku: "A" }] }),
    );
    expect(digest({ lines: [{ sku: "A", quantity: 1 }] })).not.toBe(digest({ lines: [{ sku: "A", quantity: 2 }] }));
  });

  it.each(["", "x".repeat(129), "ä", "a\tb"])("is not %j", (key) => {
    expect(() => call(key)).toThrow(RejectedRequestError);
  });
});

describe("an adjustment", () => {
  it("is of units on hand, relative, and not forced, unless it says otherwise", () => {
    expect(read("adjustStock", adjustment(change)).body).toEqual({
      reason: "correction",
      atomic: false,
      changes: [{ ...change, state: "onHand", force: false }],
    });
  });

  it("has either delta or set", () => {
    const { delta: _, ...neither } = change;
    for (const wrong of [neither, { ...change, set: 1 }]) {
      expect(errorsOf("adjustStock", adjustment(wrong))).toEqual([
        { path: "body.changes[0]", message: "must have either delta or set, and not both" },
      ]);
    }
    expect(read("adjustStock", adjustment({ ...neither, set: 0 })).body.changes).toMatchObject([{ set: 0 }]);
  });

  it.each([
    [{ delta: 0 }, "delta"],
    [{ delta: 0.5 }, "delta"],
    [{ delta: -2_147_483_648 }, "delta"],
    [{ delta: undefined, set: -1 }, "set"],
    [{ expected: -1 }, "expected"],
    [{ state: "lost" }, "state"],
    [{ force: "yes" }, "force"],
  ])("refuses %j", (fields, name) => {
    expect(pathsOf("adjustStock", adjustment({ ...change, ...fields }))).toContain(`body.changes[0].${name}`);
  });

  it("changes one state of one level once, and several states of it as it likes", () => {
    expect(pathsOf("adjustStock", adjustment(change, { ...change, state: "onHand" }))).toEqual(["body.changes[1]"]);
    expect(
      read("adjustStock", adjustment(change, { ...change, state: "damaged" }, { ...change, locationId: "L2" })).body
        .changes,
    ).toHaveLength(3);
  });

  it("has a reason of the list and at most 100 changes, 90 when atomic", () => {
    const changes = (count: number) => Array.from({ length: count }, (_, index) => ({ ...change, sku: `s-${index}` }));
    const body = (count: number, atomic: boolean) => ({
      body: { reason: "received", atomic, changes: changes(count) },
    });
    expect(read("adjustStock", body(100, false)).body.changes).toHaveLength(100);
    expect(read("adjustStock", body(90, true)).body.changes).toHaveLength(90);
    expect(pathsOf("adjustStock", body(101, false))).toEqual(["body.changes"]);
    expect(pathsOf("adjustStock", body(91, true))).toEqual(["body.changes"]);
    expect(pathsOf("adjustStock", body(0, false))).toEqual(["body.changes"]);
    expect(pathsOf("adjustStock", { body: { reason: "because", changes: changes(1) } })).toEqual(["body.reason"]);
  });
});

describe("the catalogue", () => {
  const item = (fields: object) => ({ path: { sku: "A" }, body: { name: "Mug", ...fields } });
  const location = (fields: object) => ({
    path: { locationId: "L1" },
    body: { name: "North", priority: 1, active: true, ...fields },
  });

  it("keeps a restock time in UTC", () => {
    expect(read("putItem", item({ restockAt: "2027-02-01T01:00:00+02:00" })).body).toEqual({
      name: "Mug",
      active: true,
      backorder: { policy: "deny" },
      components: [],
      restockAt: "2027-01-31T23:00:00.000Z",
    });
  });

  it.each([
    { restockAt: "tomorrow" },
    { restockAt: "2027-02-30T00:00:00Z" },
    { restockAt: "2027-02-01" },
    { restockAt: "2027-02-01T00:00:00" },
    { lowStockThreshold: -1 },
    { lowStockThreshold: 1.5 },
    { name: "" },
    { name: "x".repeat(201) },
    { availableFrom: "soon" },
  ])("refuses an item with %j", (fields) => {
    expect(pathsOf("putItem", item(fields))).toEqual([`body.${Object.keys(fields)[0]}`]);
  });

  it.each([
    [{ backorder: { policy: "some" } }, "body.backorder.policy"],
    [{ backorder: { policy: "allow", limit: 0 } }, "body.backorder.limit"],
    [{ backorder: { policy: "allow", limit: -1 } }, "body.backorder.limit"],
    [{ purchaseLimit: { quantity: 0 } }, "body.purchaseLimit.quantity"],
    [{ purchaseLimit: { quantity: 1, windowDays: 0 } }, "body.purchaseLimit.windowDays"],
    [{ components: [{ sku: "B", quantity: 0 }] }, "body.components[0].quantity"],
    [{ components: Array.from({ length: 2 }, () => ({ sku: "B", quantity: 1 })) }, "body.components[1]"],
    [{ components: Array.from({ length: 31 }, (_, at) => ({ sku: `B${at}`, quantity: 1 })) }, "body.components"],
  ])("refuses an item with %j", (fields, path) => {
    expect(pathsOf("putItem", item(fields))).toEqual([path]);
  });

  it.each([
    [{ priority: 1_000_001 }, "body.priority"],
    [{ priority: 0.5 }, "body.priority"],
    [{ active: "yes" }, "body.active"],
    [{ country: "de" }, "body.country"],
    [{ country: "DEU" }, "body.country"],
    [{ latitude: 91, longitude: 0 }, "body.latitude"],
    [{ latitude: 0, longitude: -181 }, "body.longitude"],
    [{ latitude: 1 }, "body"],
    [{ latitude: null, longitude: 1 }, "body"],
  ])("refuses a location with %j", (fields, path) => {
    expect(pathsOf("putLocation", location(fields))).toEqual([path]);
  });

  it("takes a location with all of its fields", () => {
    const fields = { country: "DE", latitude: 52.5, longitude: 13.4 };
    expect(read("putLocation", location(fields)).body).toMatchObject(fields);
    expect(read("putLocation", location({ latitude: null, longitude: null })).body).toMatchObject({ latitude: null });
  });
});

describe("a level's settings", () => {
  const patch = (body: unknown) => ({ ...onLevel, body });

  it("are a number, none at all, or the item's again", () => {
    for (const lowStockThreshold of [0, 5, null, "item"]) {
      expect(read("patchLevel", patch({ lowStockThreshold })).body).toEqual({ lowStockThreshold });
    }
  });

  it("may be a backorder policy and a restock time of this location's own, or the item's again", () => {
    const own = { backorder: { policy: "allow", limit: 7 }, restockAt: "2027-03-01T01:00:00+01:00" };
    expect(read("patchLevel", patch(own)).body).toEqual({ ...own, restockAt: "2027-03-01T00:00:00.000Z" });
    expect(read("patchLevel", patch({ backorder: { policy: "deny" }, restockAt: null })).body).toEqual({
      backorder: { policy: "deny" },
      restockAt: null,
    });
    expect(read("patchLevel", patch({ backorder: "item", restockAt: "item" })).body).toEqual({
      backorder: "item",
      restockAt: "item",
    });
  });

  it.each([
    {},
    { lowStockThreshold: -1 },
    { lowStockThreshold: "none" },
    { active: false },
    { backorder: { policy: "allow", limit: 0 } },
    { backorder: { limit: 7 } },
    { backorder: "deny" },
    { backorder: null },
    { restockAt: "soon" },
    { availableFrom: "2027-03-01T00:00:00Z" },
    { purchaseLimit: { quantity: 1 } },
  ])("are not %j", (body) => {
    expect(errorsOf("patchLevel", patch(body)).length).toBeGreaterThan(0);
  });
});

describe("query parameters", () => {
  it("are refused when unknown, on every operation", () => {
    for (const [operationId, parts] of [
      ["getHealth", {}],
      ["getItem", { path: { sku: "A" } }],
      ["createReservation", reservation({})],
      ["listAlerts", {}],
    ] as const) {
      expect(errorsOf(operationId, { ...parts, query: { colour: "red" } })).toEqual([
        { path: "query.colour", message: "is not known" },
      ]);
    }
  });

  it("page a list by 50, or by what is asked for up to 200", () => {
    expect(read("listItems", {}).query).toEqual({ limit: 50 });
    for (const limit of ["1", "9", "99", "100", "199", "200"]) {
      expect(read("listItems", { query: { limit } }).query.limit).toBe(Number(limit));
    }
    for (const limit of ["0", "201", "-1", "1.5", "1e2", " 5", "many", "", "5,6"]) {
      expect(pathsOf("listItems", { query: { limit } })).toEqual(["query.limit"]);
    }
  });

  it("take only what a cursor can be made of", () => {
    expect(read("listItems", { query: { cursor: "eyJwayI6IngifQ" } }).query.cursor).toBe("eyJwayI6IngifQ");
    for (const cursor of ["", "a b", "\0", "x".repeat(2_049)]) {
      expect(pathsOf("listItems", { query: { cursor } })).toEqual(["query.cursor"]);
    }
  });

  it("ask for 1 to 100 SKUs, each once", () => {
    const skus = (count: number) => Array.from({ length: count }, (_, index) => `s-${index}`).join(",");
    expect(read("getAvailability", { query: { sku: "B,A,B" } }).query).toEqual({ sku: ["B", "A"], exact: false });
    expect(read("getAvailability", { query: { sku: skus(100), exact: "true" } }).query.sku).toHaveLength(100);
    expect(pathsOf("getAvailability", { query: { sku: skus(101) } })).toEqual(["query.sku"]);
    expect(pathsOf("getAvailability", { query: { sku: "A,b/c" } })).toEqual(["query.sku[1]"]);
    expect(pathsOf("getAvailability", { query: { sku: "" } })).toEqual(["query.sku[0]"]);
    expect(errorsOf("getAvailability", {})).toEqual([{ path: "query.sku", message: "is missing" }]);
    expect(pathsOf("getAvailability", { query: { sku: "A", exact: "yes" } })).toEqual(["query.exact"]);
  });

  it("name levels by SKU or by location", () => {
    expect(read("listLevels", { query: { sku: "A" } }).query).toEqual({ sku: "A", limit: 50 });
    expect(pathsOf("listLevels", {})).toEqual(["query"]);
    expect(pathsOf("listLevels", { query: { sku: "A", locationId: "L1" } })).toEqual(["query"]);
  });

  it("name reservations by what their caller knows them by, or by their order", () => {
    expect(read("listReservations", { query: { referenceId: "cart 81" } }).query).toEqual({
      referenceId: "cart 81",
      limit: 50,
    });
    expect(read("listReservations", { query: { orderId: "1001" } }).query).toMatchObject({ orderId: "1001" });
    expect(pathsOf("listReservations", {})).toEqual(["query"]);
    expect(pathsOf("listReservations", { query: { referenceId: "cart-81", orderId: "1001" } })).toEqual(["query"]);
  });

  it("name a backorder queue by its SKU, at one location or at all", () => {
    expect(read("listBackorders", { query: { sku: "A" } }).query).toEqual({ sku: "A", limit: 50 });
    expect(read("listBackorders", { query: { sku: "A", locationId: "L1" } }).query).toMatchObject({ locationId: "L1" });
    expect(pathsOf("listBackorders", { query: { locationId: "L1" } })).toEqual(["query.sku"]);
  });

  it("name movements by SKU or by reservation, and times with their zone", () => {
    const query = { sku: "A", locationId: "L1", from: "2027-01-31T12:00:00Z", to: "2027-01-31T13:00:00+01:00" };
    expect(read("listMovements", { query }).query).toEqual({
      sku: "A",
      locationId: "L1",
      from: startMs,
      to: startMs,
      limit: 50,
    });
    expect(pathsOf("listMovements", {})).toEqual(["query"]);
    expect(pathsOf("listMovements", { query: { reservationId: "r-1", locationId: "L1" } })).toEqual([
      "query.locationId",
    ]);
    expect(pathsOf("listMovements", { query: { sku: "A", from: "yesterday" } })).toEqual(["query.from"]);
    expect(pathsOf("getLevel", { ...onLevel, query: { asOf: "2027-01-31" } })).toEqual(["query.asOf"]);
    expect(pathsOf("listAlerts", { query: { status: "gone" } })).toEqual(["query.status"]);
  });
});

describe("the time budget", () => {
  const budget = (remainingMs: number) => {
    const event = eventFor("getReservation", onReservation);
    return parseCall("getReservation", { ...event, body: undefined }, contextWith(remainingMs), startMs).budgetEndsAtMs;
  };

  it("leaves time to answer, is 8 seconds at most, and never in the past", () => {
    expect(budget(3_000)).toBe(startMs + 2_500);
    expect(budget(60_000)).toBe(startMs + 8_000);
    expect(budget(100)).toBe(startMs);
  });
});
