/**
 * Random operations, the same on DynamoDB Local and in memory: the answers must agree one by one, errors and the
 * images that they bring back included. What the simulator finds is worth as much as this.
 */
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../simulation/world/random.ts";
import { type Engine, engines } from "./engines.ts";

const TableName = "inventory";
const operationsPerSeed = 250;

let started: readonly Engine[];

beforeAll(async () => {
  started = await Promise.all(engines.map(async ([, start]) => await start()));
});
afterAll(async () => {
  await Promise.all(started.map(async ({ stop }) => await stop()));
});

type Sendable = Parameters<DynamoDBDocumentClient["send"]>[0];

/** Expressions as the storage writes them, and values to go with them. */
const names = { "#list": "list", "#map": "map", "#set": "set" };
const conditions = [
  "attribute_exists(pk)",
  "attribute_not_exists(pk)",
  "a >= :n",
  "a < :n OR attribute_not_exists(a)",
  "a = :n AND NOT b = :t",
  "b <> :t",
  "a BETWEEN :n AND :m",
  "(attribute_not_exists(b) OR b > :t) AND attribute_exists(pk)",
  "#list[0] < :n OR attribute_not_exists(#list)",
  "#map.a = :n",
  "size(#set) < :n",
  "attribute_not_exists(#set) OR size(#set) <= :n",
  "contains(#set, :t) OR begins_with(b, :t)",
  "a IN (:n, :m)",
  "#list = :list",
];
/** Updates that any item takes. */
const safeUpdates = [
  "SET a = :n",
  "ADD a :n",
  "ADD a :n SET b = :t REMOVE #list",
  "SET #list = :list, #map = :map",
  "ADD #set :set",
  "DELETE #set :set",
  "REMOVE a, #set",
  "SET a = if_not_exists(a, :n)",
];
/** And those that some refuse; in a transaction the two engines say so in different ways. */
const updates = [...safeUpdates, "SET a = :m - a, b = :t", "SET #map.a = :n", "SET #list = list_append(#list, :list)"];

