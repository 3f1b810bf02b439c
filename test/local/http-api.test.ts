import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostedTemplate, hostTemplate } from "../../local/hosting.ts";
import { mostBodyBytes } from "../../local/http-server.ts";
import { type Assembly, httpApi, writeAssembly } from "./assembly.ts";

const shop = "https://shop.example.com";

const echo = `
exports.handler = async (event) => {
  if (event.headers["x-do"] === "throw") throw new Error("on purpose");
  if (event.headers["x-do"] === "hang") await new Promise(() => {});
  if (event.headers["x-do"] === "die") process.exit(1);
  if (event.headers["x-do"] === "bytes") {
    return { statusCode: 201, headers: { "Content-Type": "application/octet-stream", "X-Mine": 1 }, cookies: ["a=1", "b=2"],
      body: Buffer.from([0, 255]).toString("base64"), isBase64Encoded: true };
  }
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
};`;

let assembly: Assembly;
let hosted: HostedTemplate;

beforeAll(async () => {
  assembly = writeAssembly(
    {
      ...httpApi(
        [
          { key: "GET /things/{id}" },
          { key: "GET /things/fixed" },
          { key: "POST /things" },
          { key: "GET /guarded", scopes: ["shop/read", "shop/write"] },
        ],
        { CorsConfiguration: { AllowOrigins: [shop], AllowMethods: ["GET"], AllowHeaders: ["authorization"] } },
      ),
      // The gateway may call an alias of the newest version instead of the function.
      Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Answer" } } },
      Live: {
        Type: "AWS::Lambda::Alias",
        Properties: { Name: "live", FunctionName: { Ref: "Answer" }, FunctionVersion: "1" },
      },
      OfAlias: {
        Type: "AWS::ApiGatewayV2::Integration",
        Properties: {
          ApiId: { Ref: "Api" },
          IntegrationType: "AWS_PROXY",
          IntegrationUri: { Ref: "Live" },
          PayloadFormatVersion: "2.0",
        },
      },
      ToAlias: {
        Type: "AWS::ApiGatewayV2::Route",
        Properties: {
          ApiId: { Ref: "Api" },
          RouteKey: "GET /live",
          Target: { "Fn::Join": ["", ["integrations/", { Ref: "OfAlias" }]] },
          AuthorizationType: "NONE",
        },
      },
    },
    { Answer: { source: echo, properties: { Timeout: 1 } } },
  );
  hosted = await hostTemplate({ port: 0, assemblyDirectory: assembly.directory });
});

afterAll(async () => {
  await hosted?.stop();
  assembly?.remove();
});

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${hosted.url}${path}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at field by field.
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}

describe("a request", () => {
  it("reaches the function in payload format 2.0", async () => {
    const { status, body } = await call("/things/a%20b%2Bc?x=1&x=2&y=%26", {
      headers: { "X-Mine": "yes", cookie: "a=1; b=2" },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      version: "2.0",
      routeKey: "GET /things/{id}",
      rawPath: "/things/a b+c",
      rawQueryString: "x=1&x=2&y=%26",
      queryStringParameters: { x: "1,2", y: "&" },
      pathParameters: { id: "a b+c" },
      cookies: ["a=1", "b=2"],
      isBase64Encoded: false,
      requestContext: { stage: "$default", routeKey: "GET /things/{id}", http: { method: "GET" } },
    });
    expect(body.headers["x-mine"]).toBe("yes");
    expect(body.headers["cookie"]).toBeUndefined();
    expect(body.body).toBeUndefined();
    expect(body.requestContext.authorizer).toBeUndefined();
    expect(body.requestContext.requestId).toMatch(/.{8}/);
  });

  it("reaches a function by its alias", async () => {
    expect(await call("/live")).toMatchObject({ status: 200, body: { routeKey: "GET /live" } });
  });

  it("has headers that came twice joined by a comma", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      request(`${hosted.url}/things/1`, { headers: { "x-twice": ["1", "2"] } }, (response) => {
        let read = "";
        response.on("data", (chunk) => {
          read += chunk;
        });
        response.on("end", () => resolve(read));
      })
        .on("error", reject)
        .end();
    });
    expect(JSON.parse(text).headers["x-twice"]).toMatch(/^1, ?2$/);
  });

  it("goes to the fixed path before the one with a parameter", async () => {
    expect((await call("/things/fixed")).body.routeKey).toBe("GET /things/fixed");
  });

  it("carries text as it is, and other bodies in base64", async () => {
    const post = async (type: string) =>
      (await call("/things", { method: "POST", headers: { "content-type": type }, body: "ä" })).body;
    expect(await post("application/json; charset=utf-8")).toMatchObject({ body: "ä", isBase64Encoded: false });
    expect(await post("application/octet-stream")).toMatchObject({
      body: Buffer.from("ä").toString("base64"),
      isBase64Encoded: true,
    });
  });

  it.each(["/nothing", "/things/", "/things/a%2Fb", "/things"])("to %s is not found", async (path) => {
    const { status, body } = await call(path);
    expect([status, body]).toEqual([404, { message: "Not Found" }]);
  });

  it("with a path that is not encoded well is a bad one", async () => {
    expect((await call("/things/%zz")).status).toBe(400);
  });

  it("of more than 10 MB is refused", async () => {
    const answer = await call("/things", { method: "POST", body: "x".repeat(mostBodyBytes + 1) });
    expect([answer.status, answer.body]).toEqual([413, { message: "Request Entity Too Large" }]);
  });
});

