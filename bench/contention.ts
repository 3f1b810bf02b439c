/** Many buyers of one SKU at once: this service's reserve beside the plain way, on the same DynamoDB Local. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { LocationDirectory } from "../functions/catalogue/location-directory.ts";
import { reserveStock } from "../functions/reservations/reserve-stock.ts";
import { systemRuntime } from "../functions/system-runtime.ts";
import { type Database, startDatabase } from "./database.ts";
import { PlainLevel } from "./plain-reserve.ts";
import { Shop, unitsOnShelf } from "./shop.ts";
import { quantile } from "./statistics.ts";
import { tableOf } from "./table.ts";

/** A way of reserving one unit of one SKU. */
interface Way {
  readonly title: string;
  /** What a buyer does again and again with a client of his own; false when he goes away without his unit. */
  buyer(client: DynamoDBDocumentClient): () => Promise<boolean>;
  /** Units that the level says are taken. */
  taken(): Promise<number>;
}

interface Race {
  readonly served: number;
  readonly calls: number;
  /** Of each request. */
  readonly milliseconds: readonly number[];
}

const buyerCounts = [1, 8, 64];
const requestsOfRace = 512;
/** As long as an API function waits for contention to pass. */
const budgetMs = 8_000;

async function thisService(database: Database, shop: Shop): Promise<Way> {
  const shelves = await shop.stocked(1);
  const [shelf] = shelves;
  if (shelf === undefined) {
    throw new Error("There is no shelf.");
  }
  return {
    title: "this service",
    buyer: (client) => {
      const locations = new LocationDirectory(client, database.tables.inventory, systemRuntime);
      const services = { ...shop.servicesOn(client), runtime: systemRuntime, locations };
      return async () => {
        const command = { ...shop.cart(shelves), budgetEndsAtMs: systemRuntime.now() + budgetMs };
        const { kind } = await reserveStock(services, command);
        return kind === "done";
      };
    },
    taken: async () => (await shop.level(shelf)).figures.reserved,
  };
}

async function plainWay(database: Database): Promise<Way> {
  const level = new PlainLevel(database.tables, "sku-1");
  const client = database.documentClient();
  await level.put(client, unitsOnShelf);
  return {
    title: "read, check, write",
    buyer: (own) => async () => await level.reserveOne(own),
    taken: async () => unitsOnShelf - (await level.available(client)),
  };
}

/** The buyers ask in parallel, each for one unit after the other; the first request of each only warms him up. */
async function race(database: Database, way: Way, buyers: number): Promise<Race> {
  const clients = Array.from({ length: buyers }, () => database.documentClient());
  let calls = 0;
  for (const client of clients) {
    // In this step for each attempt, those of the SDK's own retries included.
    client.middlewareStack.add(
      (next) => async (args) => {
        calls += 1;
        return await next(args);
      },
      { name: "callCounter", step: "finalizeRequest", priority: "low" },
    );
  }
  const reserves = clients.map((client) => way.buyer(client));
  await Promise.all(reserves.map(async (reserve) => await reserve()));

  const takenBefore = await way.taken();
  const milliseconds: number[] = [];
  let served = 0;
  calls = 0;
  await Promise.all(
    reserves.map(async (reserve) => {
      for (let request = 0; request < requestsOfRace / buyers; request += 1) {
        const startedMs = performance.now();
        const isServed = await reserve();
        milliseconds.push(performance.now() - startedMs);
        served += isServed ? 1 : 0;
      }
    }),
  );
  const taken = (await way.taken()) - takenBefore;
  for (const client of clients) {
    client.destroy();
  }
  if (taken !== served) {
    throw new Error(`${way.title}: ${served} requests were served, and ${taken} units taken.`);
  }
  return { served, calls, milliseconds };
}

/** Prints both ways side by side; false when this service sent a buyer away although there was stock for all. */
export async function runContention(print: (text: string) => void): Promise<boolean> {
  const database = await startDatabase();
  const shop = await Shop.open(database);
  const rows: string[][] = [];
  let isAllServed = true;
  try {
    const service = await thisService(database, shop);
    const plain = await plainWay(database);
    for (const buyers of buyerCounts) {
      for (const way of [service, plain]) {
        const { served, calls, milliseconds } = await race(database, way, buyers);
        const requests = milliseconds.length;
        isAllServed &&= way !== service || served === requests;
        rows.push([
          `${way.title}, ${buyers} parallel`,
          `${((100 * served) / requests).toFixed(1)} %`,
          (calls / requests).toFixed(2),
          quantile(milliseconds, 0.5).toFixed(0),
          quantile(milliseconds, 0.99).toFixed(0),
        ]);
      }
    }
  } finally {
    shop.close();
    await database.stop();
  }
  print(`${tableOf(["contention for one SKU", "served", "calls", "p50 ms", "p99 ms"], rows)}

${requestsOfRace} requests a row, stock for all, both ways in turn on one DynamoDB Local. The plain way reads the level, checks,
writes if the version is unchanged, 3 times at most with waits of 50 and 100 ms, then writes the log entry; it keeps
no record of the reservation. Calls are those to DynamoDB for each request, in this service with the list of
locations, which each buyer reads every 5 s.
DynamoDB Local raises no TransactionConflict: it makes one transaction wait for another. In an account the later one
is cancelled, and this service tries again with full jitter, for ${budgetMs / 1000} s at most; one level takes about 100 contended
transactions a second there. All buyers share this process and all writes DynamoDB Local, which bounds the times:
at 64 buyers they are the length of the queue. Compare rows, not machines.`);
  return isAllServed;
}
