import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { localCredentials } from "../../local/credentials.ts";
import { accountId, region } from "../../local/template.ts";
import { type ApiClient, eventually, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { alertsOf, receive, reserve, stockedShelf } from "./shop.ts";

let shop: ApiClient;
let office: ApiClient;
let sqs: SQSClient;

beforeAll(async () => {
  [shop, office] = await Promise.all([storefront(), backOffice()]);
  sqs = new SQSClient({ endpoint: inject("sqsUrl"), region, credentials: localCredentials });
});
afterAll(() => sqs.destroy());

const ofType = (alerts: Record<string, unknown>[], type: string) => alerts.filter((alert) => alert["type"] === type);

describe("an alert", () => {
  it("is raised once a crossing, and again only after going back above", async () => {
    const shelf = await stockedShelf(office, 5, { lowStockThreshold: 2 });
    await reserve(shop, shelf, 2);
    await reserve(shop, shelf, 1);
    await reserve(shop, shelf, 1);
    const first = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock").length > 0,
    );
    expect(ofType(first, "low_stock")).toMatchObject([
      { ...shelf, status: "open", available: 2, threshold: 2, resolvedAt: null },
    ]);
    await receive(office, shelf, 5);
    const resolved = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock")[0]?.["status"] === "resolved",
    );
    expect(ofType(resolved, "low_stock")).toMatchObject([{ status: "resolved", resolvedAt: expect.any(String) }]);
    await reserve(shop, shelf, 4);
    const second = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "low_stock").length === 2,
    );
    expect(
      ofType(second, "low_stock")
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["open", "resolved"]);
  });

  it("tells that the shelf is empty, and that it is filled again", async () => {
    const shelf = await stockedShelf(office, 1);
    await reserve(shop, shelf, 1);
    const empty = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "out_of_stock").length === 1,
    );
    expect(ofType(empty, "out_of_stock")).toMatchObject([{ status: "open", available: 0 }]);
    await receive(office, shelf, 3);
    const filled = await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "back_in_stock").length === 1,
    );
    expect(ofType(filled, "back_in_stock")).toMatchObject([{ available: 3 }]);
    expect(ofType(filled, "out_of_stock")).toMatchObject([{ status: "resolved" }]);
    const open = await office.get("/v1/alerts?status=open&limit=200");
    expect(open.body.items.some(({ sku }: { sku: string }) => sku === shelf.sku)).toBe(false);
  });

  it("is not raised by stock that was never there", async () => {
    const shelf = await stockedShelf(office, 1, { lowStockThreshold: 5 });
    await receive(office, shelf, 1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await alertsOf(office, shelf)).toEqual([]);
  });

  it("is told to a subscriber of the topic, who may have chosen its type and its SKU", async () => {
    const shelf = await stockedShelf(office, 3, { lowStockThreshold: 1 });
    const queueUrl = await subscribedQueue({ type: ["low_stock"], sku: [shelf.sku] });
    await reserve(shop, shelf, 2);
    await reserve(shop, shelf, 1);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 15 }));
    const { Subject, Message } = JSON.parse(Messages[0]?.Body ?? "{}");
    expect(Subject).toBe(`low_stock: ${shelf.sku} at ${shelf.locationId}`);
    const [listed] = ofType(await alertsOf(office, shelf), "low_stock");
    expect(JSON.parse(Message)).toEqual({ ...listed, status: "open", resolvedAt: null });
    await eventually(
      () => alertsOf(office, shelf),
      (found) => ofType(found, "out_of_stock").length === 1,
    );
    const more = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1 }));
    expect(more.Messages).toBeUndefined();
  });
});

/** A queue that gets what is published with these attributes. */
async function subscribedQueue(filter: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const name = unique("subscriber");
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const sns = new SNSClient({ endpoint: inject("sqsUrl"), region, credentials: localCredentials });
  await sns.send(
    new SubscribeCommand({
      TopicArn: inject("topicArn"),
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${region}:${accountId}:${name}`,
      Attributes: { FilterPolicy: JSON.stringify(filter) },
    }),
  );
  sns.destroy();
  return `${inject("sqsUrl")}/${accountId}/${name}`;
}
