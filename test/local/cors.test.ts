import { describe, expect, it } from "vitest";
import { withCors } from "../../local/cors.ts";
import type { HttpRequest } from "../../local/http-server.ts";

const shop = "https://shop.example.com";
const cors = {
  AllowOrigins: [shop],
  AllowMethods: ["GET", "POST"],
  AllowHeaders: ["authorization"],
  ExposeHeaders: ["etag"],
  MaxAge: 3_600,
};

const answer = withCors(cors, async () => ({
  status: 200,
  headers: { etag: '"1"', "access-control-allow-origin": "*" },
  body: "{}",
}));

function request(method: string, headers: Record<string, string> = {}): HttpRequest {
  return { method, path: "/v1/items", query: "", headers, body: Buffer.alloc(0), sourceIp: "127.0.0.1" };
}

const preflight = (origin: string) => request("OPTIONS", { origin, "access-control-request-method": "POST" });

describe("an API with a CORS configuration", () => {
  it("tells a page of an allowed origin beforehand what it may send, and asks no function", async () => {
    expect(await answer(preflight(shop))).toEqual({
      status: 204,
      headers: {
        "access-control-allow-origin": shop,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization",
        "access-control-max-age": "3600",
      },
      body: "",
    });
  });

  it("tells a page of another origin nothing", async () => {
    expect(await answer(preflight("https://other.example.com"))).toEqual({ status: 204, headers: {}, body: "" });
    const { headers } = await answer(request("GET", { origin: "https://other.example.com" }));
    expect(headers).toEqual({ etag: '"1"' });
  });

  it("lets a page of an allowed origin read the answer, whatever the function says of it", async () => {
    const { headers } = await answer(request("GET", { origin: shop }));
    expect(headers).toEqual({
      etag: '"1"',
      "access-control-allow-origin": shop,
      "access-control-expose-headers": "etag",
    });
  });
});

describe("an API without one", () => {
  it("answers every method by its routes", async () => {
    const plain = withCors(undefined, async ({ method }) => ({ status: 404, headers: {}, body: method }));
    expect((await plain(preflight(shop))).body).toBe("OPTIONS");
  });
});
