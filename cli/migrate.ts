/** `inventory migrate`: items of older forms, rewritten in the form that this version writes. */
import { parseArgs } from "node:util";
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Runtime } from "../functions/domain/runtime.ts";
import { expressionOf, itemExists } from "../functions/storage/condition.ts";
import { entityOf, type InventoryEntity } from "../functions/storage/keys.ts";
import { currentForm, formOf, isStillAsRead, type Schema, upgraded } from "../functions/storage/schema.ts";
import { schemaOf } from "../functions/storage/schemas.ts";
import { readString, type StoredItem } from "../functions/storage/stored-item.ts";
import { putOne } from "../functions/storage/transaction.ts";
import { pagesOf } from "../functions/storage/walk.ts";
import { systemRuntime } from "../functions/system-runtime.ts";
import { dynamoDbAt } from "./clients.ts";
import type { Command } from "./command.ts";
import { wholeNumberOf } from "./options.ts";
import { inParallel, Pace } from "./pace.ts";
import { stackOf } from "./target.ts";

const usage = `Usage: npm run inventory -- migrate [options]

Rewrites the items of the inventory table that are stored in an older form than this version writes. The service runs
meanwhile: an item is rewritten only if it is still as it was read. It may be broken off and repeated, and what is done
already is not written again. Deploy this version before; docs/upgrading.md tells the order.

  --stack NAME        a stack in an account, with the credentials of the environment; without it the one that
                      \`npm start\` runs on this machine
  --state DIRECTORY   a stack on this machine that was started with --state
  --rate N            items rewritten in a second (default 100, at most 10000)
  --dry-run           counts them, and writes nothing

Exit codes: 0 none is left in an older form, 1 some are left, 64 wrong usage, 70 it failed.`;

export const migrateCommand: Command = {
  summary: "rewrites items that are stored in the form of an earlier version, while the service runs",
  usage,
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stack: { type: "string" },
        state: { type: "string" },
        rate: { type: "string", default: "100" },
        "dry-run": { type: "boolean", default: false },
      },
    });
    const rate = wholeNumberOf("--rate", values.rate, 10_000);
    const { endpoints, tables } = await stackOf({ stack: values.stack ?? null, state: values.state ?? null });
    const client = dynamoDbAt(endpoints.dynamoDb);
    try {
      const services = { client, table: tables.inventory, runtime: systemRuntime };
      const { rewritten, left } = await migrate(services, { rate, isDryRun: values["dry-run"] });
      console.log(`${rewritten} items rewritten, ${left} left in an older form.`);
      return left === 0 ? 0 : 1;
    } finally {
      client.destroy();
    }
  },
};

export interface MigrationServices {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "random">;
}

export interface MigrationOptions {
  /** Items a second. */
  readonly rate: number;
  readonly isDryRun?: boolean;
  readonly schemaOf?: (entity: InventoryEntity) => Schema | null;
}

export interface Migration {
  readonly rewritten: number;
  /** In an older form still: all of them in a dry run, and those that changed too often. */
  readonly left: number;
}

const parallelItems = 8;
/** An item that somebody changes between its reading and its rewriting is read again this often. */
const mostTries = 10;
const firstPauseMs = 20;

/** Walks the table once. Whatever changes meanwhile is written in the current form by whoever changes the whole of it. */
export async function migrate(services: MigrationServices, options: MigrationOptions): Promise<Migration> {
  const { rate, isDryRun = false, schemaOf: schemaFor = schemaOf } = options;
  const pace = new Pace(services.runtime, rate);
  let rewritten = 0;
  let left = 0;
  for await (const items of pagesOf(services.client, services.table)) {
    const older = items.flatMap((item) => {
      const schema = schemaFor(entityOf(keyOf(item)));
      return schema !== null && formOf(item) < currentForm(schema) ? [{ item, schema }] : [];
    });
    if (isDryRun) {
      left += older.length;
      continue;
    }
    await inParallel(older, parallelItems, async ({ item, schema }) => {
      await pace.next();
      const outcome = await rewrite(services, schema, item);
      rewritten += outcome === "rewritten" ? 1 : 0;
      left += outcome === "left" ? 1 : 0;
    });
  }
  return { rewritten, left };
}

function keyOf(item: StoredItem) {
  return { pk: readString(item, "pk"), sk: readString(item, "sk") };
}

async function rewrite(
  { client, table, runtime }: MigrationServices,
  schema: Schema,
  read: StoredItem,
): Promise<"rewritten" | "done-by-others" | "left"> {
  let item: StoredItem | undefined = read;
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (item === undefined || formOf(item) >= currentForm(schema)) {
      return "done-by-others";
    }
    const { kind } = await putOne(client, {
      TableName: table,
      Item: upgraded(schema, item),
      ...expressionOf(itemExists, isStillAsRead(schema, item)),
    });
    if (kind === "written") {
      return "rewritten";
    }
    await runtime.sleep(runtime.random() * firstPauseMs * 2 ** tries);
    const Key = keyOf(read);
    item = (await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }))).Item;
  }
  return "left";
}
