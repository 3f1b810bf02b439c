import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, listItem, pathOf, reserve, type Shelf, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;
let shelf: Shelf;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
  shelf = await stockedShelf(office, 5);
});

function expectProblem(reply: Reply, status: number, code: string): void {
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  expect(reply.headers.get("content-type")).toContain("application/problem+json");
  expect(reply.body).toMatchObject({
    status,
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
  });
}

async function expectUntouched(): Promise<void> {
  expect(await levelOf(office, shelf)).toMatchObject({ onHand: 5, reserved: 0, version: 1 });
}

/** Where the answer says that something is wrong. */
const pathsOf = ({ body }: Reply): string[] => body.errors.map(({ path }: { path: string }) => path);

const line = (changes: Record<string, unknown> = {}) => ({ ...shelf, quantity: 1, ...changes });

describe("a bad request gets a clear answer and changes nothing", () => {
  it.each([
    ["zero", 0],
    ["negative", -1],
    ["fractional", 1.5],
    ["huge", 2_147_483_648],
    ["string", "1"],
    ["missing", undefined],
    ["null", null],
  ])("a quantity that is %s", async (_name, quantity) => {
    const reply = await shop.post("/v1/reservations", { lines: [line({ quantity })] });
    expectProblem(reply, 400, "validation_failed");
    expect(reply.body.errors[0]).toMatchObject({
      path: expect.stringContaining("quantity"),
      message: expect.any(String),
    });
    await expectUntouched();
  });

  it.each([
    ["of 129 characters", "s".repeat(129)],
    ["that is empty", ""],
    ["with a slash", "a/b"],
    ["with a space", "a b"],
    ["that is a dot", "."],
    ["that is two dots", ".."],
  ])("a SKU %s", async (_name, sku) => {
    expectProblem(await shop.post("/v1/reservations", { lines: [line({ sku })] }), 400, "validation_failed");
  });

  it("takes a SKU of 128 characters of the whole alphabet", async () => {
    const sku = `${unique("aZ0_.:~+-")}-${"x".repeat(128)}`.slice(0, 128);
    expect((await office.put(`/v1/items/${encodeURIComponent(sku)}`, { name: "Long" })).status).toBe(201);
    expect((await office.get(`/v1/items/${encodeURIComponent(sku)}`)).body.sku).toBe(sku);
  });

  it.each([
    ["no lines", () => ({ lines: [] })],
    ["91 lines", () => ({ lines: Array.from({ length: 91 }, (_, index) => line({ sku: `sku-${index}` })) })],
    ["the same line twice", () => ({ lines: [line(), line()] })],
    ["an unknown field", () => ({ lines: [line()], colour: "red" })],
    ["an unknown field of a line", () => ({ lines: [line({ colour: "red" })] })],
    ["a hold of no time", () => ({ lines: [line()], ttlSeconds: 0 })],
    ["a hold of more than a day", () => ({ lines: [line()], ttlSeconds: 86_401 })],
    ["an id with a slash", () => ({ reservationId: "a/b", lines: [line()] })],
    ["a list", () => []],
    ["a string", () => "lines"],
    ["an unknown way to choose stock", () => ({ lines: [line()], allocation: "cheapest" })],
    ["the allocation nearest and nowhere to ship to", () => ({ lines: [line()], allocation: "nearest" })],
    ["an unknown choice about backorders", () => ({ lines: [line()], backorder: "maybe" })],
    ["an unknown field of where it goes", () => ({ lines: [line()], shipTo: { city: "Berlin" } })],
    ["half of the coordinates", () => ({ lines: [line()], shipTo: { latitude: 52 } })],
    ["a latitude beyond the pole", () => ({ lines: [line()], shipTo: { latitude: 90.1, longitude: 0 } })],
    ["a longitude beyond the date line", () => ({ lines: [line()], shipTo: { latitude: 0, longitude: 180.1 } })],
    ["a country that is no code", () => ({ lines: [line()], shipTo: { country: "de" } })],
    ["a customer without a name", () => ({ lines: [line()], customerId: "" })],
    ["a customer of 129 characters", () => ({ lines: [line()], customerId: "c".repeat(129) })],
  ])("a reservation with %s", async (_name, body) => {
    expectProblem(await shop.post("/v1/reservations", body()), 400, "validation_failed");
    await expectUntouched();
  });

  it.each([
    ["no lines", () => ({ lines: [] }), "body.lines"],
    ["nothing at all", () => ({}), "body.lines"],
    ["91 lines", () => ({ lines: Array.from({ length: 91 }, (_, at) => line({ sku: `s-${at}` })) }), "body.lines"],
    ["the same line twice", () => ({ lines: [line(), line()] }), "body.lines[1]"],
    ["a quantity of zero", () => ({ lines: [line({ quantity: 0 })] }), "body.lines[0].quantity"],
    ["half a unit", () => ({ lines: [line({ quantity: 0.5 })] }), "body.lines[0].quantity"],
    ["a deadline of no time", () => ({ lines: [line()], ttlSeconds: 0 }), "body.ttlSeconds"],
    ["a deadline of more than a day", () => ({ lines: [line()], ttlSeconds: 86_401 }), "body.ttlSeconds"],
    ["an unknown field", () => ({ lines: [line()], backorder: "allow" }), "body.backorder"],
    ["an unknown field of a line", () => ({ lines: [line({ price: 1 })] }), "body.lines[0].price"],
  ])("a cart that changes to %s", async (_name, body, path) => {
    const cart = await reserve(shop, await stockedShelf(office, 1), 1);
    const reply = await shop.put(`${pathOf(cart)}/lines`, body());
    expectProblem(reply, 400, "validation_failed");
    expect(pathsOf(reply)).toContain(path);
    expect((await shop.get(pathOf(cart))).body).toEqual(cart.body);
    await expectUntouched();
  });

  it.each([
    ["an unknown policy", { backorder: { policy: "sometimes" } }, "body.backorder.policy"],
    ["a limit without a policy", { backorder: { limit: 3 } }, "body.backorder.policy"],
    ["a negative backorder limit", { backorder: { policy: "allow", limit: -1 } }, "body.backorder.limit"],
    ["a backorder limit of none", { backorder: { policy: "allow", limit: 0 } }, "body.backorder.limit"],
    ["an unknown field of a policy", { backorder: { policy: "allow", days: 3 } }, "body.backorder.days"],
    ["a day without a zone", { availableFrom: "2027-01-31T12:00:00" }, "body.availableFrom"],
    ["a day that is none", { availableFrom: "2027-02-30T12:00:00Z" }, "body.availableFrom"],
    ["a restock date that is none", { restockAt: "soon" }, "body.restockAt"],
    ["a purchase limit of none", { purchaseLimit: { quantity: 0 } }, "body.purchaseLimit.quantity"],
    ["a negative purchase limit", { purchaseLimit: { quantity: -1 } }, "body.purchaseLimit.quantity"],
    ["a purchase limit without a quantity", { purchaseLimit: { windowDays: 7 } }, "body.purchaseLimit.quantity"],
    ["windows of no days", { purchaseLimit: { quantity: 1, windowDays: 0 } }, "body.purchaseLimit.windowDays"],
    ["windows of half days", { purchaseLimit: { quantity: 1, windowDays: 0.5 } }, "body.purchaseLimit.windowDays"],
    [
      "windows beyond ten years",
      { purchaseLimit: { quantity: 1, windowDays: 3_651 } },
      "body.purchaseLimit.windowDays",
    ],
    ["an unknown field of a limit", { purchaseLimit: { quantity: 1, per: "day" } }, "body.purchaseLimit.per"],
    ["components that are no list", { components: { sku: "a", quantity: 1 } }, "body.components"],
    ["a component without a quantity", { components: [{ sku: "a" }] }, "body.components[0].quantity"],
    ["none of a component", { components: [{ sku: "a", quantity: 0 }] }, "body.components[0].quantity"],
    ["too many of a component", { components: [{ sku: "a", quantity: 1_000_001 }] }, "body.components[0].quantity"],
    [
      "a component twice",
      {
        components: [
          { sku: "a", quantity: 1 },
          { sku: "a", quantity: 2 },
        ],
      },
      "body.components[1]",
    ],
    [
      "an unknown field of a component",
      { components: [{ sku: "a", quantity: 1, locationId: "l" }] },
      "body.components[0].locationId",
    ],
    [
      "31 components",
      { components: Array.from({ length: 31 }, (_, at) => ({ sku: `s-${at}`, quantity: 1 })) },
      "body.components",
    ],
  ])("an item with %s", async (_name, settings, path) => {
    const sku = unique("sku");
    const reply = await office.put(`/v1/items/${sku}`, { name: "Thing", ...settings });
    expectProblem(reply, 400, "validation_failed");
    expect(reply.body.errors).toMatchObject([{ path, message: expect.any(String) }]);
    expect((await office.get(`/v1/items/${sku}`)).status).toBe(404);
  });

  it("an item that is a component of itself", async () => {
    const sku = unique("sku");
    const reply = await office.put(`/v1/items/${sku}`, { name: "Kit", components: [{ sku, quantity: 1 }] });
    expectProblem(reply, 400, "validation_failed");
    expect(reply.body.errors).toMatchObject([{ path: "body.components" }]);
    expect((await office.get(`/v1/items/${sku}`)).status).toBe(404);
  });

  it("takes a kit of 30 components", async () => {
    const skus = await Promise.all(Array.from({ length: 30 }, () => listItem(office)));
    const components = skus.map((sku) => ({ sku, quantity: 1 }));
    expect((await office.get(`/v1/items/${await listItem(office, { components })}`)).body).toMatchObject({
      components,
    });
  });

  it.each([
    ["an unknown setting", { active: false }, "body.active"],
    ["an unknown policy", { backorder: { policy: "sometimes" } }, "body.backorder"],
    ["a backorder limit of none", { backorder: { policy: "allow", limit: 0 } }, "body.backorder.limit"],
    ["no policy", { backorder: null }, "body.backorder"],
    ["a restock date that is none", { restockAt: "soon" }, "body.restockAt"],
    ["nothing", {}, "body"],
  ])("an override with %s", async (_name, body, path) => {
    const reply = await office.patch(`/v1/levels/${shelf.sku}/${shelf.locationId}`, body);
    expectProblem(reply, 400, "validation_failed");
    expect(pathsOf(reply)).toContain(path);
    await expectUntouched();
  });

  it.each([
    ["no cells", { cells: 0 }],
    ["fewer than none", { cells: -1 }],
    ["more than 1,024 cells", { cells: 1_025 }],
    ["half a cell", { cells: 1.5 }],
    ["cells in words", { cells: "2" }],
    ["no number", {}],
  ])("a split into %s", async (_name, body) => {
    const reply = await office.post(`/v1/levels/${shelf.sku}/${shelf.locationId}/cells`, body);
    expectProblem(reply, 400, "validation_failed");
    expect(reply.body.errors).toMatchObject([{ path: "body.cells" }]);
    await expectUntouched();
  });

  it("a split with an unknown field", async () => {
    const path = `/v1/levels/${shelf.sku}/${shelf.locationId}/cells`;
    const reply = await office.post(path, { cells: 2, until: "2027-01-31T12:00:00Z" });
    expectProblem(reply, 400, "validation_failed");
    expect(reply.body.errors).toMatchObject([{ path: "body.until" }]);
    await expectUntouched();
  });

  const returned = (changes: Record<string, unknown> = {}) => line({ disposition: "restock", ...changes });
  it.each([
    ["fulfill", "no lines", () => ({ lines: [] }), "body.lines"],
    ["fulfill", "91 lines", () => ({ lines: Array.from({ length: 91 }, () => line()) }), "body.lines"],
    ["fulfill", "a quantity of zero", () => ({ lines: [line({ quantity: 0 })] }), "body.lines[0].quantity"],
    ["fulfill", "a disposition", () => ({ lines: [returned()] }), "body.lines[0].disposition"],
    ["fulfill", "an unknown field", () => ({ lines: [line()], carrier: "x" }), "body.carrier"],
    ["return", "no lines", () => ({ lines: [] }), "body.lines"],
    ["return", "nothing at all", () => ({}), "body.lines"],
    ["return", "91 lines", () => ({ lines: Array.from({ length: 91 }, () => returned()) }), "body.lines"],
    ["return", "half a unit", () => ({ lines: [returned({ quantity: 0.5 })] }), "body.lines[0].quantity"],
    ["return", "no disposition", () => ({ lines: [line()] }), "body.lines[0].disposition"],
    [
      "return",
      "an unknown disposition",
      () => ({ lines: [returned({ disposition: "lost" })] }),
      "body.lines[0].disposition",
    ],
    ["return", "no location", () => ({ lines: [returned({ locationId: undefined })] }), "body.lines[0].locationId"],
    ["return", "an unknown field", () => ({ lines: [returned({ reason: "x" })] }), "body.lines[0].reason"],
  ])("a request to %s with %s", async (step, _name, body, path) => {
    const reply = await office.post(`/v1/reservations/some-id/${step}`, body());
    expectProblem(reply, 400, "validation_failed");
    expect(pathsOf(reply)).toContain(path);
    await expectUntouched();
  });

  it("an If-Match that is no ETag, also where a cart changes and goods come back", async () => {
    for (const etag of ["1", 'W/"1"', '"1", "2"']) {
      const call = { headers: { "if-match": etag } };
      const changed = await shop.put("/v1/reservations/some-id/lines", { lines: [line()] }, call);
      const back = await office.post("/v1/reservations/some-id/return", { lines: [returned()] }, call);
      for (const reply of [changed, back]) {
        expectProblem(reply, 400, "validation_failed");
        expect(reply.body.errors).toMatchObject([{ path: "headers.if-match" }]);
      }
    }
  });

  it.each([
    ["nothing to do", () => ({ ...shelf })],
    ["delta and set at once", () => ({ ...shelf, delta: 1, set: 1 })],
    ["a delta of zero", () => ({ ...shelf, delta: 0 })],
    ["a fractional delta", () => ({ ...shelf, delta: 0.5 })],
    ["a negative quantity to set", () => ({ ...shelf, set: -1 })],
    ["an unknown state", () => ({ ...shelf, delta: 1, state: "lost" })],
  ])("an adjustment with %s", async (_name, change) => {
    expectProblem(
      await office.post("/v1/adjustments", { reason: "correction", changes: [change()] }),
      400,
      "validation_failed",
    );
    await expectUntouched();
  });

  it("an adjustment with an unknown reason, 101 changes, or 91 atomic ones", async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...shelf, sku: `s-${index}`, delta: 1 }));
    for (const body of [
      { reason: "because", changes: many(1) },
      { reason: "correction", changes: many(101) },
      { reason: "correction", atomic: true, changes: many(91) },
    ]) {
      expectProblem(await office.post("/v1/adjustments", body), 400, "validation_failed");
    }
  });

  it("JSON that is none", async () => {
    for (const raw of ["{", "", "undefined", "{'lines':[]}"]) {
      expectProblem(await shop.post("/v1/reservations", undefined, { raw }), 400, "validation_failed");
    }
  });

  it("a body that is not JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
      const reply = await shop.post("/v1/reservations", { lines: [line()] }, { headers: { "content-type": type } });
      expectProblem(reply, 415, "unsupported_media_type");
    }
    const charset = await shop.post(
      "/v1/reservations",
      { lines: [line({ quantity: 0 })] },
      {
        headers: { "content-type": "application/json; charset=utf-8" },
      },
    );
    expectProblem(charset, 400, "validation_failed");
  });

  it("a body of 1 MB", async () => {
    const raw = JSON.stringify({ lines: [line()], referenceId: "x".repeat(1_048_576) });
    expectProblem(await shop.post("/v1/reservations", undefined, { raw }), 413, "payload_too_large");
    await expectUntouched();
  });

  it("a cursor that the list never gave", async () => {
    for (const path of [
      "/v1/items",
      "/v1/locations",
      "/v1/alerts",
      "/v1/alerts?status=open",
      `/v1/movements?sku=${shelf.sku}`,
      `/v1/movements?sku=${shelf.sku}&locationId=${shelf.locationId}`,
      "/v1/movements?reservationId=r-1",
      `/v1/levels?sku=${shelf.sku}`,
      `/v1/backorders?sku=${shelf.sku}`,
      "/v1/reservations?referenceId=cart-81",
      `/v1/levels?locationId=${shelf.locationId}`,
    ]) {
      for (const cursor of ["nonsense", Buffer.from('{"pk":"SKU#other"}').toString("base64url"), "%00"]) {
        const separator = path.includes("?") ? "&" : "?";
        expectProblem(await office.get(`${path}${separator}cursor=${cursor}`), 400, "validation_failed");
      }
    }
  });

  it("parameters that are missing, unknown or out of range", async () => {
    for (const path of [
      "/v1/availability",
      "/v1/availability?sku=a&colour=red",
      "/v1/levels",
      "/v1/levels?sku=a&locationId=b",
      "/v1/movements",
      "/v1/movements?sku=a&from=yesterday",
      "/v1/items?limit=0",
      "/v1/items?limit=201",
      "/v1/items?limit=many",
      "/v1/alerts?status=gone",
      "/v1/reservations",
      "/v1/reservations?referenceId=a&orderId=b",
      "/v1/reservations?customerId=c",
      "/v1/reservations?orderId=",
      `/v1/reservations?referenceId=${"r".repeat(129)}`,
      "/v1/backorders",
      "/v1/backorders?locationId=a",
      "/v1/backorders?sku=a&locationId=b&colour=red",
      "/v1/backorders?sku=a%2Fb",
      `/v1/levels/${"s".repeat(129)}/loc`,
    ]) {
      expectProblem(await (path.startsWith("/v1/availability") ? shop : office).get(path), 400, "validation_failed");
    }
  });

  it("an If-Match that is no ETag, and an Idempotency-Key that is too long", async () => {
    const { body } = await shop.post("/v1/reservations", {
      lines: [{ ...(await stockedShelf(office, 1)), quantity: 1 }],
    });
    const path = `/v1/reservations/${body.reservationId}/commit`;
    for (const etag of ["1", 'W/"1"', '"one"', '"1", "2"']) {
      expectProblem(
        await shop.post(path, { orderId: "o" }, { headers: { "if-match": etag } }),
        400,
        "validation_failed",
      );
    }
    const key = "k".repeat(129);
    expectProblem(
      await shop.post("/v1/reservations", { lines: [line()] }, { headers: { "idempotency-key": key } }),
      400,
      "validation_failed",
    );
    await expectUntouched();
  });

  it("never shows what is inside", async () => {
    const replies = [
      await shop.post("/v1/reservations", { lines: [line({ sku: "__proto__" })] }),
      await shop.post("/v1/reservations", undefined, { raw: '{"__proto__":{"lines":1},"constructor":1}' }),
      await shop.get("/v1/reservations/%E0%A4%A"),
      await shop.get("/v1/reservations/..%2f..%2fetc"),
      await office.get("/v1/items?q=%00%ff"),
    ];
    for (const { status, body } of replies) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(JSON.stringify(body)).not.toMatch(/node_modules|functions\/|dynamodb|at .*\.(ts|js):|Exception/i);
    }
  });
});
