/** Messages that are lost, and sent again from what the table says. */
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { resend } from "../../cli/recovery/resend.ts";
import { type QueueName, queueNames } from "../../functions/contract/queues.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { doneValue, Service } from "../support/service.ts";
import { inventory } from "./program.ts";

const queueUrls = Object.fromEntries(queueNames.map((name) => [name, name])) as Record<QueueName, string>;
const mocked = mockClient(SQSClient);
const sent = new Map<QueueName, SendMessageBatchRequestEntry[]>();
let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});
beforeEach(() => {
  mocked.reset();
  sent.clear();
  mocked.on(SendMessageBatchCommand).callsFake(({ QueueUrl, Entries = [] }) => {
    sent.set(QueueUrl as QueueName, [...(sent.get(QueueUrl as QueueName) ?? []), ...Entries]);
    return {};
  });
});

const sendAgain = async () =>
  await resend(
    { client: service.client, sqs: new SQSClient({}), stack: { ...service, queueUrls }, runtime: service.clock },
    10_000,
  );
const deliver = async (queue: "deadlines" | "backorders" | "settings") =>
  await service.deliver(
    queue,
    (sent.get(queue) ?? []).map(({ MessageBody = "" }) => MessageBody),
  );

describe("resend", () => {
  it("has holds end at their deadlines, the waiting served and settings copied, though every message was lost", async () => {
    const shelf = await service.stockedShelf(2);
    const waited = await service.stockedShelf(1, { backorder: { policy: "allow", limit: 9 } });
    const over = await service.hold([shelf], 1, { ttlSeconds: 1 });
    const open = await service.hold([shelf], 1, { ttlSeconds: 600 });
    const waiting = await service.hold([waited], 3, { ttlSeconds: 600 });
    await service.adjust(waited, 5);
    // The stream has told all of it, and nobody has heard.
    await service.records();
    service.clock.advance(2_000);

    expect(await sendAgain()).toEqual({ deadlines: 3, backorders: 1, settings: 2 });
    const delays = new Map(
      (sent.get("deadlines") ?? []).map(({ MessageBody = "", DelaySeconds }) => [
        (JSON.parse(MessageBody) as { reservationId: string }).reservationId,
        DelaySeconds,
      ]),
    );
    expect(delays.get(over.reservationId)).toBe(0);
    expect(delays.get(open.reservationId)).toBeGreaterThan(590);
    for (const queue of ["deadlines", "backorders", "settings"] as const) {
      await deliver(queue);
      await deliver(queue);
    }
    const statusOf = async (id: string) => doneValue(await getReservation(service.reservations, id)).status;
    expect([await statusOf(over.reservationId), await statusOf(open.reservationId)]).toEqual(["expired", "held"]);
    expect((await service.level(waited)).figures).toMatchObject({ reserved: 3, backordered: 0 });
    expect(doneValue(await getReservation(service.reservations, waiting.reservationId)).status).toBe("held");
  });

  it("fails when a queue refuses a message", async () => {
    mocked.on(SendMessageBatchCommand).resolves({
      Failed: [{ Id: "0", SenderFault: true, Code: "InvalidMessageContents", Message: "no" }],
      Successful: [],
    });
    await expect(sendAgain()).rejects.toThrow("InvalidMessageContents");
  });
});

describe("the commands for a night on call", () => {
  it.each([
    ["no table", ["restore"], "Which table"],
    ["no stack", ["restore", "inventory", "--deleted"], "needs a stack in an account"],
    ["two things at once", ["restore", "inventory", "--stack", "x", "--deleted", "--undo"], "Say either"],
    ["no consent", ["restore", "inventory", "--stack", "x", "--at", "2027-01-31T02:10:00Z"], "It needs --yes"],
    ["a time without a zone", ["restore", "inventory", "--stack", "x", "--at", "2027-01-31T02:10", "--yes"], "zone"],
    ["no bucket", ["export", "--stack", "x"], "a bucket"],
  ])("explain themselves when they are given %s", async (_what, args, message) => {
    const { code, output } = await inventory(...args);
    expect(code).toBe(64);
    expect(output).toContain(message);
    expect(output).toContain(`Usage: npm run inventory -- ${args[0]}`);
  });
});
