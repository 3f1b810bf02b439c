import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import { delayUntil, sendAll } from "../../functions/messaging/queue.ts";

const sqs = mockClient(SQSClient);
const client = new SQSClient({ region: "us-east-1" });
const messages = (count: number, bytes = 10) =>
  Array.from({ length: count }, (_, index) => ({ body: String(index).padEnd(bytes, "x"), delaySeconds: 0 }));

beforeEach(() => {
  sqs.reset();
});

describe("sending to a queue", () => {
  it("takes as few calls as the limits of SQS allow", async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [] });
    await sendAll(client, "queue", messages(25));
    await sendAll(client, "queue", messages(3, 200_000));
    const sizes = sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input.Entries?.length);
    expect(sizes).toEqual([10, 10, 5, 1, 1, 1]);
  });

  it("tells which messages were refused", async () => {
    sqs.on(SendMessageBatchCommand).resolves({
      Failed: [{ Id: "1", Code: "InternalError", Message: "busy", SenderFault: false }],
    });
    const results = await sendAll(client, "queue", messages(3));
    expect(results.map((failure) => failure?.message ?? null)).toEqual([null, "SQS refused: InternalError busy", null]);
  });

  it("counts every message of a call that failed as refused, and none of another", async () => {
    sqs.on(SendMessageBatchCommand).resolvesOnce({ Failed: [] }).rejects(new Error("unreachable"));
    const results = await sendAll(client, "queue", messages(12));
    expect(results.map((failure) => failure === null)).toEqual([...Array(10).fill(true), false, false]);
  });
});

describe("a delay", () => {
  it.each([
    ["in the past", -5_000, 0],
    ["now", 0, 0],
    ["a moment ahead", 1, 1],
    ["at a whole second", 3_000, 3],
    ["further than a queue can wait", 3_600_000, 900],
  ])("until a time %s is what SQS takes", (_name, aheadMs, expected) => {
    expect(delayUntil(1_000_000 + aheadMs, 1_000_000)).toBe(expected);
  });
});
