/** The last word of every test on a whole stack: is what stands in its tables what happened? */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Reconciliation, reconcile } from "../../functions/reconcile/reconcile.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { localCredentials } from "../../local/credentials.ts";
import type { LocalStack } from "../../local/stack.ts";
import { region } from "../../local/template.ts";

/** How long movements and expiries may be under way. */
const settleMs = 20_000;

export async function reconcileStack({
  dynamoDbUrl,
  tables,
}: Pick<LocalStack, "dynamoDbUrl" | "tables">): Promise<Reconciliation> {
  const dynamoDb = new DynamoDBClient({ endpoint: dynamoDbUrl, region, credentials: localCredentials });
  try {
    const client = DynamoDBDocumentClient.from(dynamoDb);
    return await reconcile({ client, tables, runtime: systemRuntime }, { settleMs });
  } finally {
    dynamoDb.destroy();
  }
}
