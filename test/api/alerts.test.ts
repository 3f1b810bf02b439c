import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { alertsOf, receive, reserve, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

const ofType = (alerts: Record<string, unknown>[], type: string) => alerts.filter((alert) => alert["type"] === type);

describe("an alert", () => {
  it("is raised once a crossing, and again only after going back above", async () => {
    const shelf = await stockedShelf(office, 5, { lowStockThreshold: 2 });
    await reserve(shop, shelf, 2);
    await reserve(shop, shelf, 1);
    await reserve(shop, shelf, 1);
    const first = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock").length > 0,
    );
    expect(ofType(first, "low_stock")).toMatchObject([
      { ...shelf, status: "open", available: 2, threshold: 2, resolvedAt: null },
    ]);
    await receive(office, shelf, 5);
    const resolved = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock")[0]?.["status"] === "resolved",
    );
    expect(ofType(resolved, "low_stock")).toMatchObject([{ status: "resolved", resolvedAt: expect.any(String) }]);
    await reserve(shop, shelf, 4);
    const second = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock").length === 2,
    );
    expect(
      ofType(second, "low_stock")
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["open", "resolved"]);
  });

  it("tells that the shelf is empty, and that it is filled again", async () => {
    const shelf = await stockedShelf(office, 1);
    await reserve(shop, shelf, 1);
    const empty = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "out_of_stock").length === 1,
    );
    expect(ofType(empty, "out_of_stock")).toMatchObject([{ status: "open", available: 0 }]);
    await receive(office, shelf, 3);
    const filled = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "back_in_stock").length === 1,
    );
    expect(ofType(filled, "back_in_stock")).toMatchObject([{ available: 3 }]);
    expect(ofType(filled, "out_of_stock")).toMatchObject([{ status: "resolved" }]);
    const open = await office.get("/v1/alerts?status=open&limit=200");
    expect(open.body.items.some(({ sku }: { sku: string }) => sku === shelf.sku)).toBe(false);
  });

  it("is not raised by stock that was never there", async () => {
    const shelf = await stockedShelf(office, 1, { lowStockThreshold: 5 });
    await receive(office, shelf, 1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await alertsOf(office, shelf)).toEqual([]);
  });
});
