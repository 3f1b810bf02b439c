import { ProvisionedThroughputExceededException } from "@aws-sdk/client-dynamodb";
import { BatchGetCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Runtime } from "../domain/runtime.ts";
import type { Key } from "./keys.ts";
import type { StoredItem } from "./stored-item.ts";

/** DynamoDB takes 100 keys in one call. */
const mostKeysPerCall = 100;
/** Keys left unprocessed (throttling, or more than 16 MB) are asked for again this often. */
const mostRounds = 8;
/** With full jitter, doubled from round to round. */
const firstCapMs = 10;

interface Read {
  readonly consistent: boolean;
  /** With it there is a wait between rounds, for keys that many read at once; without it the next begins at once. */
  readonly runtime?: Pick<Runtime, "random" | "sleep"> | undefined;
}

/**
 * The items with the given keys, in any order; keys without an item are left out. Repeated keys are asked for once.
 * Throws as DynamoDB does when it throttles, which passes by itself, when keys are left unread for eight rounds.
 */
export async function batchGet(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  read: Read,
): Promise<readonly StoredItem[]> {
  const distinct = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
  const chunks: Key[][] = [];
  for (let start = 0; start < distinct.length; start += mostKeysPerCall) {
    chunks.push(distinct.slice(start, start + mostKeysPerCall));
  }
  const found = await Promise.all(chunks.map(async (chunk) => await getChunk(client, table, chunk, read)));
  return found.flat();
}

async function getChunk(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  { consistent, runtime }: Read,
): Promise<readonly StoredItem[]> {
  const found: StoredItem[] = [];
  let wanted: readonly Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
  for (let round = 0; round < mostRounds; round += 1) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: [...wanted], ConsistentRead: consistent } } }),
    );
    found.push(...(Responses?.[table] ?? []));
    wanted = UnprocessedKeys?.[table]?.Keys ?? [];
    if (wanted.length === 0) {
      return found;
    }
    await runtime?.sleep(runtime.random() * firstCapMs * 2 ** round);
  }
  throw new ProvisionedThroughputExceededException({
    message: `DynamoDB left ${wanted.length} keys of ${table} unread.`,
    $metadata: {},
  });
}
