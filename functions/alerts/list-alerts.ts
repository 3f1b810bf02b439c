import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Alert, AlertStatus } from "../domain/alert.ts";
import { pageOfAlerts } from "../storage/alert-lists.ts";
import type { Tables } from "../storage/client.ts";
import type { Listing, PageRequest } from "../storage/page.ts";

/** One page of the alerts, newest first; without a status the open ones and then the past ones. Seconds behind the truth. */
export async function listAlerts(
  { client, tables }: { readonly client: DynamoDBDocumentClient; readonly tables: Pick<Tables, "views"> },
  request: PageRequest & { readonly status: AlertStatus | null },
): Promise<Listing<Alert>> {
  return await pageOfAlerts(client, tables.views, request);
}
