/** The check of parallel calls can fail: these histories have been made up. */
import { describe, expect, it } from "vitest";
import { type AnsweredCall, findOrder } from "./linearisability.ts";
import { type Answer, type Command, openShop, type Shop, step } from "./shop-model.ts";

type Call = AnsweredCall<Command, Answer>;

const cartLine = { shelf: 0, quantity: 1, allocated: 1, fulfilled: 0, returned: 0, released: 0 };
const held: Answer = { status: 201, cart: { status: "held", revision: 1, order: null, lines: [cartLine] } };
const soldOut: Answer = {
  status: 409,
  code: "insufficient_stock",
  errors: [{ shelf: 0, requested: 1, available: 0 }],
};
const buy = (cart: number): Command => ({ kind: "reserve", cart, lines: [{ shelf: 0, quantity: 1 }] });

function orderOf(calls: readonly Call[], isEnd: (shop: Shop) => boolean = () => true): readonly Call[] | null {
  return findOrder({
    begin: openShop([1, 0, 0, 0], 2),
    calls,
    step: (shop: Shop, command: Command) => {
      const next = step(shop, command);
      return { state: next.shop, answer: next.answer };
    },
    isEnd,
  });
}

const call = (command: Command, answer: Answer, [sentAt, answeredAt]: readonly [number, number]): Call => ({
  command,
  answer,
  sentAt,
  answeredAt,
});

describe("calls that overlapped", () => {
  it("are explained by the only order in which one buyer has the last unit, whoever was sent first", () => {
    const [late, early] = [call(buy(0), soldOut, [1, 4]), call(buy(1), held, [2, 3])];
    expect(orderOf([late, early])).toEqual([early, late]);
  });

  it("are not explained when both buyers have the last unit", () => {
    expect(orderOf([call(buy(0), held, [1, 3]), call(buy(1), held, [2, 4])])).toBeNull();
  });

  it("are not explained when nobody has the last unit", () => {
    expect(orderOf([call(buy(0), soldOut, [1, 3]), call(buy(1), soldOut, [2, 4])])).toBeNull();
  });

  it("are not explained by an order against the time: sold out before anybody was asked to sell", () => {
    expect(orderOf([call(buy(0), soldOut, [1, 2]), call(buy(1), held, [3, 4])])).toBeNull();
  });

  it("are not explained when what was found afterwards is something else", () => {
    const calls = [call(buy(0), soldOut, [1, 4]), call(buy(1), held, [2, 3])];
    expect(orderOf(calls, ({ levels }) => levels[0]?.reserved === 1)).not.toBeNull();
    expect(orderOf(calls, ({ levels }) => levels[0]?.reserved === 2)).toBeNull();
  });

  it("are explained in the one order that a chain of answers leaves", () => {
    const giveBack = { kind: "release", cart: 0 } as const;
    const released: Answer = {
      status: 200,
      cart: { status: "released", revision: 1, order: null, lines: [{ ...cartLine, allocated: 0, released: 1 }] },
    };
    const [second, third, first] = [
      call(giveBack, released, [1, 9]),
      call(buy(1), held, [2, 8]),
      call(buy(0), held, [3, 7]),
    ];
    expect(orderOf([second, third, first])).toEqual([first, second, third]);
  });
});