describe("an answer", () => {
  it("keeps its status, headers, cookies and bytes", async () => {
    const response = await fetch(`${hosted.url}/things/1`, { headers: { "x-do": "bytes" } });
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("x-mine")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
  });

  it.each(["throw", "hang", "die"])("of a function that does %s is 500, and the next one is good", async (what) => {
    const failed = await call("/things/1", { headers: { "x-do": what } });
    expect([failed.status, failed.body]).toEqual([500, { message: "Internal Server Error" }]);
    expect((await call("/things/1")).status).toBe(200);
  });
});

describe("a page of another origin", () => {
  const ask = async (origin: string, path: string, init: RequestInit = {}) =>
    await fetch(`${hosted.url}${path}`, { ...init, headers: { origin, ...init.headers } });
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "GET" } };

  it("is told what it may send before it asks, also where a token is needed, and no function is called", async () => {
    for (const path of ["/things/1", "/guarded"]) {
      const { status, headers } = await ask(shop, path, preflight);
      expect([status, headers.get("access-control-allow-origin")]).toEqual([204, shop]);
      expect(headers.get("access-control-allow-headers")).toBe("authorization");
    }
  });

  it("may read answers of the function and of the gateway, and sends no cookies", async () => {
    for (const [path, status] of [
      ["/things/1", 200],
      ["/guarded", 401],
      ["/nothing", 404],
    ] as const) {
      const reply = await ask(shop, path);
      expect([reply.status, reply.headers.get("access-control-allow-origin")]).toEqual([status, shop]);
      expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it("that is not named is told nothing", async () => {
    for (const reply of [await ask("https://other.example", "/things/1"), await ask("null", "/guarded", preflight)]) {
      expect([...reply.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });
});

describe("a guarded route", () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it("gives the function the claims as texts, and the scopes that count", async () => {
    const { body } = await call("/guarded", bearer(await hosted.api.tokens.sign("shop/read other")));
    expect(body.requestContext.authorizer.jwt).toMatchObject({
      claims: { iss: "https://issuer.example", client_id: "shop", sub: "local", scope: "shop/read other" },
      scopes: ["shop/read"],
    });
    expect(body.requestContext.authorizer.jwt.claims.exp).toMatch(/^\d+$/);
  });

  it("lets nobody pass without a good token", async () => {
    const [head, claims, signature = ""] = (await hosted.api.tokens.sign()).split(".");
    const forged = `${head}.${claims}.${signature.slice(0, -8)}AAAAAAAA`;
    for (const init of [{}, bearer("x"), bearer(forged), bearer(await hosted.api.tokens.sign(undefined, -60))]) {
      const { status, body } = await call("/guarded", init);
      expect([status, body]).toEqual([401, { message: "Unauthorized" }]);
    }
  });

  it("lets nobody pass without one of its scopes", async () => {
    const { status, body } = await call("/guarded", bearer(await hosted.api.tokens.sign("shop/other")));
    expect([status, body]).toEqual([403, { message: "Forbidden" }]);
  });
});

describe("the token endpoint", () => {
  const ask = async (form: Record<string, string>, headers: Record<string, string> = {}) =>
    await call("/oauth2/token", { method: "POST", headers, body: new URLSearchParams(form) });
  const client = { client_id: "local", client_secret: "local" };
  const grant = { grant_type: "client_credentials" };

  it("gives a token with the scopes that were asked for, or with all", async () => {
    const one = await ask({ ...grant, ...client, scope: "shop/read" });
    expect(one.body).toMatchObject({ token_type: "Bearer", expires_in: 3_600 });
    const scopeOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).scope;
    expect(scopeOf(one.body.access_token)).toBe("shop/read");
    const basic = `Basic ${Buffer.from("local:local").toString("base64")}`;
    expect(scopeOf((await ask(grant, { authorization: basic })).body.access_token)).toBe("shop/read shop/write");
  });

  it.each([
    ["invalid_client", 401, { ...grant, client_id: "local", client_secret: "wrong" }],
    ["invalid_client", 401, grant],
    ["invalid_request", 400, client],
    ["unsupported_grant_type", 400, { ...client, grant_type: "password" }],
    ["invalid_scope", 400, { ...grant, ...client, scope: "shop/read shop/everything" }],
  ])("answers %s with %i", async (error, status, form) => {
    const answer = await ask(form as Record<string, string>);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
  });
});
