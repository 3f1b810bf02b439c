/** DynamoDB as a process reaches it: its commands, with reads that are behind, short pages and unprocessed keys. */
import type { Attributes } from "../../../bench/expressions/values.ts";
import type { Reading } from "../database/database.ts";
import type { WriteKind } from "../database/item-write.ts";
import type { TransactInput } from "../database/transactions.ts";
import type { Service } from "./process.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How far a replica may be behind. */
const longestLagMs = 2_000;

type Input = Record<string, unknown> & { readonly TableName?: string };

export function databaseService(world: World): Service {
  const { database, transactions, faults } = world;
  const readingFor = (input: Input, random: Random): Reading => {
    const isStale = input["ConsistentRead"] !== true && faults.strikes("stale-read", random, 20);
    const isShort = input["Limit"] === undefined && faults.strikes("short-page", random, 5);
    return {
      nowMs: world.nowMs,
      staleAtMs: isStale ? world.nowMs - random.next() * longestLagMs : world.nowMs,
      mostItems: isShort ? random.whole(1, 4) : 1_000,
    };
  };
  const read = (command: string, input: Input, random: Random): unknown => {
    switch (command) {
      case "Get":
        return database.get(input, readingFor({ Limit: 1, ...input }, random));
      case "Query":
        return database.query(input, readingFor(input, random));
      case "Scan":
        return database.scan(input, readingFor(input, random));
      case "BatchGet":
        return batch(input, random);
      default:
        return database.write(command as WriteKind, input, world.nowMs);
    }
  };
  const batch = (input: Input, random: Random): unknown => {
    const requested = input["RequestItems"] as Record<string, { Keys: Attributes[]; ConsistentRead?: boolean }>;
    const Responses: Record<string, Attributes[]> = {};
    const UnprocessedKeys: Record<string, { Keys: Attributes[] }> = {};
    for (const [TableName, { Keys, ConsistentRead = false }] of Object.entries(requested)) {
      if (Keys.length === 0 || Keys.length > 100) {
        throw new Error("A batch has 1 to 100 keys.");
      }
      const done = faults.strikes("unprocessed-keys", random, 3) ? random.whole(1, Keys.length) : Keys.length;
      Responses[TableName] = Keys.slice(0, done).flatMap((Key): readonly Attributes[] => {
        const { Item } = database.get(
          { TableName, Key, ConsistentRead },
          readingFor({ ConsistentRead, Limit: 1 }, random),
        );
        return Item === undefined ? [] : [Item];
      });
      if (done < Keys.length) {
        UnprocessedKeys[TableName] = { Keys: Keys.slice(done) };
      }
    }
    return { Responses, UnprocessedKeys };
  };
  return (command, input, random, isSlow, answer) => {
    if (command === "TransactWrite") {
      const most = isSlow ? 2_000 : 4;
      const delays = (): number[] => Array.from({ length: random.whole(1, 2) }, () => most * random.next());
      const steps = {
        prepareMs: delays(),
        commitMs: delays(),
        after: (delayMs: number, happen: () => void) => world.schedule.after(delayMs, happen),
        nowMs: () => world.nowMs,
      };
      transactions.execute(input as TransactInput, steps, (error) => answer(error, {}));
      return;
    }
    let result: unknown;
    try {
      result = read(command, input, random);
    } catch (error) {
      answer(error as Error, undefined);
      return;
    }
    answer(null, result);
  };
}
