import { DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogEntry } from "../../local/function-log.ts";
import { type HostedTemplate, hostTemplate } from "../../local/hosting.ts";
import { lambdaRecord } from "../../local/stream-records.ts";
import { type Resource, region } from "../../local/template.ts";
import { type Assembly, mappingOf, streamedTable, writeAssembly } from "./assembly.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Logs each batch; a record or message whose text has `poison` makes the batch fail, `flaky` fails once. */
const streamReader = `
const seen = new Set();
exports.handler = async (event) => {
  const names = event.Records.map((r) => r.dynamodb.Keys.pk.S);
  console.log(JSON.stringify({ names, records: event.Records }));
  const bad = event.Records.find((r, i) => {
    const name = names[i];
    if (name.includes("flaky") && !seen.has(name)) { seen.add(name); return true; }
    return name.includes("poison");
  });
  if (bad === undefined) return { batchItemFailures: [] };
  if (process.env.REPORTS) return { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] };
  throw new Error("bad record");
};`;

/** `poison` fails each time, `flaky` and `throw` the first time, whichever environment of the function gets them. */
const queueReader = `
exports.handler = async (event) => {
  const batchItemFailures = [];
  const isFirst = ({ attributes }) => attributes.ApproximateReceiveCount === "1";
  for (const record of event.Records) {
    console.log(JSON.stringify({ body: record.body, received: record.attributes.ApproximateReceiveCount, source: record.eventSource }));
    if (record.body === "poison" || (record.body === "flaky" && isFirst(record))) {
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  if (event.Records.some((record) => record.body === "throw" && isFirst(record))) throw new Error("all of it");
  return { batchItemFailures };
};`;

const bucketArn = { "Fn::GetAtt": ["Undelivered", "Arn"] };
const streamMapping = (table: string, target: string, more: Record<string, unknown>): Resource =>
  mappingOf({ "Fn::GetAtt": [table, "StreamArn"] }, target, {
    StartingPosition: "TRIM_HORIZON",
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: bucketArn } },
    FilterCriteria: {
      Filters: [{ Pattern: JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix: "item" }] } } } }) }],
    },
    ...more,
  });

let assembly: Assembly;
let hosted: HostedTemplate;
let dynamoDb: DynamoDBClient;
let sqs: SQSClient;
const log: LogEntry[] = [];

beforeAll(async () => {
  assembly = writeAssembly(
    {
      Throwing: streamedTable,
      Reporting: streamedTable,
      Undelivered: { Type: "AWS::S3::Bucket" },
      ThrowingStream: streamMapping("Throwing", "Throws", {}),
      ReportingStream: streamMapping("Reporting", "Reports", { FunctionResponseTypes: ["ReportBatchItemFailures"] }),
      Dead: { Type: "AWS::SQS::Queue" },
      Work: {
        Type: "AWS::SQS::Queue",
        Properties: {
          VisibilityTimeout: 60,
          RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 2 },
        },
      },
      WorkMapping: mappingOf({ "Fn::GetAtt": ["Work", "Arn"] }, "Works", {
        BatchSize: 10,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: 5 },
      }),
    },
    {
      Throws: { source: streamReader },
      Reports: { source: streamReader, properties: { Environment: { Variables: { REPORTS: "1" } } } },
      Works: { source: queueReader },
    },
  );
  hosted = await hostTemplate({ port: 0, assemblyDirectory: assembly.directory, log: (entry) => log.push(entry) });
  dynamoDb = new DynamoDBClient({ endpoint: hosted.dynamoDb.url, region, credentials });
  sqs = new SQSClient({ endpoint: hosted.emulatorUrl, region, credentials });
});

afterAll(async () => {
  dynamoDb?.destroy();
  sqs?.destroy();
  await hosted?.stop();
  assembly?.remove();
});

interface Batch {
  readonly names: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: a record is looked at field by field.
  readonly records: readonly any[];
}

const outputOf = <T>(name: string): T[] =>
  log.filter((entry) => entry.function === name && entry.stream === "stdout").map((entry) => entry.entry as T);
const batchesOf = (name: string): Batch[] => outputOf<Batch>(name);
const namesOf = (name: string): string[] => batchesOf(name).flatMap(({ names }) => names);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if (await isSo()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("It did not come about within 20 s.");
}

async function put(table: string, pk: string): Promise<void> {
  await dynamoDb.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, n: { N: "1" } } }));
}

/** The objects of the bucket, with what was given up. */
async function undelivered(): Promise<{ key: string; body: Record<string, unknown>; names: string[] }[]> {
  const list = await (await fetch(`${hosted.emulatorUrl}/undelivered?list-type=2`)).text();
  const keys = [...list.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key ?? "");
  return await Promise.all(
    keys.map(async (key) => {
      const body = (await (await fetch(`${hosted.emulatorUrl}/undelivered/${key}`)).json()) as Record<string, unknown>;
      const { Records } = JSON.parse(String(body["payload"])) as { Records: Batch["records"] };
      return { key, body, names: Records.map((record) => record.dynamodb.Keys.pk.S as string) };
    }),
  );
}

