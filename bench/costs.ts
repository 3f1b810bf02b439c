/** The costs of every operation in calls and capacity units, beside their budgets. */
import { CapacityMeter, type Consumption } from "./capacity-meter.ts";
import { type Cost, type CostCase, costBudgets, costCases, excesses } from "./cost-budgets.ts";
import { scenarios } from "./cost-scenarios.ts";
import { type Database, startDatabase } from "./database.ts";
import { Shop, type ShopServices } from "./shop.ts";
import { tableOf } from "./table.ts";

/** Brings operations about, one at a time, under the meter. */
export class CostBench {
  private readonly shop: Shop;
  private readonly meter: CapacityMeter;
  private readonly metered: ShopServices;
  private readonly database: Database;

  private constructor(database: Database, shop: Shop) {
    this.database = database;
    this.shop = shop;
    this.meter = new CapacityMeter(database.lowLevelClient(), database.metered);
    this.metered = shop.servicesOn(database.documentClient());
    this.meter.attach(this.metered.client);
  }

  static async start(): Promise<CostBench> {
    const database = await startDatabase();
    return new CostBench(database, await Shop.open(database));
  }

  async stop(): Promise<void> {
    this.shop.close();
    this.metered.client.destroy();
    await this.database.stop();
  }

  /** Throws when the operation does not come about. */
  async measure({ operation, lines }: CostCase): Promise<Consumption> {
    const run = await scenarios[operation](this.shop, lines);
    return (await this.meter.measure(async () => await run(this.metered))).consumed;
  }
}

/** Prints the costs at 1, 5 and 90 lines; false when one is above its budget. */
export async function runCosts(print: (text: string) => void): Promise<boolean> {
  const bench = await CostBench.start();
  const rows: string[][] = [];
  let isWithin = true;
  try {
    for (const { operation, lines } of costCases([1, 5, 90])) {
      const { title, perLine, of } = costBudgets[operation];
      const [consumed, budget] = [await bench.measure({ operation, lines }), of(lines)];
      const above = excesses(consumed, budget);
      isWithin &&= above.length === 0;
      const ofBudget = (part: keyof Cost): string => `${consumed[part]} of ${budget[part]}`;
      rows.push([
        title,
        perLine ? String(lines) : "",
        ofBudget("calls"),
        ofBudget("writeUnits"),
        ofBudget("readUnits"),
        above.length === 0 ? "ok" : "ABOVE",
      ]);
    }
  } finally {
    await bench.stop();
  }
  print(`${tableOf(["costs, of the budget", "lines", "calls", "write units", "read units", ""], rows)}

The use cases run on DynamoDB Local; a middleware of the SDK counts their calls, one run each, and reckons their
units by AWS's published rules from the sizes of the items that were touched: twice in a transaction, whole KB
written and whole 4 KB read, half for what may be stale, index entries of their own. Each line rests on a level of
its own; ids have usual lengths. The last two rows follow each change of a level, from the stream: they too are part of
the price of a reservation.`);
  return isWithin;
}
