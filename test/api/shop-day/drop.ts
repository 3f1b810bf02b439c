/** A drop: a level is split, far more buyers come at once than there are units, and it is whole again afterwards. */
import { expect } from "vitest";
import type { SeededRandom } from "../../support/seeded-random.ts";
import { eventually, type Reply, unique } from "../client.ts";
import { levelOf, listItem, pathOf, reserve, type Shelf, split } from "../shop.ts";
import type { Day } from "./shoppers.ts";

const units = 120;
const buyers = 220;
const cells = 16;

export async function dropHotItem({ shop, office, books, locations }: Day, random: SeededRandom): Promise<void> {
  const sku = await listItem(office, { purchaseLimit: { quantity: 1 } });
  const shelf: Shelf = { sku, locationId: random.pick(locations) };
  await books.receive(office, shelf, units);
  expect((await split(office, shelf, cells)).body).toMatchObject({ cells, sellable: units });

  const buy = (customerId: string): Promise<Reply> => reserve(shop, shelf, 1, { customerId });
  const customers = Array.from({ length: buyers }, () => unique("fan"));
  const replies = await Promise.all(customers.map(buy));
  const lucky = replies.filter(({ status }) => status === 201);
  const unlucky = replies.filter(({ status }) => status === 409);
  expect({ lucky: lucky.length, unlucky: unlucky.length }).toEqual({ lucky: units, unlucky: buyers - units });
  expect(new Set(unlucky.map(({ body }) => body.code))).toEqual(new Set(["insufficient_stock"]));
  lucky.forEach((reply) => {
    books.noteReservation(reply);
  });
  expect(await levelOf(office, shelf)).toMatchObject({ onHand: units, reserved: units, sellable: 0, cells });

  // Whoever has one gets no second one, and payments that fail let others have theirs.
  const failing = random.sample(lucky, 6);
  const keen = customers[replies.indexOf(lucky.find((reply) => !failing.includes(reply)) as Reply)] ?? "";
  await Promise.all(failing.map((reply) => shop.post(`${pathOf(reply)}/release`)));
  const second = await eventually(
    () => buy(keen),
    ({ body }) => body.code === "purchase_limit_exceeded",
  );
  expect(second.body.errors).toEqual([{ sku, limit: 1, alreadyTaken: 1, requested: 1 }]);
  const next = await Promise.all(
    failing.map(() =>
      eventually(
        () => buy(unique("late-fan")),
        ({ status }) => status === 201,
      ),
    ),
  );
  next.forEach((reply) => {
    expect(reply.status).toBe(201);
    books.noteReservation(reply);
  });

  const orders = random.sample(
    lucky.filter((reply) => !failing.includes(reply)),
    16,
  );
  const shipped = orders.slice(0, 10);
  const ship = async (order: Reply): Promise<void> => {
    expect((await office.post(`${pathOf(order)}/fulfill`)).body.status).toBe("fulfilled");
  };
  await Promise.all(orders.map((order) => shop.post(`${pathOf(order)}/commit`, { orderId: `drop-${pathOf(order)}` })));
  const [whole] = await Promise.all([split(office, shelf, 1), ...shipped.slice(0, 5).map(ship)]);
  expect(whole.body).toMatchObject({ cells: 1 });
  await Promise.all(shipped.slice(5).map(ship));
  expect(await levelOf(office, shelf)).toMatchObject({
    onHand: units - shipped.length,
    reserved: units - shipped.length,
    sellable: 0,
    cells: 1,
  });
}
