/** Dead letters on a whole stack, as `npm start` runs it: messages that really died, and are worked on after all. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { localCredentials } from "../../local/credentials.ts";
import { putObject } from "../../local/queues.ts";
import { region } from "../../local/template.ts";
import { ApiClient, eventually } from "../api/client.ts";
import { receive, type Shelf, stockedShelf } from "../api/shop.ts";
import { type Running, run } from "../local/processes.ts";
import { inventory } from "./program.ts";

interface StackFile {
  readonly url: string;
  readonly dynamoDbUrl: string;
  readonly sqsUrl: string;
  readonly tables: { readonly inventory: string; readonly movements: string };
  readonly queueUrls: { readonly audit: string };
  readonly undeliveredBucket: string;
}

const state = mkdtempSync(join(tmpdir(), "dlq-test-"));
let running: Running;
let stack: StackFile;
let api: ApiClient;
let shelf: Shelf;
let sqs: SQSClient;
let dynamoDb: DynamoDBClient;

const cli = async (...args: readonly string[]) => await inventory(...args, "--state", state);
const letters = async () => await cli("dlq", "list");

beforeAll(async () => {
  running = run(["node", "local/start.ts", "--empty", "--state", state], { PORT: "0" });
  await running.says(/Ctrl-C ends it/);
  stack = JSON.parse(readFileSync(join(state, "stack.json"), "utf8")) as StackFile;
  const settings = { region, credentials: localCredentials };
  sqs = new SQSClient({ ...settings, endpoint: stack.sqsUrl });
  dynamoDb = new DynamoDBClient({ ...settings, endpoint: stack.dynamoDbUrl });
  const scope = "inventory/read inventory/reserve inventory/manage";
  const response = await fetch(`${stack.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: "local", client_secret: "local", scope }),
  });
  api = new ApiClient(stack.url, ((await response.json()) as { access_token: string }).access_token);
  shelf = await stockedShelf(api, 5);
  // The consumer has started and is done with what there is: what is in its hands must not come twice.
  await eventually(trailOf, ({ body }) => body.items.length === 1);
  await dieSoon(stack.queueUrls.audit);
});
afterAll(async () => {
  sqs.destroy();
  dynamoDb.destroy();
  running.child.kill("SIGTERM");
  await running.exit;
  rmSync(state, { recursive: true });
});

const trailOf = async () => await api.get(`/v1/movements?sku=${shelf.sku}&locationId=${shelf.locationId}`);

/** Lets the messages of a queue die after two tries and seconds, instead of ten and half an hour. */
async function dieSoon(QueueUrl: string): Promise<void> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy"] }));
  const policy = { ...JSON.parse(Attributes?.RedrivePolicy ?? "{}"), maxReceiveCount: 2 };
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: { VisibilityTimeout: "3", RedrivePolicy: JSON.stringify(policy) },
    }),
  );
}

async function send(body: string): Promise<string> {
  const { MessageId = "" } = await sqs.send(
    new SendMessageCommand({ QueueUrl: stack.queueUrls.audit, MessageBody: body }),
  );
  return MessageId;
}

/** Waits until so many letters of the audit queue are dead. */
async function dead(count: number): Promise<void> {
  const isThere = ({ output }: { readonly output: string }): boolean =>
    new RegExp(`^audit +${count} `, "m").test(output);
  const last = await eventually(letters, isThere, 40_000);
  expect(last.output).toMatch(new RegExp(`^audit +${count} `, "m"));
}

