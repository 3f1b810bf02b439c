import { beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, eventually } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, movementsOf, reserve, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

const movementsOfType = async (shelf: Parameters<typeof movementsOf>[1], type: string) =>
  (await movementsOf(office, shelf)).filter((movement) => movement.type === type);

describe("a hold past its deadline", () => {
  it("is available again within 15 seconds without anyone asking, with one movement a leg", async () => {
    const [a, b] = await Promise.all([stockedShelf(office, 2), stockedShelf(office, 1)]);
    const reply = await shop.post("/v1/reservations", {
      ttlSeconds: 3,
      lines: [
        { ...a, quantity: 2 },
        { ...b, quantity: 1 },
      ],
    });
    expect(reply.status).toBe(201);
    for (const shelf of [a, b]) {
      const level = await eventually(
        () => levelOf(office, shelf),
        ({ reserved }) => reserved === 0,
        18_000,
      );
      expect(level).toMatchObject({ reserved: 0 });
      const expired = await eventually(
        () => movementsOfType(shelf, "expired"),
        (found) => found.length === 1,
      );
      expect(expired).toMatchObject([{ reservationId: reply.body.reservationId, version: 3 }]);
    }
    const ended = await shop.get(`/v1/reservations/${reply.body.reservationId}`);
    expect(ended.body).toMatchObject({ status: "expired", lines: [{ allocated: 0, released: 2 }, { released: 1 }] });
    expect(Date.parse(ended.body.endedAt)).toBeGreaterThanOrEqual(Date.parse(reply.body.expiresAt));
    expect(Date.parse(ended.body.endedAt) - Date.parse(reply.body.expiresAt)).toBeLessThan(15_000);
  });

  it("is not ended before the deadline that an extension gave it, and then it is", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 4 });
    const extended = await shop.post(`/v1/reservations/${body.reservationId}/extend`, { ttlSeconds: 8 });
    expect(extended.status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect((await shop.get(`/v1/reservations/${body.reservationId}`)).body.status).toBe("held");
    const ended = await eventually(
      () => shop.get(`/v1/reservations/${body.reservationId}`),
      (reply) => reply.body.status === "expired",
      18_000,
    );
    expect(ended.body.status).toBe("expired");
  });

  it("is ended promptly when its deadline was brought forward", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 3_600 });
    await shop.post(`/v1/reservations/${body.reservationId}/extend`, { ttlSeconds: 1 });
    const level = await eventually(
      () => levelOf(office, shelf),
      ({ reserved }) => reserved === 0,
      16_000,
    );
    expect(level.reserved).toBe(0);
  });

  it("is committed late when its stock is still there, and the answer says that it was taken again", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 1 });
    const path = `/v1/reservations/${body.reservationId}`;
    await eventually(
      () => shop.get(path),
      (reply) => reply.body.status === "expired",
      16_000,
    );
    const late = await shop.post(`${path}/commit`, { orderId: "o-9" });
    expect(late.status).toBe(200);
    expect(late.body).toMatchObject({ status: "committed", orderId: "o-9", reacquired: true });
    expect((await shop.post(`${path}/commit`, { orderId: "o-9" })).body).toEqual(late.body);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 1, available: 0 });
    expect(
      await eventually(
        () => movementsOfType(shelf, "reacquired"),
        (found) => found.length === 1,
      ),
    ).toHaveLength(1);
  });

  it("is gone when its stock is gone, and a late commit is told so", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 1 });
    const path = `/v1/reservations/${body.reservationId}`;
    await eventually(
      () => shop.get(path),
      (reply) => reply.body.status === "expired",
      16_000,
    );
    expect((await reserve(shop, shelf, 1)).status).toBe(201);
    const late = await shop.post(`${path}/commit`, { orderId: "o-9" });
    expect([late.status, late.body.code]).toEqual([410, "reservation_expired"]);
    expect(late.body.errors).toMatchObject([{ sku: shelf.sku, requested: 1, available: 0 }]);
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 1 });
  });

  it("cannot be extended any more, even before it has been ended", async () => {
    const shelf = await stockedShelf(office, 1);
    const { body } = await reserve(shop, shelf, 1, { ttlSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const refused = await shop.post(`/v1/reservations/${body.reservationId}/extend`, { ttlSeconds: 60 });
    expect([refused.status, refused.body.code]).toEqual([409, "invalid_transition"]);
  });
});
