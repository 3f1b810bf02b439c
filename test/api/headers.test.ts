/** What every answer says about itself, whatever it is, as a caller gets it over HTTP. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { mostBodyBytes as mostGatewayBytes } from "../../local/http-server.ts";
import type { ApiClient, Reply } from "./client.ts";
import { anybody, everybody, reader } from "./session.ts";
import { reserve, stockedShelf } from "./shop.ts";

let api: ApiClient;
const replies = new Map<string, Reply>();

beforeAll(async () => {
  api = await everybody();
  const shelf = await stockedShelf(api, 1);
  const document = await anybody().get("/v1/openapi.json");
  const keep = (name: string, reply: Reply) => replies.set(name, reply);
  keep("200", await api.get(`/v1/items/${shelf.sku}`));
  keep("200 to anybody", await anybody().get("/v1/health"));
  keep("201", await reserve(api, shelf, 1));
  const known = { headers: { "if-none-match": document.headers.get("etag") ?? "" } };
  keep("304", await anybody().get("/v1/openapi.json", known));
  keep("400", await api.get("/v1/availability"));
  keep("404", await api.get("/v1/reservations/none"));
  keep("409", await reserve(api, shelf, 1));
  const raw = (bytes: number) => ({ raw: JSON.stringify({ lines: [] }).padEnd(bytes, " ") });
  keep("413", await api.post("/v1/reservations", undefined, raw(262_145)));
  keep("400 of the largest body", await api.post("/v1/reservations", undefined, raw(262_144)));
  keep("415", await api.post("/v1/reservations", { lines: [] }, { headers: { "content-type": "text/plain" } }));
});

const kinds = [
  ["200", 200],
  ["200 to anybody", 200],
  ["201", 201],
  ["304", 304],
  ["400", 400],
  ["404", 404],
  ["409", 409],
  ["413", 413],
  ["400 of the largest body", 400],
  ["415", 415],
] as const;

describe("an answer of the service", () => {
  it.each(kinds)("is not sniffed, framed, told of elsewhere or asked for in plain text: %s", (name, status) => {
    const { headers, ...reply } = replies.get(name) as Reply;
    expect(reply.status).toBe(status);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=15552000",
    });
  });

  it.each(kinds)("is kept by nobody, unless it says for how long: %s", (name, status) => {
    const told = replies.get(name)?.headers.get("cache-control");
    expect(told).toBe(status === 304 ? "max-age=300" : "no-store");
  });

  it.each(kinds)("says nothing of what it was made with, and sets no cookie: %s", (name) => {
    const names = [...(replies.get(name)?.headers.keys() ?? [])];
    expect(names.filter((header) => /^(server|via|set-cookie|x-powered-by|x-amz.*|x-aws.*)$/.test(header))).toEqual([]);
  });
});

describe("an answer of the gateway itself", () => {
  const ask = async (path: string, init: RequestInit = {}) => await fetch(`${inject("localStackUrl")}${path}`, init);

  it.each([
    ["without a token", 401, "Unauthorized", async () => await ask("/v1/alerts")],
    ["without the scope", 403, "Forbidden", async () => await (await reader()).post("/v1/reservations", { lines: [] })],
    ["for no route", 404, "Not Found", async () => await ask("/v1/secrets")],
    [
      "for more than 10 MB",
      413,
      "Request Entity Too Large",
      async () => await ask("/v1/reservations", { method: "POST", body: "x".repeat(mostGatewayBytes + 1) }),
    ],
  ] as const)("says what is wrong and nothing else: %s", async (_name, status, text, asking) => {
    const reply = await asking();
    expect(reply.status).toBe(status);
    expect(reply.headers.get("content-type")).toBe("application/json");
    expect(reply instanceof Response ? await reply.json() : reply.body).toEqual({ message: text });
  });
});
