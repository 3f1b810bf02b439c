import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, type Reply, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, type Shelf, stockedShelf } from "./shop.ts";

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
  ])("a reservation with %s", async (_name, body) => {
    expectProblem(await shop.post("/v1/reservations", body()), 400, "validation_failed");
    await expectUntouched();
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
      `/v1/movements?sku=${shelf.sku}`,
      `/v1/levels?sku=${shelf.sku}`,
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
