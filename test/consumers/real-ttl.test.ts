import type { DynamoDBRecord } from "aws-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { startContractDatabase } from "../../local/contract-database.ts";
import { doneValue, Service } from "../support/service.ts";

/** DynamoDB Local deletes within 10 s on a small table, as a rule; AWS takes minutes to two days. */
const deletedWithinMs = 90_000;

let service: Service;

beforeAll(async () => {
  // The more items there are, the later it deletes: it has a database of its own.
  service = await Service.start({ expiryGraceSeconds: 0 }, await startContractDatabase());
});
afterAll(async () => {
  await service.stop();
});

it("a hold that the table's TTL really deleted gives its units back, once", {
  timeout: deletedWithinMs + 30_000,
}, async () => {
  const shelf = await service.stockedShelf(3);
  const hold = await service.hold([shelf], 2, { ttlSeconds: 1 });
  await service.settle();
  const deletions: DynamoDBRecord[] = [];
  const giveUpAtMs = Date.now() + deletedWithinMs;
  while (deletions.length === 0 && Date.now() < giveUpAtMs) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    deletions.push(...(await service.records()));
  }
  expect(deletions).toHaveLength(1);
  expect(await getReservation(service.reservations, hold.reservationId)).toMatchObject({ kind: "refused" });
  expect((await service.level(shelf)).figures.reserved).toBe(2);

  const messages = (await service.forward(deletions)).get("expired") ?? [];
  expect(messages).toHaveLength(1);
  await service.deliver("expired", [...messages, ...messages]);
  expect((await service.level(shelf)).figures).toMatchObject({ reserved: 0, sellable: 3 });
  expect(doneValue(await getReservation(service.reservations, hold.reservationId))).toMatchObject({
    status: "expired",
    uid: hold.uid,
  });
  await service.settle();
  expect((await service.movements(shelf)).map(({ type }) => type)).toEqual(["received", "reserved", "expired"]);
  expect((await service.reconcile()).differences).toEqual([]);
});
