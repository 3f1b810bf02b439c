import { marshall } from "@aws-sdk/util-dynamodb";
import type { Context, DynamoDBRecord, SQSEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { publishChanges } from "../../functions/changes/publish-changes.ts";
import { usualTerms } from "../../functions/domain/allocation.ts";
import type { HeldReservation } from "../../functions/domain/reservation.ts";
import type { OutgoingMessage } from "../../functions/messaging/queue.ts";
import { done, queueConsumer } from "../../functions/queue-consumer.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { storedReservation } from "../../functions/storage/reservation-item.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { RecordedLog } from "../http/gateway.ts";

const log = new RecordedLog();
const telemetry = { log, flush: () => undefined };
const context = { awsRequestId: "f-1", getRemainingTimeInMillis: () => 30_000 } as Context;

function batchOf(bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m-${index}`,
      receiptHandle: `h-${index}`,
      body,
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:q",
      awsRegion: "us-east-1",
    })),
  } as unknown as SQSEvent;
}

describe("a consumer of a queue", () => {
  it("reports only the messages that failed, whether they threw, asked for a retry or were not JSON", async () => {
    const consumed: string[] = [];
    const handler = queueConsumer<{ readonly name: string }>(telemetry, async ({ name }) => {
      if (name === "throws") {
        throw new Error("broken");
      }
      if (name === "retries") {
        return { kind: "retry", reason: "busy" };
      }
      consumed.push(name);
      return name === "late" ? { kind: "discard", reason: "nothing to do" } : done;
    });
    const names = ["fine", "throws", "retries", "late"];
    const answer = await handler(batchOf([...names.map((name) => JSON.stringify({ name })), "{"]), context);
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(["m-1", "m-2", "m-4"]);
    expect(consumed).toEqual(["fine", "late"]);
  });

  it("reports all of them when all of them failed, and does not fail itself", async () => {
    const handler = queueConsumer(telemetry, async () => ({ kind: "retry", reason: "busy" }));
    expect((await handler(batchOf(["{}", "{}"]), context)).batchItemFailures).toHaveLength(2);
  });

  it("logs the message and its reservation with every line, and nothing of a body that it cannot read", async () => {
    const recorded = new RecordedLog();
    let flushed = 0;
    const handler = queueConsumer<{ readonly reservationId: string; readonly customerId: string }>(
      { log: recorded, flush: () => (flushed += 1) },
      async ({ reservationId }) => (reservationId === "r-1" ? done : { kind: "retry", reason: "busy" }),
      ({ reservationId }) => reservationId,
    );
    const bodies = ["r-1", "r-2"].map((reservationId) => JSON.stringify({ reservationId, customerId: "c-9" }));
    await handler(batchOf([...bodies, '{"customerId":"c-9"']), context);
    expect(recorded.entries).toHaveLength(3);
    expect(recorded.entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          message: "message done",
          fields: { messageId: "m-0", functionRequestId: "f-1", reservationId: "r-1", receiveCount: "1" },
        }),
        expect.objectContaining({
          message: "message failed",
          fields: expect.objectContaining({ messageId: "m-1", reservationId: "r-2", functionRequestId: "f-1" }),
        }),
      ]),
    );
    expect(JSON.stringify(recorded.entries)).toContain("The body of the message is not JSON.");
    expect(JSON.stringify(recorded.entries)).not.toMatch(/c-9|customerId/);
    expect(flushed).toBe(1);
  });

  it("leaves time to say which messages failed", async () => {
    let budgetEndsAtMs = 0;
    const handler = queueConsumer(telemetry, async (_message, delivery) => {
      ({ budgetEndsAtMs } = delivery);
      return done;
    });
    await handler(batchOf(["{}"]), context);
    expect(budgetEndsAtMs - Date.now()).toBeGreaterThan(25_000);
    expect(budgetEndsAtMs - Date.now()).toBeLessThanOrEqual(28_000);
  });
});

function itemRecord(sequenceNumber: string, revision: number): DynamoDBRecord {
  return {
    dynamodb: {
      SequenceNumber: sequenceNumber,
      Keys: { pk: { S: "SKU#a" }, sk: { S: "ITEM" } },
      NewImage: {
        pk: { S: "SKU#a" },
        sk: { S: "ITEM" },
        name: { S: "Thing" },
        active: { BOOL: true },
        revision: { N: String(revision) },
        settingsRevision: { N: "1" },
        updatedAt: { N: "1" },
        actor: { S: "office" },
      },
    },
  };
}

const nowMs = Date.parse("2027-01-31T12:00:00Z");

function holdUntil(expiresAtMs: number, version: number): HeldReservation {
  return {
    status: "held",
    reservationId: "r-1",
    uid: "u-1",
    version,
    linesRevision: 1,
    requestDigest: "d",
    remembered: [],
    referenceId: null,
    customerId: null,
    terms: usualTerms,
    createdAtMs: nowMs,
    expiresAtMs,
    lines: [],
  };
}

function reservationRecord(sequenceNumber: string, before: HeldReservation | null, after: HeldReservation) {
  const imageOf = (reservation: HeldReservation) =>
    marshall(storedReservation(reservation, usualTimes), { removeUndefinedValues: true });
  const { pk, sk } = imageOf(after);
  return {
    dynamodb: {
      SequenceNumber: sequenceNumber,
      Keys: { pk, sk },
      ...(before === null ? {} : { OldImage: imageOf(before) }),
      NewImage: imageOf(after),
    },
  } as DynamoDBRecord;
}

function reader(refuse: (queue: string, message: OutgoingMessage) => boolean, runtime = systemRuntime) {
  const sent: ({ readonly queue: string } & OutgoingMessage)[] = [];
  const read = publishChanges({
    queues: {
      audit: "audit",
      alerts: "alerts",
      views: "views",
      settings: "settings",
      backorders: "b",
      deadlines: "d",
      expired: "e",
    },
    send: async (queue, messages) =>
      messages.map((message) => {
        if (refuse(queue, message)) {
          return new Error("refused");
        }
        sent.push({ queue, ...message });
        return null;
      }),
    runtime,
    telemetry,
  });
  return { read, sent };
}

describe("the stream's reader", () => {
  const records = [1, 2, 3].map((revision) => itemRecord(`s-${revision}`, revision));

  it("reports nothing when all was forwarded", async () => {
    const { read, sent } = reader(() => false);
    expect(await read({ Records: records })).toEqual({ batchItemFailures: [] });
    expect(sent.filter(({ queue }) => queue === "views")).toHaveLength(3);
  });

  it("reports the first record that a queue did not take, so that the stream comes again from there", async () => {
    const { read } = reader((queue, { body }) => queue === "views" && !body.includes('"revision":1'));
    expect(await read({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: "s-2" }] });
  });

  it("forwards what it can around a record that has not its shape, and reports that one", async () => {
    const { read, sent } = reader(() => false);
    const corrupt: DynamoDBRecord = { dynamodb: { ...itemRecord("s-bad", 9).dynamodb, NewImage: {} } };
    const [first, ...rest] = records;
    const Records = [first as DynamoDBRecord, corrupt, ...rest];
    expect(await read({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "s-bad" }] });
    expect(sent.filter(({ queue }) => queue === "views")).toHaveLength(3);
  });

  it("sends a message for a deadline that is brought forward, also when the hold was made in the same batch", async () => {
    const { read, sent } = reader(() => false, { ...systemRuntime, now: () => nowMs });
    const [made, nearer] = [holdUntil(nowMs + 600_000, 1), holdUntil(nowMs + 5_000, 2)];
    await read({ Records: [reservationRecord("s-1", null, made), reservationRecord("s-2", made, nearer)] });
    const deadlines = sent.filter(({ queue }) => queue === "d");
    expect(deadlines.map(({ delaySeconds }) => delaySeconds)).toEqual([600, 5]);
    expect(deadlines.map(({ body }) => JSON.parse(body))).toEqual([
      { reservationId: "r-1", uid: "u-1" },
      { reservationId: "r-1", uid: "u-1" },
    ]);
  });

  it("says the same thing to a queue once, however many records of a batch say it", async () => {
    const { read, sent } = reader(() => false);
    const [first] = records as [DynamoDBRecord];
    await read({ Records: [first, first] });
    expect(sent.filter(({ queue }) => queue === "settings")).toHaveLength(1);
    expect(sent.filter(({ queue }) => queue === "views")).toHaveLength(1);
  });

  it("passes over what nobody waits for", async () => {
    const { read, sent } = reader(() => false);
    const marker: DynamoDBRecord = {
      dynamodb: { SequenceNumber: "s", Keys: { pk: { S: "OPERATION#x" }, sk: { S: "0" } }, NewImage: {} },
    };
    expect(await read({ Records: [marker] })).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual([]);
  });
});
