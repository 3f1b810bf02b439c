/** What is made of the reasons for which DynamoDB cancels a transaction; DynamoDB Local never gives most of them. */
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect, it } from "vitest";
import { type LabelledPart, transact } from "../../functions/storage/transaction.ts";
import { dynamoDbClient } from "../../local/dynamodb.ts";

const check = { TableName: "t", Key: { pk: "k" }, ConditionExpression: "attribute_exists(pk)" };
const parts: readonly LabelledPart<string>[] = ["first", "second", "third"].map((label) => ({
  label,
  part: { ConditionCheck: check },
}));
const client = DynamoDBDocumentClient.from(dynamoDbClient("http://127.0.0.1:1"));
const dynamoDb = mockClient(client);

async function cancelledFor(...codes: readonly string[]) {
  const CancellationReasons = codes.map((Code) => ({
    Code,
    ...(Code === "ConditionalCheckFailed" ? { Item: { onHand: { N: "3" } } } : {}),
  }));
  const error = new TransactionCanceledException({ $metadata: {}, message: "cancelled", CancellationReasons });
  dynamoDb.reset();
  dynamoDb.on(TransactWriteCommand).rejects(error);
  return await transact(client, "token", parts);
}

it("a failed condition gives the image that it met, by its part", async () => {
  const failed = new Map([["second", { onHand: 3 }]]);
  expect(await cancelledFor("None", "ConditionalCheckFailed", "None")).toEqual({ kind: "condition-failed", failed });
});

it.each([
  ["TransactionConflict", "conflict"],
  ["ThrottlingError", "throttled"],
  ["ProvisionedThroughputExceeded", "throttled"],
])(
  "beside a %s no failed condition says anything: its part may have met what is being written",
  async (code, reason) => {
    const contended = { kind: "contended", reason, at: ["third"] };
    expect(await cancelledFor("None", "None", code)).toEqual(contended);
    expect(await cancelledFor("ConditionalCheckFailed", "None", code)).toEqual(contended);
  },
);

it("a conflict is what is told of where some parts met one and others were throttled", async () => {
  for (const codes of [
    ["ThrottlingError", "TransactionConflict", "None"],
    ["TransactionConflict", "None", "ThrottlingError"],
  ] as const) {
    expect(await cancelledFor(...codes)).toMatchObject({ kind: "contended", reason: "conflict" });
  }
});

it("any other reason is a defect, also beside one that would pass", async () => {
  await expect(cancelledFor("None", "ValidationError", "TransactionConflict")).rejects.toThrow("cancelled");
  await expect(cancelledFor("None", "None", "None")).rejects.toThrow("cancelled");
});
