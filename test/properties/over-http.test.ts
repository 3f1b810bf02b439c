/**
 * Random commands over HTTP against the reference model. `PROPERTY_RUNS=<n>` plays more of them; a failure
 * prints its seed, its path and the shortest lists that still fail: `PROPERTY_SEED=<seed> PROPERTY_PATH=<path>`
 * with `-t <title>` plays those alone.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { backOffice, storefront } from "../api/session.ts";
import { openLocation } from "../api/shop.ts";
import { commandsOf, firstUnits, openingOf } from "./commands.ts";
import { type AnsweredCall, findOrder } from "./linearisability.ts";
import { type Answer, type Command, openShop, type Shop, step } from "./shop-model.ts";
import { type AtRest, atRest, type Callers, ShopOverHttp } from "./shop-over-http.ts";

const { PROPERTY_RUNS: wishedRuns, PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env;
/** A few: every run of all tests plays others. */
const runs = Number(wishedRuns ?? 5);
/** The lists of clients that overlap are shorter. */
const parallelRuns = 2 * runs;
/** More than a machine takes that does other things as well; what is left is for finding a shorter list. */
const longestMs = 90_000 + 3_000 * runs;

const parameters = {
  plugins: [fc.interruptAfterTimeLimit(longestMs, { failOnInterrupt: true })],
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  // A path leads to lists that are the shortest already; without one they are made shorter first.
  ...(path === undefined ? {} : { path, endOnFailure: true }),
};
const patience = { timeout: longestMs + 30_000 };

let callers: Callers;
let locationIds: readonly [string, string];

beforeAll(async () => {
  const [shop, office] = await Promise.all([storefront(), backOffice()]);
  callers = { shop, office };
  locationIds = await Promise.all([openLocation(office), openLocation(office)]);
});

describe("commands one after the other", () => {
  it("are answered as the reference model answers them, and leave its levels and reservations", patience, async () => {
    const carts = 3;
    const property = fc.asyncProperty(
      firstUnits,
      openingOf(carts),
      commandsOf(carts, 25),
      async (onHand, first, rest) => {
        const service = await ShopOverHttp.open(callers, locationIds, onHand, carts);
        let shop = openShop(onHand, carts);
        for (const [index, command] of [...first, ...rest].entries()) {
          const expected = step(shop, command);
          expect(await service.send(command), `command ${index}: ${JSON.stringify(command)}`).toEqual(expected.answer);
          shop = expected.shop;
        }
        expect(await service.atRest()).toEqual(atRest(shop));
      },
    );
    await fc.assert(property, { ...parameters, numRuns: runs });
  });
});

type Call = AnsweredCall<Command, Answer> & { readonly client: number };

/** Each client sends its next command when its last one is answered. */
async function playTogether(service: ShopOverHttp, opening: readonly Command[], clients: readonly Command[][]) {
  const calls: Call[] = [];
  let clock = 0;
  const play = async (client: number, commands: readonly Command[]): Promise<void> => {
    for (const command of commands) {
      clock += 1;
      const sentAt = clock;
      const answer = await service.send(command);
      clock += 1;
      calls.push({ client, command, answer, sentAt, answeredAt: clock });
    }
  };
  await play(0, opening);
  await Promise.all(clients.map((commands, index) => play(index + 1, commands)));
  return calls;
}

function unexplained(calls: readonly Call[], found: AtRest): Error {
  const history = calls
    .toSorted((a, b) => a.sentAt - b.sentAt)
    .map(
      ({ client, command, answer, sentAt, answeredAt }) =>
        `client ${client} [${sentAt}, ${answeredAt}] ${JSON.stringify(command)} → ${JSON.stringify(answer)}`,
    );
  return new Error(`No order explains\n${history.join("\n")}\nwith, in the end,\n${JSON.stringify(found)}`);
}

describe("commands of two or three clients at once", () => {
  it("are answered as in some order of them that keeps to real time, and leave what it leaves", patience, async () => {
    const carts = 2;
    const clients = fc.array(commandsOf(carts, 4), { minLength: 2, maxLength: 3 });
    const property = fc.asyncProperty(firstUnits, openingOf(carts), clients, async (onHand, first, lists) => {
      const service = await ShopOverHttp.open(callers, locationIds, onHand, carts);
      const calls = await playTogether(service, first, lists);
      const found = await service.atRest();
      const order = findOrder({
        begin: openShop(onHand, carts),
        calls,
        step: (shop: Shop, each: Command) => {
          const next = step(shop, each);
          return { state: next.shop, answer: next.answer };
        },
        isEnd: (shop) => isDeepStrictEqual(atRest(shop), found),
      });
      if (order === null) {
        throw unexplained(calls, found);
      }
    });
    await fc.assert(property, { ...parameters, numRuns: parallelRuns });
  });
});
