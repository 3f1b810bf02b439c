/** Contention that outlasts a consumer's time: the message comes again, and nothing of it is lost. */
import { TransactionConflictException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterEach(async () => {
  await service.settle();
  expect((await service.reconcile()).differences).toEqual([]);
});
afterAll(async () => {
  await service.stop();
});

/** A client whose writes of the tables all meet others, until the time of whoever writes is over. */
function inContention(): DynamoDBDocumentClient {
  const { client, clock } = service;
  const busy = Object.create(client) as DynamoDBDocumentClient;
  busy.send = async (command: object): Promise<never> => {
    if (command instanceof TransactWriteCommand || command instanceof UpdateCommand) {
      clock.advance(10_000);
      throw new TransactionConflictException({ $metadata: {}, message: "injected" });
    }
    return (await client.send(command as Parameters<typeof client.send>[0])) as never;
  };
  return busy;
}

/** Settles everything but what goes to this queue, which is delivered in contention first and then as always. */
async function comesAgain(queue: "deadlines" | "expired" | "backorders" | "settings"): Promise<void> {
  const messages = await service.forward(await service.records());
  const others = (["settings", "audit", "alerts", "views"] as const).filter((other) => other !== queue);
  for (const other of others) {
    await service.deliver(other, messages.get(other) ?? []);
  }
  const bodies = messages.get(queue) ?? [];
  expect(bodies).not.toEqual([]);
  for (const body of bodies) {
    expect(await service.consumersOn(inContention())[queue](body)).toMatchObject({ kind: "retry" });
  }
  await service.deliver(queue, bodies);
}

describe("a message that meets contention for longer than its consumer has, comes again and", () => {
  it("ends a hold at its deadline", async () => {
    const shelf = await service.stockedShelf(2);
    await service.settle();
    const { reservationId } = await service.hold([shelf], 2, { ttlSeconds: 1 });
    service.clock.advance(2_000);
    await comesAgain("deadlines");
    expect(doneValue(await getReservation(service.reservations, reservationId)).status).toBe("expired");
    expect((await service.level(shelf)).figures.reserved).toBe(0);
  });

  it("gives a deleted hold back", async () => {
    const shelf = await service.stockedShelf(2);
    const { reservationId } = await service.hold([shelf], 2, { ttlSeconds: 1 });
    await service.settle();
    service.clock.advance(2_000 + 1_000 * usualTimes.expiryGraceSeconds);
    const { inventory } = service.tables;
    await service.client.send(
      new DeleteCommand({ TableName: inventory, Key: inventoryKeys.reservation(reservationId) }),
    );
    await comesAgain("expired");
    expect((await service.level(shelf)).figures.reserved).toBe(0);
  });

  it("puts a deleted order back", async () => {
    const shelf = await service.stockedShelf(2);
    const { reservationId } = await service.hold([shelf], 2);
    const context = { actor: "buyer", budgetEndsAtMs: service.clock.now() + 8_000, expectedRevision: null };
    doneValue(await commitReservation(service.reservations, { ...context, reservationId, orderId: "order" }));
    await service.settle();
    const { inventory } = service.tables;
    await service.client.send(
      new DeleteCommand({ TableName: inventory, Key: inventoryKeys.reservation(reservationId) }),
    );
    await comesAgain("expired");
    expect(doneValue(await getReservation(service.reservations, reservationId)).status).toBe("committed");
  });

  it("gives stock to those who wait", async () => {
    const shelf = await service.stockedShelf(0, { backorder: { policy: "allow", limit: null } });
    await service.hold([shelf], 2, { ttlSeconds: 3_600 });
    await service.settle();
    await service.adjust(shelf, 5);
    await comesAgain("backorders");
    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 2, backordered: 0 });
  });

  it("copies an item's settings to its levels", async () => {
    const shelf = await service.stockedShelf(1);
    await service.settle();
    const { inventory } = service.tables;
    await service.client.send(
      new UpdateCommand({
        TableName: inventory,
        Key: inventoryKeys.item(shelf.sku),
        UpdateExpression: "SET lowStockThreshold = :two, settingsRevision = settingsRevision + :one",
        ExpressionAttributeValues: { ":two": 2, ":one": 1 },
      }),
    );
    await comesAgain("settings");
    expect((await service.level(shelf)).settings.lowStockThreshold).toBe(2);
  });
});
