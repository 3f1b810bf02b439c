/**
 * DynamoDB under the document client's `send`, as far as reserving and splitting use it: real conditions and
 * updates, latencies, budgets of partitions, and transactions that lock their items for a while. Only the inventory
 * table has budgets; the others take whatever comes.
 */
import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Key } from "../../functions/storage/keys.ts";
import { conditionOf } from "../expressions/conditions.ts";
import type { Attributes } from "../expressions/values.ts";
import { sdkAttempts, sdkThrottlingDelayMs, singleLatencyMs, unitsOfConsistentRead } from "./assumptions.ts";
import type { Consumption, DynamoDbWorld } from "./dynamodb-world.ts";
import { ItemStore } from "./item-store.ts";
import { TransactionModel } from "./transaction-model.ts";
import { afterWrite, holdsFor, placeOf, type Write } from "./write.ts";

const $metadata = {};

export class DynamoDbModel {
  readonly store: ItemStore;
  readonly consumed: Consumption = {
    transactions: 0,
    conflicts: 0,
    throttledWrites: 0,
    throttledReads: 0,
    writeUnits: 0,
    wastedWriteUnits: 0,
    readUnits: 0,
  };
  private readonly world: DynamoDbWorld;
  private readonly transactions: TransactionModel;

  constructor(world: DynamoDbWorld) {
    this.world = world;
    this.store = new ItemStore(world.observe);
    this.transactions = new TransactionModel(world, this.store, this.consumed);
  }

  /** A client that this model answers. */
  client(): DynamoDBDocumentClient {
    const send = async (command: unknown): Promise<unknown> => await this.answer(command);
    return { send } as unknown as DynamoDBDocumentClient;
  }

  private async answer(command: unknown): Promise<unknown> {
    if (command instanceof TransactWriteCommand) {
      return await this.transactions.write(command.input);
    }
    if (command instanceof BatchGetCommand) {
      return await this.retried(() => this.batchGet(command.input));
    }
    if (command instanceof GetCommand) {
      return await this.retried(() => this.get(command.input));
    }
    if (command instanceof QueryCommand) {
      return await this.retried(() => this.query(command.input));
    }
    if (command instanceof PutCommand) {
      return await this.retried(() => this.write({ Put: command.input }));
    }
    if (command instanceof UpdateCommand) {
      return await this.retried(() => this.write({ Update: command.input }));
    }
    throw new Error(`The model of DynamoDB does not know ${(command as object).constructor.name}.`);
  }

  /** A call of one item or of reads takes effect half-way; the SDK tries again after throttling. */
  private async retried<T>(takeEffect: () => T): Promise<T> {
    const { time, chance } = this.world;
    for (let attempt = 1; ; attempt += 1) {
      const latencyMs = chance.latencyMs(singleLatencyMs);
      await time.sleep(latencyMs / 2);
      let effect: { readonly value: T } | { readonly error: unknown };
      try {
        effect = { value: takeEffect() };
      } catch (error) {
        effect = { error };
      }
      await time.sleep(latencyMs / 2);
      if ("value" in effect) {
        return effect.value;
      }
      if (!(effect.error instanceof ProvisionedThroughputExceededException) || attempt === sdkAttempts) {
        throw effect.error;
      }
      await time.sleep(chance.next() * 2 ** (attempt - 1) * sdkThrottlingDelayMs);
    }
  }

  private takesRead(table: string, partitionKey: string, units: number): boolean {
    const { meteredTable, partitions, time } = this.world;
    if (table !== meteredTable) {
      return true;
    }
    const taken = partitions.takesRead(partitionKey, units, time.now());
    this.consumed.readUnits += taken ? units : 0;
    this.consumed.throttledReads += taken ? 0 : 1;
    return taken;
  }

  private get({ TableName = "", Key, ConsistentRead = false }: GetCommandInput): unknown {
    const key = Key as unknown as Key;
    const units = ConsistentRead ? unitsOfConsistentRead : unitsOfConsistentRead / 2;
    if (!this.takesRead(TableName, key.pk, units)) {
      throw throttling();
    }
    const item = this.store.get(TableName, key);
    return item === undefined ? {} : { Item: item };
  }

  /** Keys whose partitions have nothing left are handed back; the call fails when that is all of them. */
  private batchGet({ RequestItems = {} }: BatchGetCommandInput): unknown {
    const Responses: Record<string, Attributes[]> = {};
    const UnprocessedKeys: Record<string, { Keys: Key[] }> = {};
    let isAnyRead = false;
    for (const [table, { Keys = [], ConsistentRead = false }] of Object.entries(RequestItems)) {
      const found: Attributes[] = [];
      const left: Key[] = [];
      for (const key of Keys as unknown as Key[]) {
        if (this.takesRead(table, key.pk, ConsistentRead ? unitsOfConsistentRead : unitsOfConsistentRead / 2)) {
          isAnyRead = true;
          const item = this.store.get(table, key);
          found.push(...(item === undefined ? [] : [item]));
        } else {
          left.push(key);
        }
      }
      Responses[table] = found;
      if (left.length > 0) {
        UnprocessedKeys[table] = { Keys: left };
      }
    }
    if (!isAnyRead) {
      throw throttling();
    }
    return { Responses, UnprocessedKeys };
  }

  private query(input: QueryCommandInput): unknown {
    const { TableName = "", KeyConditionExpression = "", ExpressionAttributeNames: names = {} } = input;
    const values = input.ExpressionAttributeValues ?? {};
    if (!this.takesRead(TableName, String(values[":pk"]), unitsOfConsistentRead)) {
      throw throttling();
    }
    const isAsked = conditionOf(KeyConditionExpression);
    const items = this.store.ofPartition(TableName, String(values[":pk"]));
    return { Items: items.filter((item) => isAsked(item, { names, values })) };
  }

  private write(write: Write): unknown {
    const { table, key, expectsOld } = placeOf(write);
    const { meteredTable, partitions, time } = this.world;
    const isMetered = table === meteredTable;
    if (isMetered && !partitions.takesWrite(key.pk, 1, time.now())) {
      this.consumed.throttledWrites += 1;
      throw throttling();
    }
    this.consumed.writeUnits += isMetered ? 1 : 0;
    const before = this.store.get(table, key);
    const isLocked = this.transactions.isLocked(table, key);
    if (isLocked || !holdsFor(write, before)) {
      this.consumed.conflicts += isLocked ? 1 : 0;
      this.consumed.wastedWriteUnits += isMetered ? 1 : 0;
      throw isLocked ? conflict() : conditionFailure(expectsOld ? before : undefined);
    }
    const after = afterWrite(write, before);
    this.store.put(table, after);
    return { Attributes: after };
  }
}

function throttling(): Error {
  return new ProvisionedThroughputExceededException({ message: "The partition has no units left.", $metadata });
}

function conflict(): Error {
  return new TransactionConflictException({ message: "A transaction is under way on the item.", $metadata });
}

function conditionFailure(item: Attributes | undefined): Error {
  const image = item === undefined ? {} : { Item: marshall(item, { removeUndefinedValues: true }) };
  return new ConditionalCheckFailedException({ message: "The conditional request failed.", $metadata, ...image });
}
