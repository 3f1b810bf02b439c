import { TransactionConflictException } from "@aws-sdk/client-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LevelKey } from "../../functions/domain/level.ts";
import { problemOf } from "../../functions/http/problem.ts";
import { type AdjustCommand, adjustStock } from "../../functions/stock/adjust-stock.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.settle();
  expect((await service.reconcile()).differences).toEqual([]);
  await service.stop();
});

/** A count that found nothing on the shelf, under a key of its own. */
function emptied(shelf: LevelKey, atomic: boolean): AdjustCommand {
  return {
    reason: "cycle_count",
    reference: null,
    atomic,
    changes: [{ ...shelf, state: "onHand", change: { kind: "set", quantity: 0 }, expected: null, force: false }],
    requestDigest: "the count",
    operationDigest: service.clock.newId(),
    actor: "warehouse",
    budgetEndsAtMs: service.clock.now() + 8_000,
  };
}

describe("an adjustment that was made already", () => {
  it.each([
    ["alone", false],
    ["atomic", true],
  ])(
    "is answered with what it did, also when it would be refused by what has come since (%s)",
    async (_how, atomic) => {
      const shelf = await service.stockedShelf(5);
      const count = emptied(shelf, atomic);
      const first = doneValue(await adjustStock(service.reservations, count));
      await service.adjust(shelf, 2);
      await service.hold([shelf], 2);
      expect(doneValue(await adjustStock(service.reservations, count))).toEqual(first);
      expect(first.results).toMatchObject([{ kind: "applied", delta: -5 }]);
      expect((await service.level(shelf)).figures).toMatchObject({ onHand: 2, reserved: 2 });
    },
  );

  it("is told from another request under its key, also when that one would be refused", async () => {
    const shelf = await service.stockedShelf(5);
    const count = emptied(shelf, true);
    doneValue(await adjustStock(service.reservations, count));
    await service.adjust(shelf, 2);
    await service.hold([shelf], 2);
    expect(await adjustStock(service.reservations, { ...count, requestDigest: "another" })).toEqual({
      kind: "refused",
      refusal: { kind: "idempotency-key-reused" },
    });
  });
});

describe("adjustments under a key that another request has used in part", () => {
  const received = (shelves: readonly LevelKey[], delta: number): AdjustCommand["changes"] =>
    shelves.map((shelf) => ({
      ...shelf,
      state: "onHand",
      change: { kind: "delta", delta },
      expected: null,
      force: false,
    }));

  it("are not said to have done nothing: each is told by itself", async () => {
    const [first, second] = [await service.stockedShelf(1), await service.stockedShelf(1)];
    const earlier = { ...emptied(first, false), changes: received([first], 1) };
    doneValue(await adjustStock(service.reservations, earlier));
    const later = { ...earlier, requestDigest: "another", changes: received([first, second], 5) };
    expect(doneValue(await adjustStock(service.reservations, later)).results).toMatchObject([
      { kind: "refused", refusal: { kind: "idempotency-key-reused" } },
      { kind: "applied", delta: 5 },
    ]);
    expect((await service.level(first)).figures.onHand).toBe(2);
    expect((await service.level(second)).figures.onHand).toBe(6);
  });
});

describe("an adjustment of which a part meets contention that does not pass", () => {
  it("is not said to have done nothing, and is completed under its key, each change once", async () => {
    const [free, busy] = [await service.stockedShelf(1), await service.stockedShelf(1)];
    const conflicting = Object.create(service.client) as typeof service.client;
    conflicting.send = async (command: { readonly input: unknown }): Promise<never> => {
      if (command instanceof TransactWriteCommand && JSON.stringify(command.input).includes(busy.sku)) {
        throw new TransactionConflictException({ message: "injected", $metadata: {} });
      }
      return (await service.client.send(command as never)) as never;
    };
    const received: AdjustCommand = {
      ...emptied(free, false),
      reason: "received",
      changes: [free, busy].map((shelf) => ({
        ...shelf,
        state: "onHand",
        change: { kind: "delta", delta: 5 },
        expected: null,
        force: false,
      })),
      budgetEndsAtMs: service.clock.now() + 100,
    };
    const outcome = await adjustStock({ ...service.reservations, client: conflicting }, received);
    expect(outcome).toEqual({ kind: "contention" });
    expect((await service.level(free)).figures.onHand).toBe(6);
    expect(problemOf({ kind: "contention" }).detail).toMatch(/a part may be done.* same Idempotency-Key/);
    doneValue(await adjustStock(service.reservations, { ...received, budgetEndsAtMs: service.clock.now() + 8_000 }));
    expect((await service.level(free)).figures.onHand).toBe(6);
    expect((await service.level(busy)).figures.onHand).toBe(6);
  });
});