describe("a stream's mapping", () => {
  it("hands on what passes the filter, in the shape of Lambda's events", async () => {
    await put("Throwing", "other-1");
    await put("Throwing", "item-shape");
    await dynamoDb.send(new DeleteItemCommand({ TableName: "Throwing", Key: { pk: { S: "item-shape" } } }));
    await until(() => namesOf("Throws").filter((name) => name === "item-shape").length === 2);
    const [inserted, removed] = batchesOf("Throws")
      .flatMap(({ records }) => records)
      .filter((record) => record.dynamodb.Keys.pk.S === "item-shape");
    expect(inserted).toMatchObject({
      eventName: "INSERT",
      eventSource: "aws:dynamodb",
      dynamodb: { NewImage: { pk: { S: "item-shape" }, n: { N: "1" } }, SequenceNumber: expect.any(String) },
    });
    expect(inserted.dynamodb.ApproximateCreationDateTime).toBeGreaterThan(1_600_000_000);
    expect(removed).toMatchObject({ eventName: "REMOVE", dynamodb: { OldImage: { n: { N: "1" } } } });
    expect(removed.userIdentity).toBeUndefined();
    expect(namesOf("Throws")).not.toContain("other-1");
  });

  it.each(["Throwing", "Reporting"])(
    "of the table %s gives up a poisoned record alone, whole, into the bucket",
    async (table) => {
      const reader = table === "Throwing" ? "Throws" : "Reports";
      const names = ["item-1", "item-2", "item-poison", "item-3", "item-flaky", "item-4"].map(
        (name) => `${name}-${table}`,
      );
      await Promise.all(names.map(async (name) => await put(table, name)));
      await until(() => names.every((name) => namesOf(reader).includes(name)));
      await until(async () => (await undelivered()).some((each) => each.names.includes(`item-poison-${table}`)));
      const mine = (await undelivered()).filter((each) => each.names.some((name) => name.endsWith(table)));
      expect(mine.map((each) => each.names)).toEqual([[`item-poison-${table}`]]);
      expect(mine[0]?.key).toMatch(/^aws\/lambda\/[^/]+\/[^/]+\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-/);
      expect(mine[0]?.body).toMatchObject({
        requestContext: { condition: "RetryAttemptsExhausted" },
        DDBStreamBatchInfo: { batchSize: 1 },
      });
      // What follows the poisoned record is delivered, and what failed once is delivered again.
      await until(() => namesOf(reader).filter((name) => name === `item-flaky-${table}`).length >= 2);
      await put(table, `item-after-${table}`);
      await until(() => namesOf(reader).includes(`item-after-${table}`));
    },
  );

  it("shows a deletion by the time to live as DynamoDB does", () => {
    const local = {
      eventID: "1",
      eventName: "UNKNOWN_TO_SDK_VERSION" as "REMOVE",
      dynamodb: { Keys: { pk: { S: "a" } }, OldImage: { pk: { S: "a" } }, SequenceNumber: "1" },
    };
    expect(lambdaRecord(local, "arn")).toMatchObject({
      eventName: "REMOVE",
      userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
      dynamodb: { OldImage: { pk: { S: "a" } } },
    });
  });

  it("belongs to a table whose time to live is on", async () => {
    const again = new UpdateTimeToLiveCommand({
      TableName: "Throwing",
      TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
    });
    await expect(dynamoDb.send(again)).rejects.toThrow(/already enabled/);
  });
});

describe("a queue's mapping", () => {
  const workUrl = () => hosted.resolver.text({ Ref: "Work" });
  const send = async (body: string) =>
    await sqs.send(new SendMessageCommand({ QueueUrl: workUrl(), MessageBody: body }));
  const received = (body: string) =>
    outputOf<{ body: string; received: string; source: string }>("Works").filter((each) => each.body === body);

  it("deletes what was taken, and delivers again only what was reported", async () => {
    await Promise.all([send("good"), send("flaky")]);
    await until(() => received("flaky").length === 2);
    expect(received("flaky").map((each) => each.received)).toEqual(["1", "2"]);
    expect(received("good")).toHaveLength(1);
    expect(received("good")[0]?.source).toBe("aws:sqs");
    await until(async () => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: workUrl(), AttributeNames: ["All"] }),
      );
      return (
        Attributes?.["ApproximateNumberOfMessages"] === "0" &&
        Attributes["ApproximateNumberOfMessagesNotVisible"] === "0"
      );
    });
  });

  it("delivers all of a batch again when the function throws", async () => {
    await send("throw");
    await until(() => received("throw").length === 2);
  });

  it("puts aside what was delivered as often as the queue allows", async () => {
    await send("poison");
    const deadUrl = hosted.resolver.text({ Ref: "Dead" });
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, WaitTimeSeconds: 15 }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(["poison"]);
    expect(received("poison")).toHaveLength(2);
  });
});
