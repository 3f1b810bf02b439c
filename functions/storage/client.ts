import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** The tables that a function may use; it is given the names of those that it was granted. */
export interface Tables {
  readonly inventory: string;
  readonly movements: string;
  readonly views: string;
}

/**
 * The one way to DynamoDB. A request that hangs is given up after 3 s, so that a lost answer is met inside
 * the caller's time budget; the SDK itself tries three times.
 */
export function documentClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  // It takes every call and answer apart for a log that nobody keeps: a third of the time of a large transaction.
  client.middlewareStack.remove("loggerMiddleware");
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
