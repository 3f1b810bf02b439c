import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { StoredItem } from "./stored-item.ts";

/** Small enough that a page is worked on soon after it was read. */
const itemsPerPage = 500;

/**
 * All items of a table, page by page, each as it is when its page is read. What is made before the walk begins is in
 * it; what is made, changed or deleted while it goes on may be in it or not.
 */
export async function* pagesOf(
  client: DynamoDBDocumentClient,
  table: string,
): AsyncGenerator<readonly StoredItem[], void, undefined> {
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, Limit: itemsPerPage, ExclusiveStartKey: start }),
    );
    yield Items;
    start = LastEvaluatedKey;
  } while (start !== undefined);
}
