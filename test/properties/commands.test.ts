/** Lists of commands are only worth playing when they come to every answer that there is. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { commandsOf, firstUnits, openingOf } from "./commands.ts";
import { type Answer, openShop, step } from "./shop-model.ts";

const carts = 3;

it("the commands that are drawn are each done, and refused in every way", () => {
  const lists = fc.sample(fc.tuple(firstUnits, openingOf(carts), commandsOf(carts, 25)), {
    seed: 1,
    numRuns: 1000,
  });
  const reached = new Set<string>();
  for (const [onHand, first, rest] of lists) {
    let shop = openShop(onHand, carts);
    for (const command of [...first, ...rest]) {
      const { shop: next, answer } = step(shop, command);
      reached.add(`${command.kind} ${nameOf(answer)}`);
      shop = next;
    }
  }
  expect([...reached].sort()).toEqual(
    expect.arrayContaining([
      "adjust 200",
      "adjust would_oversell",
      "commit 200 committed",
      "commit 200 fulfilled",
      "commit invalid_transition committed",
      "commit invalid_transition fulfilled",
      "commit invalid_transition released",
      "commit version_conflict",
      "extend 200 held",
      "extend invalid_transition committed",
      "extend invalid_transition fulfilled",
      "extend invalid_transition released",
      "fulfil 200 committed",
      "fulfil 200 fulfilled",
      "fulfil invalid_transition committed",
      "fulfil invalid_transition fulfilled",
      "fulfil invalid_transition held",
      "fulfil invalid_transition released",
      "fulfil would_oversell",
      "rearrange 200 held",
      "rearrange insufficient_stock",
      "rearrange invalid_transition committed",
      "rearrange invalid_transition fulfilled",
      "rearrange invalid_transition released",
      "rearrange version_conflict",
      "release 200 fulfilled",
      "release 200 released",
      "release invalid_transition fulfilled",
      "reserve 200 committed",
      "reserve 200 fulfilled",
      "reserve 200 held",
      "reserve 201 held",
      "reserve insufficient_stock",
      "reserve reservation_ended fulfilled",
      "reserve reservation_ended released",
      "reserve reservation_exists",
      "return 200 committed",
      "return 200 fulfilled",
      "return invalid_transition committed",
      "return invalid_transition fulfilled",
      "return invalid_transition held",
      "return invalid_transition released",
    ]),
  );
});

function nameOf(answer: Answer): string {
  if ("code" in answer) {
    return answer.cartStatus === undefined ? answer.code : `${answer.code} ${answer.cartStatus}`;
  }
  return "cart" in answer ? `${answer.status} ${answer.cart.status}` : `${answer.status}`;
}
