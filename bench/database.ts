/** DynamoDB Local for a benchmark, with the three tables as the contract shapes them. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Tables } from "../functions/storage/client.ts";
import { startContractDatabase, tableShapes } from "../local/contract-database.ts";
import type { DynamoDbLocalOptions } from "../local/dynamodb.ts";
import type { MeteredTable } from "./capacity-meter.ts";

export interface Database {
  readonly url: string;
  readonly tables: Tables;
  /** The tables as the meter must know them. */
  readonly metered: readonly MeteredTable[];
  /** A client of its own that marshals as the service's clients do; the caller destroys it. */
  documentClient(): DynamoDBDocumentClient;
  lowLevelClient(): DynamoDBClient;
  stop(): Promise<void>;
}

/** Starts DynamoDB Local on a free port; it ends with this process at the latest. */
export async function startDatabase(options: DynamoDbLocalOptions = {}): Promise<Database> {
  const { url, tables, client, stop } = await startContractDatabase(options);
  return {
    url,
    tables,
    metered: Object.values(tableShapes),
    documentClient: () => DynamoDBDocumentClient.from(client(), { marshallOptions: { removeUndefinedValues: true } }),
    lowLevelClient: client,
    stop,
  };
}