describe("a message that nobody understands", () => {
  it("is explained by what its consumer logged, and deleted when one is sure", async () => {
    expect(await letters()).toEqual({ code: 0, output: "There are no dead letters.\n" });
    const id = await send('{"nonsense":true}');
    await dead(1);

    const shown = await cli("dlq", "show", "audit");
    expect(shown.code).toBe(0);
    expect(shown.output).toContain(id);
    expect(shown.output).toMatch(/asks to +this is no message that audit understands: TypeError/);
    expect(shown.output).toMatch(/died of +TypeError: .*\(2 times in the log/);
    expect(shown.output).toMatch(/redrive +fails again/);

    const unsure = await cli("dlq", "purge", "audit", "--message", id);
    expect(unsure.code).toBe(64);
    expect(unsure.output).toContain("It needs --yes.");
    expect(await cli("dlq", "purge", "audit", "--message", "another", "--yes")).toMatchObject({ code: 1 });
    expect(await cli("dlq", "purge", "audit", "--message", id, "--yes")).toEqual({ code: 0, output: "1 deleted.\n" });
    expect((await letters()).code).toBe(0);
  });
});

describe("a message that could not be worked on", () => {
  it("is worked on when the cause is mended, and changes nothing when it is sent back again", async () => {
    const TableName = stack.tables.movements;
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
    await dynamoDb.send(new DeleteTableCommand({ TableName }));
    await receive(api, shelf, 3);
    await dead(1);
    const lost = await cli("dlq", "show", "audit");
    expect(lost.output).toMatch(new RegExp(`asks to +write the movement of version 2 of ${shelf.sku}.*onHand \\+3`));
    expect(lost.output).toMatch(/died of +ResourceNotFoundException/);
    expect(lost.output).toMatch(/now +the tables cannot be read: ResourceNotFoundException/);

    await dynamoDb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: Table?.KeySchema,
        AttributeDefinitions: Table?.AttributeDefinitions,
        GlobalSecondaryIndexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        })),
      }),
    );
    const mended = JSON.parse((await cli("dlq", "show", "audit", "--json")).output) as {
      readonly letter: { readonly body: string };
      readonly explanation: { readonly now: string; readonly sendingBack: string };
    }[];
    expect(mended.map(({ explanation }) => [explanation.now, explanation.sendingBack])).toEqual([
      ["the trail has a gap at this version", "closes the gap"],
    ]);
    expect(await cli("dlq", "redrive", "audit", "--rate", "5")).toEqual({ code: 0, output: "1 sent back.\n" });
    const trail = await eventually(trailOf, ({ body }) => body.items.length > 0);
    // The first movement went with the table.
    expect(trail.body.items.map(({ version }: { version: number }) => version)).toEqual([2]);

    await send(mended[0]?.letter.body ?? "");
    await expect.poll(async () => (await letters()).code, { timeout: 10_000 }).toBe(0);
    expect((await trailOf()).body).toEqual(trail.body);
  });
});

describe("records that the stream's reader could not forward", () => {
  it("are forwarded by the command itself, and then taken away", async () => {
    const Key = marshall(inventoryKeys.level(shelf));
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: stack.tables.inventory, Key }));
    const record = { eventName: "INSERT", dynamodb: { Keys: Key, NewImage: Item, SequenceNumber: "1" } };
    const batch = {
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 7 },
      DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: new Date().toISOString() },
      payload: JSON.stringify({ Records: [record] }),
    };
    await putObject(stack.sqsUrl, stack.undeliveredBucket, "aws/lambda/one", JSON.stringify(batch));
    const shown = await cli("dlq", "show", "stream");
    expect(shown.output).toMatch(/^aws\/lambda\/one\n {2}sent .*; tried 7 times/);
    expect(shown.output).toMatch(/asks to +forward 1 changes of the table: 1 to audit, 1 to views, 1 to settings/);
    expect(await cli("dlq", "redrive", "stream")).toEqual({ code: 0, output: "1 sent back.\n" });
    expect((await cli("dlq", "list", "stream")).code).toBe(0);
  });
});

describe("the command", () => {
  it.each([
    ["nothing to do", ["dlq"]],
    ["something that it does not do", ["dlq", "burn", "audit"]],
    ["no place", ["dlq", "show"]],
    ["a place that there is not", ["dlq", "show", "attic"]],
    ["a rate that is none", ["dlq", "redrive", "audit", "--rate", "0"]],
    ["a stack here and there", ["dlq", "list", "--stack", "x"]],
  ])("explains itself when it is given %s", async (_what, args) => {
    const { code, output } = await cli(...args);
    expect(code).toBe(64);
    expect(output).toContain("Usage: npm run inventory -- dlq list");
  });
});
