import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { type ContractDatabase, createContractTables, tableNames } from "../../local/contract-database.ts";
import { localCredentials } from "../../local/credentials.ts";
import { dynamoDbClient } from "../../local/dynamodb.ts";

/** The contract's tables in the DynamoDB Local that the tests share: empty, for the caller alone. */
export async function freshDatabase(): Promise<ContractDatabase> {
  const url = inject("sharedDatabaseUrl");
  // DynamoDB Local takes keys of letters and digits only.
  const credentials = { ...localCredentials, accessKeyId: randomBytes(8).toString("hex") };
  const client = () => dynamoDbClient(url, credentials);
  const maker = client();
  const streamArn = await createContractTables(maker);
  maker.destroy();
  return { url, credentials, tables: tableNames, streamArn, client, stop: async () => undefined };
}
