/**
 * Counts what use cases ask of DynamoDB: calls, write units and read units. It is a middleware of the SDK
 * client, so that the use cases run as they are; the units follow the published rules (`capacity-units.ts`),
 * from the sizes of the very items that were touched, read before and after by a client that is not metered.
 *
 * DynamoDB Local's own `ConsumedCapacity` counts a transactional write as one unit, so it is not used.
 */
import {
  type AttributeValue,
  type BatchGetItemCommandInput,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import {
  type IndexShape,
  indexWriteUnits,
  itemReadUnits,
  queryReadUnits,
  type ReadConsistency,
  tableWriteUnits,
  transactionalWriteFactor,
} from "./capacity-units.ts";
import type { AttributeMap } from "./item-size.ts";

/** What one use case asked of DynamoDB. */
export interface Consumption {
  /** Requests that were sent, resends by the SDK included. */
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** The operations in the order in which they ended, such as `TransactWriteItems`. */
  readonly operations: readonly string[];
}

/** The shape of a table, as far as its costs go. */
export interface MeteredTable {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly indexes: readonly IndexShape[];
}

type Key = Record<string, AttributeValue>;
type Fields = Readonly<Record<string, unknown>>;

/** One write of one item, and what it would put there if that is known before. */
interface WriteAction {
  readonly table: MeteredTable;
  readonly key: Key;
  readonly proposed: AttributeMap | undefined;
}

type Answer =
  | { readonly kind: "answered"; readonly output: Fields }
  /** A condition failed: nothing was written, and it is billed. */
  | { readonly kind: "condition-failed" }
  /** Anything else that went wrong, which is not billed. */
  | { readonly kind: "failed" };

interface Metadata {
  readonly $metadata?: { readonly attempts?: number };
}

/**
 * Meters one use case at a time. Writes that run in parallel must be of different items, because each is
 * measured by the image of its item before and after.
 */
export class CapacityMeter {
  private readonly unmetered: DynamoDBClient;
  private readonly tables: ReadonlyMap<string, MeteredTable>;
  private calls = 0;
  private writeUnits = 0;
  private readUnits = 0;
  private operations: string[] = [];

  /** `unmetered`: another client of the same DynamoDB, for the sizes alone. */
  constructor(unmetered: DynamoDBClient, tables: readonly MeteredTable[]) {
    this.unmetered = unmetered;
    this.tables = new Map(tables.map((table) => [table.name, table]));
  }

  /** Meters all that is sent with this client from now on. */
  attach(client: DynamoDBDocumentClient): void {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const operation = String(context.commandName).replace(/Command$/, "");
        const input = args.input as unknown as Fields;
        const actions = this.actionsOf(operation, input);
        const before = await this.images(actions);
        const result = await next(args).catch(async (error: unknown) => {
          this.count(operation, error as Metadata);
          await this.bill(operation, input, failureOf(error), actions, before);
          throw error;
        });
        const output = result.output as unknown as Fields & Metadata;
        this.count(operation, output);
        await this.bill(operation, input, { kind: "answered", output }, actions, before);
        return result;
      },
      // After the document client has turned the input into attribute values.
      { name: "capacityMeter", step: "build" },
    );
  }

  /** Runs one use case and says what it asked of DynamoDB. */
  async measure<T>(run: () => Promise<T>): Promise<{ readonly value: T; readonly consumed: Consumption }> {
    this.calls = 0;
    this.writeUnits = 0;
    this.readUnits = 0;
    this.operations = [];
    const value = await run();
    const { calls, writeUnits, readUnits, operations } = this;
    return { value, consumed: { calls, writeUnits, readUnits, operations } };
  }

  private count(operation: string, { $metadata }: Metadata): void {
    this.calls += $metadata?.attempts ?? 1;
    this.operations.push(operation);
  }

  private async bill(
    operation: string,
    input: Fields,
    answer: Answer,
    actions: readonly WriteAction[],
    before: readonly (AttributeMap | undefined)[],
  ): Promise<void> {
    if (answer.kind === "failed") {
      return;
    }
    // Added only once they are known: `+= await` would forget what calls at the same time have added meanwhile.
    if (actions.length > 0) {
      const units = await this.unitsWritten(operation, answer, actions, before);
      this.writeUnits += units;
    } else if (answer.kind === "answered") {
      const units = await this.unitsRead(operation, input, answer.output);
      this.readUnits += units;
    }
  }

  /**
   * A write whose condition failed is billed by the item that it met. For a cancelled transaction AWS publishes
   * no sizes, so its puts are billed by what they would have written: rather too much than too little.
   */
  private async unitsWritten(
    operation: string,
    answer: Answer,
    actions: readonly WriteAction[],
    before: readonly (AttributeMap | undefined)[],
  ): Promise<number> {
    const transactional = operation === "TransactWriteItems";
    const after = answer.kind === "answered" ? await this.images(actions) : before;
    return actions.reduce((sum, { table, proposed }, index) => {
      const images = { before: before[index], after: after[index] };
      const indexUnits = table.indexes.reduce((total, shape) => total + indexWriteUnits(shape, images), 0);
      const written = transactional ? { ...images, after: proposed ?? images.after } : images;
      return sum + tableWriteUnits(written) * (transactional ? transactionalWriteFactor : 1) + indexUnits;
    }, 0);
  }

  private async unitsRead(operation: string, input: Fields, output: Fields): Promise<number> {
    switch (operation) {
      case "GetItem": {
        const { TableName, Key, ConsistentRead } = input as unknown as GetItemCommandInput;
        const [item] = await this.images([{ table: this.tableOf(TableName), key: keyOf(Key) }]);
        return itemReadUnits(item, consistencyOf(ConsistentRead));
      }
      case "BatchGetItem": {
        const { RequestItems } = input as unknown as BatchGetItemCommandInput;
        let units = 0;
        for (const [name, { Keys = [], ConsistentRead }] of Object.entries(RequestItems ?? {})) {
          const table = this.tableOf(name);
          const items = await this.images(Keys.map((key) => ({ table, key })));
          units += items.reduce((sum, item) => sum + itemReadUnits(item, consistencyOf(ConsistentRead)), 0);
        }
        return units;
      }
      case "Query": {
        const { ConsistentRead, FilterExpression, ProjectionExpression } = input as unknown as QueryCommandInput;
        if (FilterExpression !== undefined || ProjectionExpression !== undefined) {
          throw new Error("A query is billed by what it reads, and the meter cannot see what was left out.");
        }
        const items = (output["Items"] ?? []) as readonly Record<string, unknown>[];
        return queryReadUnits(
          items.map((item) => marshall(item)),
          consistencyOf(ConsistentRead),
        );
      }
      default:
        throw new Error(`The meter does not know what ${operation} costs.`);
    }
  }

  private actionsOf(operation: string, input: Fields): readonly WriteAction[] {
    switch (operation) {
      case "PutItem":
        return [this.actionOf({ Put: input } as unknown as TransactWriteItem)];
      case "UpdateItem":
        return [this.actionOf({ Update: input } as unknown as TransactWriteItem)];
      case "DeleteItem":
        return [this.actionOf({ Delete: input } as unknown as TransactWriteItem)];
      case "TransactWriteItems": {
        const { TransactItems = [] } = input as unknown as TransactWriteItemsCommandInput;
        return TransactItems.map((item) => this.actionOf(item));
      }
      default:
        return [];
    }
  }

  private actionOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): WriteAction {
    if (Put !== undefined) {
      const table = this.tableOf(Put.TableName);
      const proposed = keyOf(Put.Item);
      const isKey = (name: string): boolean => name === table.partitionKey || name === table.sortKey;
      return { table, key: Object.fromEntries(Object.entries(proposed).filter(([name]) => isKey(name))), proposed };
    }
    const action = Update ?? Delete ?? ConditionCheck;
    return { table: this.tableOf(action?.TableName), key: keyOf(action?.Key), proposed: undefined };
  }

  private async images(
    addresses: readonly Pick<WriteAction, "table" | "key">[],
  ): Promise<readonly (AttributeMap | undefined)[]> {
    return await Promise.all(
      addresses.map(async ({ table, key }) => {
        const get = new GetItemCommand({ TableName: table.name, Key: key, ConsistentRead: true });
        const { Item } = await this.unmetered.send(get);
        return Item;
      }),
    );
  }

  private tableOf(name: string | undefined): MeteredTable {
    const table = name === undefined ? undefined : this.tables.get(name);
    if (table === undefined) {
      throw new Error(`The meter does not know the table ${name}.`);
    }
    return table;
  }
}

function failureOf(error: unknown): Answer {
  return error instanceof ConditionalCheckFailedException || error instanceof TransactionCanceledException
    ? { kind: "condition-failed" }
    : { kind: "failed" };
}

function keyOf(key: Key | undefined): Key {
  if (key === undefined) {
    throw new Error("A call came to the meter without a key.");
  }
  return key;
}

function consistencyOf(consistentRead: boolean | undefined): ReadConsistency {
  return consistentRead === true ? "consistent" : "eventual";
}
