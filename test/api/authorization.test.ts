import { describe, expect, inject, it } from "vitest";
import { type Route, routes, type Scope, scopes } from "../../functions/contract/routes.ts";
import { ApiClient } from "./client.ts";
import { anybody, backOffice, bearerOf, reader, tokenFor } from "./session.ts";
import { levelOf, stockedShelf } from "./shop.ts";

const url = () => inject("localStackUrl");
const filled = (path: string): string => path.replace(/\{[^}]+\}/g, "some-id");
const protectedRoutes = (Object.entries(routes) as [string, Route][]).filter(([, route]) => route.scopes.length > 0);

async function call(api: ApiClient, route: Route) {
  const path = filled(route.path);
  switch (route.method) {
    case "GET":
      return await api.get(path);
    case "POST":
      return await api.post(path, { nonsense: true });
    case "PUT":
      return await api.put(path, { nonsense: true });
    case "PATCH":
      return await api.patch(path, { nonsense: true });
  }
}

describe("the gateway", () => {
  it.each(protectedRoutes)("lets nobody call %s without a good token", async (_name, route) => {
    const expired = inject("expiredToken");
    for (const api of [anybody(), bearerOf("not.a.token"), bearerOf(expired)]) {
      const reply = await call(api, route);
      expect([reply.status, reply.body]).toEqual([401, { message: "Unauthorized" }]);
    }
  });

  it.each(protectedRoutes)("lets only the scopes of %s call it", async (_name, route) => {
    for (const scope of Object.keys(scopes) as Scope[]) {
      const reply = await call(new ApiClient(url(), await tokenFor(scope)), route);
      if (route.scopes.includes(scope)) {
        expect([401, 403, 500]).not.toContain(reply.status);
      } else {
        expect([reply.status, reply.body]).toEqual([403, { message: "Forbidden" }]);
      }
    }
  });

  it("lets nobody change anything without a good token and its scope", async () => {
    const office = await backOffice();
    const shelf = await stockedShelf(office, 1);
    const reservation = { lines: [{ ...shelf, quantity: 1 }] };
    const receipt = { reason: "received", changes: [{ ...shelf, delta: 1 }] };
    const [onlyReads, onlyReserves] = [await reader(), new ApiClient(url(), await tokenFor("inventory/reserve"))];
    const strangers = [anybody(), bearerOf("not.a.token"), bearerOf(inject("expiredToken"))];
    for (const api of [...strangers, onlyReads]) {
      expect([401, 403]).toContain((await api.post("/v1/reservations", reservation)).status);
    }
    for (const api of [...strangers, onlyReads, onlyReserves]) {
      expect([401, 403]).toContain((await api.post("/v1/adjustments", receipt)).status);
    }
    expect(await levelOf(office, shelf)).toMatchObject({ onHand: 1, reserved: 0, version: 1 });
  });

  /** What the API promises of itself; the routes are made from another list. */
  const promised: readonly [string, string, readonly Scope[]][] = [
    ["PUT", "/v1/reservations/some-id/lines", ["inventory/reserve"]],
    ["GET", "/v1/reservations?orderId=some-id", ["inventory/reserve", "inventory/manage"]],
    ["POST", "/v1/reservations/some-id/fulfill", ["inventory/manage"]],
    ["POST", "/v1/reservations/some-id/return", ["inventory/manage"]],
    ["POST", "/v1/levels/some-id/some-id/cells", ["inventory/manage"]],
    ["GET", "/v1/backorders?sku=some-id", ["inventory/read", "inventory/manage"]],
  ];
  it.each(promised)("lets %s %s be called by its audience alone", async (method, path, audience) => {
    for (const scope of Object.keys(scopes) as Scope[]) {
      const { status } = await fetch(`${url()}${path}`, {
        method,
        headers: { authorization: `Bearer ${await tokenFor(scope)}`, "content-type": "application/json" },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      expect([scope, status === 403]).toEqual([scope, !audience.includes(scope)]);
      expect([401, 500]).not.toContain(status);
    }
  });

  it("tells its health and its contract to anybody", async () => {
    expect((await anybody().get("/v1/health")).body).toMatchObject({ status: "ok" });
    const document = await anybody().get("/v1/openapi.json");
    expect(document.status).toBe(200);
    expect(document.body.openapi).toMatch(/^3\.1\./);
    for (const route of Object.values(routes) as Route[]) {
      expect(document.body.paths[route.path][route.method.toLowerCase()]).toBeDefined();
    }
  });

  it("knows no other path", async () => {
    const api = new ApiClient(url(), await tokenFor("inventory/manage"));
    expect((await api.get("/v1/secrets")).status).toBe(404);
    expect((await api.post("/v1/levels", {})).status).toBe(404);
  });

  it("gives tokens only for the right credentials and known scopes", async () => {
    const ask = async (form: Record<string, string>) =>
      await fetch(`${url()}/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
    const right = { grant_type: "client_credentials", client_id: "local", client_secret: "local" };
    const token = (await (await ask({ ...right, scope: "inventory/read" })).json()) as Record<string, unknown>;
    expect(token).toMatchObject({ token_type: "Bearer", expires_in: 3_600, access_token: expect.any(String) });
    expect((await ask({ ...right, client_secret: "wrong" })).status).toBe(401);
    expect((await ask({ ...right, scope: "inventory/everything" })).status).toBe(400);
    expect((await ask({ ...right, grant_type: "password" })).status).toBe(400);
  });
});
