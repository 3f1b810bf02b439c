import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { availableOf, demoItems, loadDemoCatalogue } from "../../local/demo-catalogue.ts";

let api: Server;
afterEach(async () => {
  api.close();
  await once(api, "close");
});

/** An API that takes everything, and whose summaries know the stock only when they are asked for the third time. */
async function startLateApi(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  api = createServer((incoming, outgoing) => {
    const request = `${incoming.method} ${incoming.url?.split("?")[0]}`;
    requests.push(request);
    const asked = requests.filter((earlier) => earlier === "GET /v1/availability").length;
    const items = demoItems.map((item, index) => ({
      sku: item.sku,
      available: asked === 3 || (asked === 2 && index > 0) ? availableOf(item) : 0,
    }));
    incoming.resume();
    outgoing.setHeader("connection", "close").end(JSON.stringify({ items }));
  });
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  return { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}`, requests };
}

describe("the demo catalogue", () => {
  it("is loaded when a buyer sees every unit of it, and not before", async () => {
    const { url, requests } = await startLateApi();
    await loadDemoCatalogue(url, "token");
    expect(requests.slice(-4)).toEqual(["POST /v1/adjustments", ...Array(3).fill("GET /v1/availability")]);
  });

  it("has kits, of which a buyer sees as many as their components make", () => {
    const kits = demoItems.filter(({ components }) => components !== undefined);
    expect(kits.map((kit) => [kit.sku, availableOf(kit)])).toEqual([["MUG-PAIR", 36]]);
  });
});
