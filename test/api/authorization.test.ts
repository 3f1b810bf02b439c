import { describe, expect, inject, it } from "vitest";
import { type Route, routes, type Scope, scopes } from "../../functions/contract/routes.ts";
import { audiences } from "../support/audiences.ts";
import { ApiClient, type Reply } from "./client.ts";
import { anybody, backOffice, bearerOf, reader, tokenFor } from "./session.ts";
import { levelOf, stockedShelf } from "./shop.ts";

const url = () => inject("localStackUrl");
const allScopes = Object.keys(scopes) as Scope[];
const guarded = Object.entries(audiences).filter(([, audience]) => audience.length > 0);

/** A request of the route, with a body that no operation takes: who may call is refused it, and changes nothing. */
async function call(api: ApiClient, routeKey: string): Promise<Reply> {
  const [method = "", path = ""] = routeKey.replaceAll(/\{[^}]+\}/g, "some-id").split(" ");
  return await api.request(method, path, method === "GET" ? undefined : { nonsense: true }, {});
}

/** Every set of scopes that a token may have, none of them included. */
const combinations = Array.from({ length: 2 ** allScopes.length }, (_, set) =>
  allScopes.filter((_scope, index) => (set >> index) % 2 === 1),
);

describe("the gateway", () => {
  it("is asked below for every route that it has", () => {
    const answered = (Object.values(routes) as readonly Route[]).map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(audiences).sort()).toEqual(answered.sort());
  });

  it.each(guarded)("lets nobody call %s without a good token", async (routeKey) => {
    for (const api of [anybody(), bearerOf("not.a.token"), bearerOf(inject("expiredToken"))]) {
      const reply = await call(api, routeKey);
      expect([reply.status, reply.body]).toEqual([401, { message: "Unauthorized" }]);
    }
  });

  it.each(guarded)("lets those call %s who have one of its scopes, and nobody else", async (routeKey, audience) => {
    for (const held of combinations) {
      const token = held.length === 0 ? inject("foreignToken") : await tokenFor(held.join(" "));
      const reply = await call(bearerOf(token), routeKey);
      if (held.some((scope) => audience.includes(scope))) {
        expect([held, [401, 403, 500].includes(reply.status)]).toEqual([held, false]);
      } else {
        expect([held, reply.status, reply.body]).toEqual([held, 403, { message: "Forbidden" }]);
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
