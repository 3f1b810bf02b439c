/** A shop's day over HTTP. Run it again with the choices of a day that failed: `SHOP_DAY_SEED=<seed>`. */
import { beforeAll, expect, inject, it } from "vitest";
import { reconcileStack } from "../support/reconcile-stack.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import type { ApiClient } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { openLocation } from "./shop.ts";
import { Books } from "./shop-day/books.ts";
import { dropHotItem } from "./shop-day/drop.ts";
import { Launch } from "./shop-day/launch.ts";
import { type Day, fillShelves, parcels, payments, Shopper } from "./shop-day/shoppers.ts";

const seed = Number(process.env["SHOP_DAY_SEED"] ?? Date.now() % 2 ** 32);
/** As many as there are ways of paying and of being sent something, each with each. */
const shoppers = payments.length * parcels.length;
const shoppersAtATime = 4;
/** It takes some 15 seconds on a machine that does nothing else. */
const longestDayMs = 120_000;

let shop: ApiClient;
let office: ApiClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
});

/** Lets the shoppers come in, a few at a time. */
async function openDoors(day: Day, random: SeededRandom): Promise<void> {
  const skus = await fillShelves(day, random);
  const waiting = Array.from({ length: shoppers }, (_, number) => new Shopper(day, skus, random.fork(), number));
  const door = async (): Promise<void> => {
    for (let shopper = waiting.shift(); shopper !== undefined; shopper = waiting.shift()) {
      await shopper.visit();
    }
  };
  await Promise.all(Array.from({ length: shoppersAtATime }, door));
}

async function playDay(): Promise<void> {
  const random = new SeededRandom(seed);
  const places = [
    { latitude: 52.5, longitude: 13.4 },
    { latitude: 45.8, longitude: 4.8 },
    { latitude: 41.4, longitude: 2.2 },
  ];
  const locations = await Promise.all(
    places.map((place, index) => openLocation(office, { priority: index, ...place })),
  );
  const day: Day = { shop, office, books: new Books(), locations };
  const launch = await Launch.announce(day, random.fork());
  const [ofShoppers, ofDrop] = [random.fork(), random.fork()];
  await Promise.all([openDoors(day, ofShoppers), launch.happen()]);
  await dropHotItem(day, ofDrop);
  await day.books.close(shop, office);
  expect(day.books.happenings).toEqual(new Set([...payments, ...parcels]));
}

it(
  "a shop day leaves no difference: carts, payments, parcels, returns, a launch and a drop",
  async () => {
    await playDay().catch((error: unknown) => {
      throw new Error(`The day with SHOP_DAY_SEED=${seed} went wrong.`, { cause: error });
    });
    const { differences, undecided } = await reconcileStack({
      dynamoDbUrl: inject("dynamoDbUrl"),
      tables: inject("tables"),
    });
    expect(differences, `SHOP_DAY_SEED=${seed}`).toEqual([]);
    expect(undecided, `SHOP_DAY_SEED=${seed}`).toEqual([]);
  },
  longestDayMs,
);