function used(expression: string, random: Random) {
  const values: Record<string, unknown> = {
    ":n": random.whole(-1, 4),
    ":m": random.whole(4, 6),
    ":t": random.pick(["x", "y", "xy", "é"]),
    ":list": [random.whole(0, 3), "x"],
    ":map": { a: random.whole(0, 3) },
    ":set": new Set([random.pick(["x", "y", "z"])]),
  };
  const placeholders = new Set(expression.match(/[:#][a-z]+/g) ?? []);
  const pick = (all: Record<string, unknown>) => {
    const picked = Object.entries(all).filter(([name]) => placeholders.has(name));
    return picked.length === 0 ? undefined : Object.fromEntries(picked);
  };
  return {
    ExpressionAttributeNames: pick(names) as Record<string, string> | undefined,
    ExpressionAttributeValues: pick(values),
  };
}

function keyOf(random: Random) {
  return { pk: random.pick(["P#1", "P#2"]), sk: random.pick(["A", "B", "B#1", "C"]) };
}

function itemOf(random: Random) {
  return {
    ...keyOf(random),
    ...(random.chance(0.8) ? { a: random.whole(0, 4) } : {}),
    ...(random.chance(0.5) ? { b: random.pick(["x", "xy"]) } : {}),
    ...(random.chance(0.4) ? { list: [random.whole(0, 3), "x"] } : {}),
    ...(random.chance(0.4) ? { map: { a: random.whole(0, 3), c: undefined } } : {}),
    ...(random.chance(0.4) ? { set: new Set(["x", "z"]) } : {}),
  };
}

function writeOf(random: Random, possible = updates) {
  const ConditionExpression = random.chance(0.6) ? random.pick(conditions) : undefined;
  const ReturnValuesOnConditionCheckFailure = random.chance(0.7) ? ("ALL_OLD" as const) : undefined;
  const common = { TableName, ConditionExpression, ReturnValuesOnConditionCheckFailure };
  const kind = random.pick(["Put", "Update", "Update", "Delete"] as const);
  if (kind === "Update") {
    const UpdateExpression = random.pick(possible);
    const placeholders = used(`${UpdateExpression} ${ConditionExpression ?? ""}`, random);
    return { kind, input: { ...common, ...placeholders, Key: keyOf(random), UpdateExpression } };
  }
  const placeholders = used(ConditionExpression ?? "", random);
  return kind === "Put"
    ? { kind, input: { ...common, ...placeholders, Item: itemOf(random) } }
    : { kind, input: { ...common, ...placeholders, Key: keyOf(random) } };
}

function queryOf(random: Random): QueryCommand {
  const KeyConditionExpression = random.pick([
    "pk = :pk",
    "pk = :pk AND begins_with(sk, :sk)",
    "pk = :pk AND sk BETWEEN :from AND :to",
    "pk = :pk AND sk > :sk",
  ]);
  // No item lies on the bounds: whether a page that ends there has a key to go on from, the engines see differently.
  const FilterExpression = random.chance(0.3) ? "a >= :n" : undefined;
  const values = { ":pk": "P#1", ":sk": "B", ":from": "AZ", ":to": "B$", ":n": 2 };
  const text = `${KeyConditionExpression} ${FilterExpression ?? ""}`;
  return new QueryCommand({
    TableName,
    KeyConditionExpression,
    FilterExpression,
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(name))),
    ScanIndexForward: random.chance(0.5),
    ConsistentRead: true,
    Limit: random.chance(0.4) ? random.whole(1, 3) : undefined,
    ExclusiveStartKey: random.chance(0.2) ? { pk: "P#1", sk: random.pick(["A", "B", "Bb"]) } : undefined,
  });
}

function commandOf(random: Random): object {
  const kind = random.weighted([
    ["write", 50],
    ["transaction", 25],
    ["get", 5],
    ["query", 15],
    ["batch", 3],
    ["scan", 2],
  ] as const);
  switch (kind) {
    case "write": {
      const write = writeOf(random);
      const ReturnValues = random.pick(["ALL_OLD", "NONE"] as const);
      switch (write.kind) {
        case "Put":
          return new PutCommand({ ...write.input, ReturnValues } as never);
        case "Delete":
          return new DeleteCommand({ ...write.input, ReturnValues } as never);
        case "Update":
          return new UpdateCommand({ ...write.input, ReturnValues: random.pick(["ALL_NEW", "ALL_OLD"]) } as never);
      }
      break;
    }
    case "transaction": {
      const drawn = Array.from({ length: random.whole(1, 4) }, () => writeOf(random, safeUpdates));
      // An item twice is refused by AWS before anything is looked at; DynamoDB Local is not so strict.
      const nameOfPart = ({ input }: (typeof drawn)[number]): string => {
        const { pk, sk } = "Item" in input ? input.Item : input.Key;
        return `${pk} ${sk}`;
      };
      const parts = drawn.filter(
        (part, index) => drawn.findIndex((each) => nameOfPart(each) === nameOfPart(part)) === index,
      );
      const TransactItems = parts.map(({ kind: part, input }) => ({ [part]: input }));
      const ClientRequestToken = random.chance(0.2) ? undefined : `token-${random.whole(1, 1_000_000)}`;
      return new TransactWriteCommand({ TransactItems, ClientRequestToken } as never);
    }
    case "get":
      return new GetCommand({ TableName, Key: keyOf(random), ConsistentRead: true });
    case "query":
      return queryOf(random);
    case "batch": {
      const Keys = [
        { pk: "P#1", sk: "A" },
        { pk: "P#2", sk: random.pick(["A", "B"]) },
      ];
      return new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
    }
    case "scan":
      return new ScanCommand({ TableName, ConsistentRead: true });
  }
  throw new Error("There is no such command.");
}

/** What a client is told, in a form that can be compared. */
async function answerOf({ client }: Engine, command: object): Promise<unknown> {
  try {
    const { $metadata, ConsumedCapacity, ...answer } = (await client.send(command as Sendable)) as Record<
      string,
      unknown
    >;
    return comparable(answer, command);
  } catch (error) {
    const { name, Item } = error as Error & { Item?: Record<string, never> };
    return {
      name,
      image: Item === undefined ? undefined : unmarshall(Item),
      reasons:
        error instanceof TransactionCanceledException
          ? error.CancellationReasons?.map(({ Code, Item: image }) => [
              Code,
              image === undefined ? undefined : unmarshall(image),
            ])
          : undefined,
    };
  }
}

function comparable(answer: Record<string, unknown>, command: object): unknown {
  if (command instanceof ScanCommand) {
    // A scan goes by the hash of the partitions.
    return [...(answer["Items"] as Record<string, string>[])].sort((a, b) =>
      `${a["pk"]}${a["sk"]}` < `${b["pk"]}${b["sk"]}` ? -1 : 1,
    );
  }
  if (command instanceof BatchGetCommand) {
    const found = (answer["Responses"] as Record<string, Record<string, string>[]>)[TableName] ?? [];
    return [...found].sort((a, b) => (`${a["pk"]}${a["sk"]}` < `${b["pk"]}${b["sk"]}` ? -1 : 1));
  }
  return answer;
}

describe("random operations", () => {
  it.each([1, 2, 3, 4])("are answered alike by both engines (seed %i)", async (seed) => {
    const random = new Random(seed);
    const outcomes = new Set<string>();
    for (let number = 1; number <= operationsPerSeed; number += 1) {
      const command = commandOf(random.named(`operation ${seed} ${number}`));
      const [memory, local] = await Promise.all(started.map(async (engine) => await answerOf(engine, command)));
      const about = `seed ${seed}, operation ${number}: ${JSON.stringify((command as { input: object }).input)}`;
      expect(memory, about).toEqual(local);
      outcomes.add(String((local as { name?: string } | null)?.name ?? "answered"));
    }
    expect([...outcomes].sort()).toEqual(
      expect.arrayContaining(["ConditionalCheckFailedException", "TransactionCanceledException", "answered"]),
    );
  });
});
