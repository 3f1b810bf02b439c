import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Observe } from "../domain/observation.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { Tables } from "../storage/client.ts";

/** What the keeping of stock needs of the world. */
export interface StockServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory">;
  readonly runtime: Runtime;
  readonly observe: Observe;
}
