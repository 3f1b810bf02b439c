/** The document client of a DynamoDB in memory in which every call happens at once and nothing goes wrong. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Attributes } from "../../../bench/expressions/values.ts";
import { Database } from "./database.ts";
import type { WriteKind } from "./item-write.ts";
import type { TableSchema } from "./table.ts";
import { type TransactInput, Transactions } from "./transactions.ts";

/** More items than any page of a test: no page is cut but by its limit. */
const mostItems = 10_000;

export function memoryClient(
  schemas: readonly TableSchema[],
  now: () => number = () => Date.now(),
): DynamoDBDocumentClient {
  const database = new Database(schemas, () => undefined);
  const transactions = new Transactions(database);
  const batch = (input: Record<string, unknown>): unknown => {
    const requested = input["RequestItems"] as Record<string, { readonly Keys: readonly Attributes[] }>;
    const reading = { nowMs: 0, staleAtMs: 0, mostItems };
    const Responses = Object.fromEntries(
      Object.entries(requested).map(([TableName, { Keys }]) => [
        TableName,
        Keys.map((Key) => database.get({ TableName, Key }, reading).Item).filter((item) => item !== undefined),
      ]),
    );
    return { Responses, UnprocessedKeys: {} };
  };
  const transact = async (input: TransactInput): Promise<unknown> =>
    await new Promise((resolve, reject) => {
      const steps = { prepareMs: [0], commitMs: [0], after: (_: number, happen: () => void) => happen(), nowMs: now };
      transactions.execute(input, steps, (error) => (error === null ? resolve({}) : reject(error)));
    });
  const send = async (command: object & { readonly input: Record<string, unknown> }): Promise<unknown> => {
    const name = command.constructor.name.replace(/Command$/, "");
    const reading = { nowMs: 0, staleAtMs: 0, mostItems };
    switch (name) {
      case "Get":
        return database.get(command.input, reading);
      case "Query":
        return database.query(command.input, reading);
      case "Scan":
        return database.scan(command.input, reading);
      case "BatchGet":
        return batch(command.input);
      case "TransactWrite":
        return await transact(command.input as TransactInput);
      default:
        return database.write(name as WriteKind, command.input, now());
    }
  };
  return { send, destroy: () => undefined } as unknown as DynamoDBDocumentClient;
}
